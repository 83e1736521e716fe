package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// isTable says whether a name of data is a tabular benchmark.
func isTable(data string) bool {
	if data == dataSynthetic {
		return true
	}
	_, ok := bench.TableOf(data)
	return ok
}

// tableData lists the names of tabular benchmarks.
func tableData() string { return dataSynthetic + ", or one of " + strings.Join(bench.Tasks(), ", ") }

// benchmarks opens the benchmark of a name and returns what makes it for a seed;
// all share one table.
func benchmarks(data string) (func(seed uint64) (bench.Benchmark, error), error) {
	if data == dataSynthetic {
		return func(seed uint64) (bench.Benchmark, error) {
			cfg := bench.DefaultConfig()
			cfg.NoiseSeed = seed
			return bench.NewSynthetic(cfg)
		}, nil
	}
	name, ok := bench.TableOf(data)
	if !ok {
		return nil, usage("there is no table %q to search in, want %s", data, tableData())
	}
	table, err := bench.OpenNamed(name)
	if err != nil {
		return nil, err
	}
	task, err := bench.NewTask(table, data, 1)
	if err != nil {
		return nil, err
	}
	return func(seed uint64) (bench.Benchmark, error) { return task.WithSeed(seed), nil }, nil
}

// inTable makes methods that learn from rewards, on the benchmark of the plan.
func inTable(name string, controller func(space.Space, plan) (search.Controller, error)) method {
	return method{name: name, controller: controller, make: func(p plan) (search.Searcher, error) {
		if !isTable(p.Data) {
			return nil, usage("method %s searches in a table: use --data %s", p.Method, tableData())
		}
		make, err := benchmarks(p.Data)
		if err != nil {
			return nil, err
		}
		b, err := make(p.Seed)
		if err != nil {
			return nil, err
		}
		c, err := controller(b.Space(), p)
		if err != nil {
			return nil, err
		}
		return search.Drive(c, b, orDefault(p.Steps, defaultQueries)), nil
	}}
}

// seedsFlags ask for a search in a table to be repeated.
type seedsFlags struct {
	Budget  int     `placeholder:"N" help:"Queries of each search; prints figures and keeps no run." group:"Tables"`
	Seconds float64 `placeholder:"S" help:"Simulated seconds of each search, in place of --budget." group:"Tables"`
	Seeds   int     `placeholder:"N" help:"Repeat with N seeds, from --seed on (default 1)." group:"Tables"`
}

// given says whether any of them was.
func (f seedsFlags) given() bool { return f.Budget != 0 || f.Seconds != 0 || f.Seeds != 0 }

// mostTableSeeds and mostQueries bound what is kept in memory.
const (
	mostTableSeeds = 100000
	mostQueries    = 1000000
)

func (f seedsFlags) check() error {
	switch {
	case f.Budget < 0 || f.Budget > mostQueries:
		return fmt.Errorf("--budget is %d, want 1 to %d queries", f.Budget, mostQueries)
	case !(f.Seconds >= 0 && f.Seconds <= bench.MostSeconds):
		return fmt.Errorf("--seconds is %g, want more than 0 and at most %g", f.Seconds, bench.MostSeconds)
	case f.Seeds < 0 || f.Seeds > mostTableSeeds:
		return fmt.Errorf("--seeds is %d, want 1 to %d", f.Seeds, mostTableSeeds)
	case f.Seeds > 0 && f.Budget == 0 && f.Seconds == 0:
		return fmt.Errorf("--seeds without --budget: say how many queries each search has")
	}
	return nil
}

// figure is a mean over seeds with the standard deviation of one seed.
type figure struct {
	Mean float64  `json:"mean"`
	SD   *float64 `json:"sd"` // null for a single seed
}

func figureOf(values []float64) *figure {
	mean, sd := bench.MeanSD(values)
	if len(values) < 2 {
		return &figure{Mean: mean}
	}
	return &figure{mean, &sd}
}

// repeated is the result of a search over seeds. Accuracies are fractions, of
// the architecture with the highest reward that each search saw.
type repeated struct {
	Method  string  `json:"method"`
	Policy  string  `json:"policy,omitempty"` // where it was chosen
	Data    string  `json:"data"`
	Budget  int     `json:"budget"`            // queries, 0 where only seconds end a search
	Seconds float64 `json:"seconds,omitempty"` // simulated
	Seeds   int     `json:"seeds"`
	Queries *figure `json:"queries"` // made by a search

	CIFAR10Test   *figure `json:"cifar10_test,omitempty"`
	CIFAR100Test  *figure `json:"cifar100_test,omitempty"`
	ImageNetTest  *figure `json:"imagenet16_test,omitempty"`
	CIFAR10Valid  *figure `json:"cifar10_valid,omitempty"`
	CIFAR100Valid *figure `json:"cifar100_valid,omitempty"`
	ImageNetValid *figure `json:"imagenet16_valid,omitempty"`
	TrueAccuracy  *figure `json:"true_accuracy,omitempty"` // of a benchmark that reports nothing else

	// Published are means that papers list, see [bench.Published].
	Published map[string]float64 `json:"published,omitempty"`
}

// protocolTask is the data of the table protocol.
const protocolTask = "nb201:cifar10"

const (
	keyQueries = "queries"
	keyTrue    = "true_accuracy"
)

