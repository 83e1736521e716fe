package bench_test

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"naslab.dev/nasx/bench"
)

// packed opens a gzipped file of the data folder.
func packed(dir, name string) (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}

// importNB201 reads the table from $NASX_DATA.
var importNB201 = sync.OnceValues(func() (*bench.Table, error) {
	dir := filepath.Join(os.Getenv("NASX_DATA"), "nas-bench-201")
	accuracies, err := packed(dir, "nb201.csv.gz")
	if err != nil {
		return nil, err
	}
	defer accuracies.Close() //nolint:errcheck // opened for reading
	times, err := openTimes()
	if err != nil {
		return nil, err
	}
	defer times.Close() //nolint:errcheck // opened for reading
	return bench.ImportNB201(accuracies, times, "test")
})

// openTimes opens the times of the first architectures.
func openTimes() (*os.File, error) {
	return os.Open(filepath.Join(os.Getenv("NASX_DATA"), "nas-bench-201", "train_time_first1000.csv"))
}

// importMacro reads the table from $NASX_DATA.
var importMacro = sync.OnceValues(func() (*bench.Table, error) {
	f, err := packed(filepath.Join(os.Getenv("NASX_DATA"), "nas-bench-macro"), "nas-bench-macro_cifar10.json.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // opened for reading
	return bench.ImportMacro(f, "test")
})

// published returns the table of published numbers, or nil where $NASX_DATA does not
// have it and $NASX_REQUIRE_DATA does not name it.
func published(t *testing.T, name string, load func() (*bench.Table, error)) *bench.Table {
	t.Helper()
	table, err := load()
	if errors.Is(err, fs.ErrNotExist) {
		for _, required := range strings.FieldsFunc(os.Getenv("NASX_REQUIRE_DATA"), func(r rune) bool {
			return r == ',' || r == ' '
		}) {
			if required == name {
				t.Fatalf("%s is required and missing: %v", name, err)
			}
		}
		t.Logf("%s is not in NASX_DATA: the synthetic table stands in", name)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return table
}
