package bench

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"naslab.dev/nasx/space"
)

// Units of a [Column].
const (
	UnitPercent = "%"
	UnitSeconds = "s"
	UnitCount   = ""
)

// Column says what one column of a table holds.
type Column struct {
	Name     string `json:"name"`     // as its source names it
	Unit     string `json:"unit"`     // one of the Unit constants
	Decimals int    `json:"decimals"` // digits kept behind the point, 0 to 9
}

// Table is what is known of every architecture of a space, one column after the
// other. Values are decimal numbers as their source prints them, kept as whole
// numbers, so nothing is lost and equal numbers stay equal.
type Table struct {
	kind    *kind
	source  string
	columns []Column
	values  [][]int32 // [columns][architectures], times 10^Decimals
	sum     string    // of the file, hexadecimal SHA-256; "" before it is written
}

// kind is a benchmark whose tables this program knows.
type kind struct {
	name  string // of the table and its file
	title string // as people write it
	full  []Column
	space *space.Fixed
	size  int // architectures of the space
}

// kinds are all benchmarks that come as files.
var kinds = []*kind{
	{nb201Name, "NAS-Bench-201", nb201Columns(), NB201(), nb201Size},
	{macroName, "NAS-Bench-Macro", macroColumns(), Macro(), macroSize},
}

// Names lists the tables that can be imported.
func Names() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// kindOf finds a benchmark by its name.
func kindOf(name string) (*kind, error) {
	for _, k := range kinds {
		if k.name == name {
			return k, nil
		}
	}
	return nil, fmt.Errorf("bench: there is no table %.40q, want one of %s", name, strings.Join(Names(), ", "))
}

// newTable returns a table with every value unset.
func newTable(k *kind, source string, columns []Column) *Table {
	t := &Table{kind: k, source: source, columns: columns}
	for range columns {
		t.values = append(t.values, slices.Repeat([]int32{unset}, k.size))
	}
	return t
}

// unset marks a value that no row has given yet; a finished table has none.
const unset = math.MinInt32

// check says which architecture has no value.
func (t *Table) check() error {
	for c, values := range t.values {
		if i := slices.Index(values, unset); i >= 0 {
			return fmt.Errorf("bench: table %s: architecture %v has no %s, want a value for each of %d architectures",
				t.kind.name, archAt(t.kind.space, i), t.columns[c].Name, t.kind.size)
		}
	}
	return nil
}

// set stores a value, rounded to the column's decimals.
func (t *Table) set(column, index int, value float64) error {
	scaled := math.Round(value * power10(t.columns[column].Decimals))
	if !(math.Abs(scaled) <= math.MaxInt32) {
		return fmt.Errorf("%s is %g, want a number below %g", t.columns[column].Name, value,
			math.MaxInt32/power10(t.columns[column].Decimals))
	}
	if t.values[column][index] != unset {
		return fmt.Errorf("%s stands twice for architecture %v", t.columns[column].Name, archAt(t.kind.space, index))
	}
	t.values[column][index] = int32(scaled)
	return nil
}

func power10(n int) float64 { return math.Pow10(n) }

// Name returns the table's short name, "nb201" or "nbmacro".
func (t *Table) Name() string { return t.kind.name }

// Title returns the benchmark's name as people write it.
func (t *Table) Title() string { return t.kind.title }

// Source says where the numbers come from.
func (t *Table) Source() string { return t.source }

// Checksum returns the SHA-256 of the table's file in hexadecimal.
func (t *Table) Checksum() string { return t.sum }

// Space returns the search space; the table has a row for each architecture.
func (t *Table) Space() space.Space { return t.kind.space }

// Size returns the number of architectures.
func (t *Table) Size() int { return t.kind.size }

// Columns lists what the table has.
func (t *Table) Columns() []Column { return slices.Clone(t.columns) }

// Missing names the columns that a complete table of this benchmark has and
// this one lacks.
func (t *Table) Missing() []string {
	var names []string
	for _, c := range t.kind.full {
		if t.column(c.Name) < 0 {
			names = append(names, c.Name)
		}
	}
	return names
}

func (t *Table) column(name string) int {
	return slices.IndexFunc(t.columns, func(c Column) bool { return c.Name == name })
}

// Values returns a column in its unit, by [Table.Index].
func (t *Table) Values(name string) ([]float64, error) {
	c := t.column(name)
	if c < 0 {
		return nil, t.lacks(name)
	}
	out := make([]float64, len(t.values[c]))
	for i := range out {
		out[i] = t.at(c, i)
	}
	return out, nil
}

// at returns one value. The quotient of two whole numbers is rounded once, so
// it is the number nearest to the decimal one.
func (t *Table) at(column, index int) float64 {
	return float64(t.values[column][index]) / power10(t.columns[column].Decimals)
}

// ErrLacks is wrapped by the error for a column that a complete table has and
// this one lacks.
var ErrLacks = errors.New("its source has none")

// lacks is the answer to a column that is not there.
func (t *Table) lacks(name string) error {
	if slices.Contains(t.Missing(), name) {
		return fmt.Errorf("bench: table %s has no column %s: %w (%s)", t.kind.name, name, ErrLacks, t.source)
	}
	var names []string
	for _, c := range t.columns {
		names = append(names, c.Name)
	}
	return fmt.Errorf("bench: table %s has no column %.40q, want one of %s", t.kind.name, name, strings.Join(names, ", "))
}

// Value looks one architecture up.
func (t *Table) Value(name string, arch space.Arch) (float64, error) {
	c := t.column(name)
	if c < 0 {
		return 0, t.lacks(name)
	}
	index, err := t.Index(arch)
	if err != nil {
		return 0, err
	}
	return t.at(c, index), nil
}

// Best returns the highest value of a column and the first architecture that
// has it.
func (t *Table) Best(name string) (float64, space.Arch, error) {
	values, err := t.Values(name)
	if err != nil {
		return 0, nil, err
	}
	best := slices.MaxFunc(values, cmp.Compare[float64])
	return best, t.Arch(slices.Index(values, best)), nil
}

// Index returns an architecture's place in the columns, the last decision
// changing fastest.
func (t *Table) Index(arch space.Arch) (int, error) {
	index, err := indexOf(t.kind.space, arch)
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	return index, nil
}

// Arch is the inverse of [Table.Index]; index is below [Table.Size].
func (t *Table) Arch(index int) space.Arch { return archAt(t.kind.space, index) }

// indexOf counts as [space.Enumerate] does.
func indexOf(s space.Space, arch space.Arch) (int, error) {
	if err := space.Check(s, arch); err != nil {
		return 0, err
	}
	index := 0
	for d, decision := range s.Decisions() {
		index = index*len(decision.Choices) + arch[d]
	}
	return index, nil
}

// archAt is the inverse of indexOf.
func archAt(s space.Space, index int) space.Arch {
	decisions := s.Decisions()
	arch := make(space.Arch, len(decisions))
	for d := len(arch) - 1; d >= 0; d-- {
		n := len(decisions[d].Choices)
		arch[d], index = index%n, index/n
	}
	return arch
}