// slot is a figure's key, as a benchmark reports it, and its place.
type slot struct {
	key   string
	value **figure
}

func (r *repeated) slots() []slot {
	return []slot{
		{keyQueries, &r.Queries},
		{"cifar10_test", &r.CIFAR10Test},
		{"cifar100_test", &r.CIFAR100Test},
		{"imagenet16_test", &r.ImageNetTest},
		{"cifar10_valid", &r.CIFAR10Valid},
		{"cifar100_valid", &r.CIFAR100Valid},
		{"imagenet16_valid", &r.ImageNetValid},
		{keyTrue, &r.TrueAccuracy},
	}
}

// text writes the figures for a person.
func (r *repeated) text(w io.Writer) {
	limit := fmt.Sprintf("%d queries", r.Budget)
	if r.Budget == 0 {
		limit = fmt.Sprintf("%g simulated seconds", r.Seconds)
	}
	seeds := fmt.Sprintf("%d seeds", r.Seeds)
	if r.Seeds == 1 {
		seeds = "1 seed"
	}
	fmt.Fprintf(w, "%s on %s, %s, %s\n", strings.TrimSpace(r.Method+" "+r.Policy), r.Data, limit, seeds)
	head := ""
	if r.Published != nil {
		head = "published"
	}
	fmt.Fprintf(w, "  %-18s %8s %8s  %s\n", "", "mean", "sd", head)
	for _, s := range r.slots() {
		f := *s.value
		if f == nil {
			continue
		}
		scale, unit, deviation := 100.0, "%", "–"
		if s.key == keyQueries {
			scale, unit = 1, ""
		}
		if f.SD != nil {
			deviation = fmt.Sprintf("%.2f", scale**f.SD)
		}
		published := ""
		if v, ok := r.Published[s.key]; ok {
			published = fmt.Sprintf("%9.2f", 100*v)
		}
		name := strings.ReplaceAll(s.key, "_", " ")
		line := fmt.Sprintf("  %-18s %8.2f %8s %-1s %s", name, scale*f.Mean, deviation, unit, published)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	if r.Published != nil {
		fmt.Fprintln(w, "  published: means that papers list for 12,000 simulated seconds, with the benchmark's single trainings")
	}
}

// repeat searches once per seed and prints the figures.
func (c searchCmd) repeat(ctx context.Context, s std, m method) error {
	switch {
	case m.controller == nil:
		return usage("method %s searches on images: --budget and --seeds are for tables", m.name)
	case c.Steps != 0 || c.Out != "":
		return usage("--budget and --seeds keep no run: use them without --steps and --out")
	case !isTable(c.Data):
		return usage("--budget and --seeds are for tables: use --data %s", tableData())
	}
	benchmark, err := benchmarks(c.Data)
	if err != nil {
		return err
	}
	r := repeated{
		Method: c.Method, Policy: c.Policy, Data: c.Data, Budget: c.Budget, Seconds: c.Seconds, Seeds: max(c.Seeds, 1),
	}
	outcomes, err := bench.Repeat(ctx, r.Seeds, func(nth uint64) (bench.Outcome, error) {
		seed := c.Seed + nth - 1
		b, err := benchmark(seed)
		if err != nil {
			return bench.Outcome{}, err
		}
		p := c.plan()
		p.Seed, p.Steps = seed, c.Budget
		controller, err := m.controller(b.Space(), p)
		if err != nil {
			return bench.Outcome{}, err
		}
		out, err := bench.Search(b, interruptible{controller, ctx}, bench.Budget{Queries: c.Budget, Seconds: c.Seconds})
		out.Truth = nil // of many long searches it would fill the memory
		return out, err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	b, err := benchmark(c.Seed)
	if err != nil {
		return err
	}
	if c.Data == protocolTask {
		r.Published = bench.Published(c.Method)
	}
	if err := r.judge(b, outcomes); err != nil {
		return err
	}
	return c.print(s.out, &r, r.text)
}

// interruptible is a controller that proposes nothing after its context's end.
type interruptible struct {
	search.Controller
	ctx context.Context
}

// Propose implements [search.Controller].
func (i interruptible) Propose(step int) (space.Arch, error) {
	if err := i.ctx.Err(); err != nil {
		return nil, err
	}
	return i.Controller.Propose(step)
}

// judge fills the figures in from the answers of all searches.
func (r *repeated) judge(b bench.Benchmark, outcomes []bench.Outcome) error {
	values := map[string][]float64{}
	for _, o := range outcomes {
		report, err := reportOn(b, o.Arch)
		if err != nil {
			return err
		}
		report[keyQueries] = float64(o.Queries)
		for key, v := range report {
			values[key] = append(values[key], v)
		}
	}
	for _, s := range r.slots() {
		if list, ok := values[s.key]; ok {
			*s.value = figureOf(list)
		}
	}
	return nil
}

// reportOn returns all figures of an architecture, as fractions.
func reportOn(b bench.Benchmark, arch space.Arch) (map[string]float64, error) {
	if judged, ok := b.(interface {
		Report(arch space.Arch) (map[string]float64, error)
	}); ok {
		return judged.Report(arch)
	}
	accuracy, err := b.Accuracy(arch)
	return map[string]float64{keyTrue: accuracy}, err
}
