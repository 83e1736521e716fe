package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"naslab.dev/nasx/bench"
)

// tableCmd groups the commands about tabular benchmarks.
type tableCmd struct {
	Import tableImportCmd `cmd:"" help:"Make a table from its published files in the data folder."`
	Get    tableGetCmd    `cmd:"" help:"Download public extracts and make a table from them."`
	Show   tableShowCmd   `cmd:"" help:"Say what tables are here, or what one of them holds."`
}

// tableImportCmd makes a table from files.
type tableImportCmd struct {
	jsonFlag
	Name string `arg:"" optional:"" help:"Name of the table; all that are there without one."`
	From string `placeholder:"DIR" help:"Data folder (default: $NASX_DATA)." type:"path"`
}

// source says where below a data folder a table's files lie.
type source struct {
	name, folder, main string
	read               func(dir string, main io.Reader) (*bench.Table, error)
}

var sources = []source{
	{"nb201", "nas-bench-201", "nb201.csv.gz", readNB201},
	{"nbmacro", "nas-bench-macro", macroFile, func(_ string, main io.Reader) (*bench.Table, error) {
		return bench.ImportMacro(main, macroFile)
	}},
}

const macroFile = "nas-bench-macro_cifar10.json.gz"

// timesFile has the training times of the first architectures of nb201.
const timesFile = "train_time_first1000.csv"

