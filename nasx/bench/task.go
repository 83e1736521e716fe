package bench

import (
	"fmt"
	"slices"
	"strings"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Benchmark is an evaluator that also tells what the noise hides.
type Benchmark interface {
	search.Evaluator

	// Space is what is searched.
	Space() space.Space

	// Accuracy returns the true accuracy of an architecture, a fraction.
	Accuracy(arch space.Arch) (float64, error)
}

// Task is a search in a [Table]: which column rewards a query, and by which
// columns its answer is judged. It implements [Benchmark].
type Task struct {
	table   *Table
	name    string
	seed    uint64      // of the runs that queries draw
	rewards [][]float64 // [runs][architectures], fractions
	truth   []float64   // [architectures], fractions
	seconds []float64   // [architectures]; nil where the table has none
	reports []Report
}

// Report is one figure by which an architecture is judged after a search.
type Report struct {
	Key    string // "cifar10_test"
	Column string // of the table
}

// setting is a task that this program knows.
type setting struct {
	name    string
	table   string
	rewards []string // columns; a query draws one of them
	truth   string
	timed   bool // queries cost the table's simulated seconds
	reports []Report
}

// fullSuffix marks tasks that reward the validation accuracy after 200 epochs.
const fullSuffix = ":200"

// settings are all tasks. The first is the table protocol: the reward is the
// validation accuracy after 12 epochs, and all judgements are of the
// architecture that was found with it.
func settings() []setting {
	tests := []Report{
		{"cifar10_test", ColumnCIFAR10Test},
		{"cifar100_test", ColumnCIFAR100Test},
		{"imagenet16_test", ColumnImageNetTest},
	}
	valid := []Report{
		{"cifar10_valid", ColumnCIFAR10Valid},
		{"cifar100_valid", ColumnCIFAR100Valid},
		{"imagenet16_valid", ColumnImageNetValid},
	}
	all := append(tests, valid...)
	var runs []string
	for run := range macroRuns {
		runs = append(runs, macroRun(run))
	}
	return []setting{
		{"nb201:cifar10", nb201Name, []string{ColumnReward}, ColumnCIFAR10Test, true, all},
		{"nb201:cifar10" + fullSuffix, nb201Name, []string{ColumnCIFAR10Valid}, "c10valid_test_200", false, all},
		{"nb201:cifar100", nb201Name, []string{"c100_val_12"}, ColumnCIFAR100Test, false, all},
		{"nb201:imagenet16", nb201Name, []string{"in16_val_12"}, ColumnImageNetTest, false, all},
		{macroName, macroName, runs, ColumnMacroMean, false, []Report{{"cifar10_test", ColumnMacroMean}}},
	}
}

// Tasks lists the names that [NewTask] knows.
func Tasks() []string {
	var names []string
	for _, s := range settings() {
		names = append(names, s.name)
	}
	return names
}

// TableOf returns the name of the table that a task searches in; false where
// there is no such task.
func TableOf(task string) (table string, ok bool) {
	for _, s := range settings() {
		if s.name == task {
			return s.table, true
		}
	}
	return "", false
}

// NewTask returns a task on its table, see [Tasks] and [TableOf]. The seed keys
// which training a query meets where the table has several; where it has one
// value, equal queries are equal. The error names the column that the table
// lacks.
func NewTask(t *Table, name string, seed uint64) (*Task, error) {
	i := slices.IndexFunc(settings(), func(s setting) bool { return s.name == name })
	if i < 0 {
		return nil, fmt.Errorf("bench: there is no task %.40q, want one of %s", name, strings.Join(Tasks(), ", "))
	}
	s := settings()[i]
	if s.table != t.Name() {
		return nil, fmt.Errorf("bench: task %s is for table %s, got table %s", name, s.table, t.Name())
	}
	k := &Task{table: t, name: name, seed: seed}
	for _, column := range s.rewards {
		values, err := t.fractions(column)
		if err != nil {
			return nil, err
		}
		k.rewards = append(k.rewards, values)
	}
	var err error
	if k.truth, err = t.fractions(s.truth); err != nil {
		return nil, err
	}
	if s.timed && t.column(ColumnSeconds) >= 0 {
		if k.seconds, err = t.Values(ColumnSeconds); err != nil {
			return nil, err
		}
	}
	for _, r := range s.reports {
		if t.column(r.Column) >= 0 {
			k.reports = append(k.reports, r)
		}
	}
	return k, nil
}

// WithSeed returns the task with another seed of its runs. Both share the table.
func (k *Task) WithSeed(seed uint64) *Task {
	other := *k
	other.seed = seed
	return &other
}

// fractions returns a column of percentages as fractions.
func (t *Table) fractions(name string) ([]float64, error) {
	values, err := t.Values(name)
	for i := range values {
		values[i] /= 100
	}
	return values, err
}

// Name names the task in descriptions of runs, "nb201:cifar10".
func (k *Task) Name() string { return k.name }

// Table returns what is searched in.
func (k *Task) Table() *Table { return k.table }

// Space implements [Benchmark].
func (k *Task) Space() space.Space { return k.table.Space() }

// Evaluate implements [search.Evaluator]: the reward of the task, a fraction.
func (k *Task) Evaluate(step int, arch space.Arch) (float64, error) {
	index, err := k.table.Index(arch)
	if err != nil {
		return 0, err
	}
	run := 0
	if n := len(k.rewards); n > 1 {
		run = key.Rand(k.seed, "training", step, index).IntN(n)
	}
	return k.rewards[run][index], nil
}

// Accuracy implements [Benchmark]: the accuracy by which answers are judged.
func (k *Task) Accuracy(arch space.Arch) (float64, error) {
	index, err := k.table.Index(arch)
	if err != nil {
		return 0, err
	}
	return k.truth[index], nil
}

// Best returns the highest true accuracy of the table.
func (k *Task) Best() float64 { return slices.Max(k.truth) }

// Seconds returns the simulated cost of a query of an architecture. It fails
// where the task has none.
func (k *Task) Seconds(arch space.Arch) (float64, error) {
	if k.seconds == nil {
		return 0, fmt.Errorf("bench: task %s has no simulated seconds, want a budget in queries", k.name)
	}
	index, err := k.table.Index(arch)
	if err != nil {
		return 0, err
	}
	return k.seconds[index], nil
}

// Report returns what is said of an architecture after a search, as fractions:
// test accuracies by data set, and validation accuracies where the table has
// them.
func (k *Task) Report(arch space.Arch) (map[string]float64, error) {
	index, err := k.table.Index(arch)
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, r := range k.reports {
		out[r.Key] = k.table.at(k.table.column(r.Column), index) / 100
	}
	return out, nil
}

// Exact returns the exact distribution of random search's answer after n
// queries, judged by a column of the table such as [ColumnCIFAR10Test]; see
// [RandomSearch]. The task must have one reward per architecture.
func (k *Task) Exact(n int, column string) (mean, sd float64, err error) {
	if len(k.rewards) != 1 {
		return 0, 0, fmt.Errorf("bench: task %s draws its rewards, want one without chance", k.name)
	}
	values, err := k.table.fractions(column)
	if err != nil {
		return 0, 0, err
	}
	return RandomSearch(k.rewards[0], values, n)
}

var _ Benchmark = (*Task)(nil)
