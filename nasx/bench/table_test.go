package bench_test

import (
	"crypto/sha256"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/space"
)

func TestImportPutsEveryValueInItsPlace(t *testing.T) {
	table := made(t)
	s, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []int{0, 1, 777, 4321, 15624} {
		arch := table.Arch(index)
		if back, err := table.Index(arch); err != nil || back != index {
			t.Fatalf("%v has index %d, error %v, want %d", arch, back, err, index)
		}
		accuracy, err := s.Accuracy(arch)
		if err != nil {
			t.Fatal(err)
		}
		for c, name := range madeNames[2:] {
			got, err := table.Value(name, arch)
			want := madeValue(c+2, accuracy, bench.Connected(arch))
			if err != nil || !(math.Abs(got-want) <= 0.5e-4+1e-9) {
				t.Errorf("%s of %v is %g, error %v, want %g to four decimals", name, arch, got, err, want)
			}
		}
		if got, err := table.Value(bench.ColumnIndex, arch); err != nil || got != float64(15624-index) {
			t.Errorf("number of %v is %g, error %v, want %d", arch, got, err, 15624-index)
		}
	}
	if missing := table.Missing(); len(missing) != 0 {
		t.Errorf("lacks %v, want nothing", missing)
	}
}

// A value comes back as the number that its decimal text stands for.
func TestValuesAreTheDecimalsOfTheSource(t *testing.T) {
	accuracies, _ := madeFiles()
	line := strings.SplitN(accuracies, "\n", 3)[1]
	fields := strings.Split(line, ",")
	fields[5] = "94.3733" // c10_test_200
	edited := strings.Replace(accuracies, line, strings.Join(fields, ","), 1)
	table, err := bench.ImportNB201(strings.NewReader(edited), nil, "edited")
	if err != nil {
		t.Fatal(err)
	}
	got, err := table.Value(bench.ColumnCIFAR10Test, make(space.Arch, 6))
	if err != nil || got != 94.3733 {
		t.Errorf("got %v, error %v, want 94.3733 exactly", got, err)
	}
	if diff := cmp.Diff([]string{bench.ColumnSeconds}, table.Missing()); diff != "" {
		t.Errorf("what a table without times lacks (-want +got):\n%s", diff)
	}
}

func TestFilesComeBackWhole(t *testing.T) {
	for name, table := range tables(t) {
		data, err := table.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := bench.Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(table.Columns(), back.Columns()); diff != "" || back.Source() != table.Source() {
			t.Errorf("%s: source %q, columns (-want +got):\n%s", name, back.Source(), diff)
		}
		for _, c := range table.Columns() {
			want, err := table.Values(c.Name)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := back.Values(c.Name); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: column %s differs, error %v", name, c.Name, err)
			}
		}
		if len(data) > 20<<20 {
			t.Errorf("%s: %d bytes, want at most 20 MB", name, len(data))
		}
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	data, err := made(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []int{0, 7, 8, 11, 12, 40, 2000, len(data) / 2, len(data) - 33, len(data) - 1} {
		damaged := slices.Clone(data)
		damaged[place] ^= 1
		if _, err := bench.Decode(damaged); err == nil {
			t.Errorf("a file with byte %d changed is accepted, want an error", place)
		}
	}
	for _, size := range []int{0, 8, 20, 1000, len(data) - 1} {
		if _, err := bench.Decode(data[:size]); err == nil {
			t.Errorf("the first %d bytes are accepted, want an error", size)
		}
	}
	if _, err := bench.Decode(append(slices.Clone(data), 0)); err == nil {
		t.Error("a byte too many is accepted, want an error")
	}
}

// A checksum keeps random bytes out, so the fuzzer's bytes get a right one.
func FuzzDecode(f *testing.F) {
	head := `{"name":"nbmacro","rows":6561,"source":"","columns":[{"name":"params","unit":"","decimals":0}]}`
	f.Add(append([]byte{byte(len(head)), 0, 0, 0}, head...))
	f.Add([]byte{2, 0, 0, 0, '{', '}'})
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte("nasxtab\x01"), body...)
		sum := sha256.Sum256(data)
		table, err := bench.Decode(append(data, sum[:]...))
		if err == nil && (table.Size() == 0 || len(table.Columns()) == 0) {
			t.Error("an empty table is accepted, want an error")
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add(strings.Join(madeNames, ",") + "\n0,|none~0|+|none~0|none~1|+|none~0|none~1|none~2|" +
		strings.Repeat(",1", 16) + "\n")
	f.Add("arch\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := bench.ImportNB201(strings.NewReader(text), nil, "fuzz"); err == nil {
			t.Error("a table of fewer than 15,625 rows is accepted, want an error")
		}
	})
}