// readNB201 reads the table, with times where their file lies beside it.
func readNB201(dir string, main io.Reader) (*bench.Table, error) {
	f, err := os.Open(filepath.Join(dir, timesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return bench.ImportNB201(main, nil, "nb201.csv.gz")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // opened for reading
	return bench.ImportNB201(main, f, "nb201.csv.gz with "+timesFile)
}

// find returns the folder of the table's files in a data folder; the files may
// also lie in the folder itself. "" where there are none.
func (o source) find(root string) string {
	for _, dir := range []string{filepath.Join(root, o.folder), root} {
		if _, err := os.Stat(filepath.Join(dir, o.main)); err == nil {
			return dir
		}
	}
	return ""
}

// load makes the table from the files of a folder.
func (o source) load(dir string) (*bench.Table, error) {
	path := filepath.Join(dir, o.main)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // opened for reading
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: not a gzip file: %w", path, err)
	}
	t, err := o.read(dir, z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Run imports.
func (c tableImportCmd) Run(s std) error {
	if c.Name != "" {
		if err := knownTable(c.Name); err != nil {
			return err
		}
	}
	root := c.From
	if root == "" {
		root = os.Getenv("NASX_DATA")
	}
	if root == "" {
		return usage("no data folder: give one with --from, or set NASX_DATA")
	}
	var made []tableInfo
	for _, o := range sources {
		if c.Name != "" && c.Name != o.name {
			continue
		}
		dir := o.find(root)
		if dir == "" {
			if c.Name != "" {
				return fmt.Errorf("%s has no %s, want it there or in %s", root, o.main, o.folder)
			}
			continue
		}
		t, err := o.load(dir)
		if err != nil {
			return err
		}
		info, err := save(t)
		if err != nil {
			return err
		}
		made = append(made, info)
	}
	if len(made) == 0 {
		return fmt.Errorf("%s has no files of a table, want %s or %s", root,
			filepath.Join(sources[0].folder, sources[0].main), filepath.Join(sources[1].folder, sources[1].main))
	}
	return c.print(s.out, made, func(w io.Writer) { listTables(w, made) })
}

// knownTable says whether there is a table of a name.
func knownTable(name string) error {
	for _, known := range bench.Names() {
		if name == known {
			return nil
		}
	}
	return usage("there is no table %q, want one of %s", name, strings.Join(bench.Names(), ", "))
}

// save writes a table to its place.
func save(t *bench.Table) (tableInfo, error) {
	path, err := t.Save()
	if err != nil {
		return tableInfo{}, err
	}
	return infoOf(t, path)
}

// tableGetCmd downloads public extracts.
type tableGetCmd struct {
	jsonFlag
	Name  string `arg:"" optional:"" default:"nb201" help:"Name of the table (default ${default})."`
	Force bool   `help:"Also where a table is here already."`
}

// Run downloads and imports.
func (c tableGetCmd) Run(ctx context.Context, s std) error {
	if err := knownTable(c.Name); err != nil {
		return err
	}
	if t, err := bench.OpenNamed(c.Name); err == nil && !c.Force {
		path, err := bench.Path(c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "nasx: table %s is here already: --force makes it anew\n", c.Name)
		return c.show(s, t, path)
	}
	t, path, err := c.download(ctx, s)
	if err != nil {
		return err
	}
	return c.show(s, t, path)
}

func (c tableGetCmd) show(s std, t *bench.Table, path string) error {
	info, err := infoOf(t, path)
	if err != nil {
		return err
	}
	return c.print(s.out, []tableInfo{info}, func(w io.Writer) { listTables(w, []tableInfo{info}) })
}

// tableShowCmd shows tables.
type tableShowCmd struct {
	jsonFlag
	Name string `arg:"" optional:"" help:"Name of the table; all without one."`
	Arch string `placeholder:"STRING" help:"Look one architecture up, written as the benchmark writes it."`
}

// Run shows.
func (c tableShowCmd) Run(s std) error {
	if c.Name == "" {
		if c.Arch != "" {
			return usage("--arch %q needs the name of a table, one of %s", c.Arch, strings.Join(bench.Names(), ", "))
		}
		return c.all(s)
	}
	if err := knownTable(c.Name); err != nil {
		return err
	}
	t, err := bench.OpenNamed(c.Name)
	if err != nil {
		return err
	}
	if c.Arch != "" {
		return c.lookUp(s, t)
	}
	path, err := bench.Path(c.Name)
	if err != nil {
		return err
	}
	info, err := infoOf(t, path)
	if err != nil {
		return err
	}
	return c.print(s.out, info, info.text)
}

// all lists every table, those that are missing too.
func (c tableShowCmd) all(s std) error {
	var infos []tableInfo
	for _, name := range bench.Names() {
		t, err := bench.OpenNamed(name)
		if errors.Is(err, bench.ErrMissing) {
			infos = append(infos, tableInfo{Name: name, State: stateMissing})
			continue
		}
		if err != nil {
			return err
		}
		path, err := bench.Path(name)
		if err != nil {
			return err
		}
		info, err := infoOf(t, path)
		if err != nil {
			return err
		}
		infos = append(infos, info)
	}
	return c.print(s.out, infos, func(w io.Writer) { listTables(w, infos) })
}

// lookedUp is one architecture in a table.
type lookedUp struct {
	Table        string             `json:"table"`
	Architecture string             `json:"architecture"`
	Choices      map[string]string  `json:"choices"`
	Values       map[string]float64 `json:"values"` // in the unit of their column
	Parameters   int                `json:"parameters,omitempty"`
	Connected    *bool              `json:"connected,omitempty"`
}

// lookUp shows one architecture.
func (c tableShowCmd) lookUp(s std, t *bench.Table) error {
	arch, err := parseArch(t.Name(), c.Arch)
	if err != nil {
		return usage("%w", err)
	}
	found := lookedUp{Table: t.Name(), Architecture: c.Arch, Choices: map[string]string{}, Values: map[string]float64{}}
	for d, decision := range t.Space().Decisions() {
		found.Choices[decision.Name] = decision.Choices[arch[d]]
	}
	for _, column := range t.Columns() {
		if found.Values[column.Name], err = t.Value(column.Name, arch); err != nil {
			return err
		}
	}
	if t.Name() == "nb201" {
		connected := bench.Connected(arch)
		found.Parameters, found.Connected = bench.NB201Params(arch, 10), &connected
	}
	return c.print(s.out, found, func(w io.Writer) {
		fmt.Fprintln(w, found.Architecture)
		for _, column := range t.Columns() {
			fmt.Fprintf(w, "  %-20s %s %s\n", column.Name, decimal(found.Values[column.Name], column), column.Unit)
		}
		if found.Connected != nil {
			fmt.Fprintf(w, "  %-20s %d (10 classes)\n", "parameters", found.Parameters)
		}
		if found.Connected != nil && !*found.Connected {
			fmt.Fprintln(w, "  no path of operations leads from the input to the output")
		}
	})
}