func TestSavedTableIsFound(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	if _, err := bench.OpenNamed("nb201"); !errors.Is(err, bench.ErrMissing) ||
		!strings.Contains(err.Error(), "nasx table get nb201") {
		t.Errorf("got %v, want that it is missing and how to get it", err)
	}
	path, err := made(t).Save()
	if err != nil {
		t.Fatal(err)
	}
	table, err := bench.OpenNamed("nb201")
	if err != nil || table.Checksum() == "" {
		t.Fatalf("got error %v, want the table with its checksum", err)
	}
	macro, err := bench.Path("nbmacro")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, macro); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.OpenNamed("nbmacro"); err == nil || !strings.Contains(err.Error(), "holds the table nb201") {
		t.Errorf("got %v, want that another table lies there", err)
	}
	if err := os.WriteFile(macro, []byte("no table"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.OpenNamed("nbmacro"); err == nil || !strings.Contains(err.Error(), macro) {
		t.Errorf("got %v, want the path of the broken file", err)
	}
	if _, err := bench.OpenNamed("nb999"); err == nil || !strings.Contains(err.Error(), "want one of nb201, nbmacro") {
		t.Errorf("got %v, want the names that there are", err)
	}
}

func TestImportRefusesWhatIsNoTable(t *testing.T) {
	accuracies, times := madeFiles()
	head, rest, _ := strings.Cut(accuracies, "\n")
	first, more, _ := strings.Cut(rest, "\n")
	bad := func(old, new string) string { return strings.Replace(accuracies, old, new, 1) }
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":            {"", "line of names"},
		"bytes":              {strings.Repeat("\x00\x1b", 50), `"\x00\x1b`},
		"a column missing":   {bad("c10_val_12", "c10_val_13"), "c10_val_12"},
		"a row missing":      {head + "\n" + more, "want a value for each of 15625"},
		"a row twice":        {accuracies + first + "\n", "stands twice"},
		"more than percent":  {bad(",10.0000", ",110.0000"), "percent"},
		"a word":             {bad(",10.0000", ",ten"), "line 2"},
		"no architecture":    {bad("|none~0|+", "|nine~0|+"), "want one of none"},
		"a short row":        {bad(",10.0000", ""), "wrong number of fields"},
		"not a number":       {bad(",10.0000", ",NaN"), "percent"},
		"an index of 10 Gig": {bad("15624,", "10000000000,"), "want a number below"},
	} {
		_, err := bench.ImportNB201(strings.NewReader(tc.text), nil, "bad")
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, tc.want)
		}
	}
	for name, text := range map[string]string{
		"negative": strings.Replace(times, ",10", ",-10", 1), "no rows": "arch,c10_train_seconds_12,c10_test_seconds_12\n",
	} {
		_, err := bench.ImportNB201(strings.NewReader(accuracies), strings.NewReader(text), "bad")
		if err == nil || !strings.Contains(err.Error(), "the file of times") {
			t.Errorf("times with %s: got %v, want an error that names their file", name, err)
		}
	}
}

// The goal is 50 ms.
func BenchmarkOpen(b *testing.B) {
	b.Setenv("NASX_CACHE", b.TempDir())
	if _, err := made(b).Save(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.OpenNamed("nb201"); err != nil {
			b.Fatal(err)
		}
	}
}
