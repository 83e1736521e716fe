package run_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// FuzzDecodeTensors: any bytes give an error or tensors that encode and decode
// to themselves.
func FuzzDecodeTensors(f *testing.F) {
	raw, err := run.EncodeTensors(map[string]search.Tensor{
		"a": search.Float32Tensor([]float32{1, 2}), "b": search.Int64Tensor([]int64{3}, 1, 1),
	})
	must(f, err)
	f.Add(raw)
	f.Add(file("{}", ""))
	f.Add(file(`{"__metadata__":{},"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`, "12345678"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tensors, err := run.DecodeTensors(raw)
		if err != nil {
			return
		}
		first, err := run.EncodeTensors(tensors)
		must(t, err)
		again, err := run.DecodeTensors(first)
		must(t, err)
		second, err := run.EncodeTensors(again)
		must(t, err)
		if !bytes.Equal(first, second) {
			t.Errorf("encoded twice: %q and %q", first, second)
		}
	})
}

// FuzzPath: a name that is accepted is one element below the root.
func FuzzPath(f *testing.F) {
	for _, name := range []string{"a", "../a", "a/b", ".", "A-1_2.c", "a..b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		path, err := run.Path(name)
		if err == nil && (filepath.Dir(path) != filepath.Clean(run.Root()) || filepath.Base(path) != name) {
			t.Errorf("Path(%q) = %q", name, path)
		}
	})
}

// fuzzStore is the shared run that the fuzz tests put foreign bytes into.
func fuzzStore(t testing.TB) string {
	dir := filepath.Join(t.TempDir(), "r")
	w, _ := start(t, dir, 1, 8, 4)
	must(t, w.Close())
	return dir
}

// FuzzRow: whatever stands in the tables, reading and replaying end with a
// value or an error.
func FuzzRow(f *testing.F) {
	dir := fuzzStore(f)
	r, err := run.Open(dir)
	must(f, err)
	must(f, r.Raw(8, 8, func(_ int, raw []byte, _ float64) error { f.Add(string(raw)); return nil }))
	must(f, r.Close())
	f.Add(`{"method":"walk","seed":1,"config":{"rate":1e999},"decisions":[{"choices":[]}]}`)
	f.Add(`{"step":8,"scalars":{"loss":1e999},"probs":[[1],null]}`)
	f.Add(`{"name":"rate","value":3}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, statement := range []string{
			"UPDATE steps SET trace = ? WHERE step = 8", "UPDATE run SET value = ?", "UPDATE events SET data = ?",
		} {
			lookAtAltered(t, dir, statement, text)
		}
	})
}

// FuzzStore: whatever stands in run.db, opening it ends with a run or an error.
func FuzzStore(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join(fuzzStore(f), "run.db"))
	must(f, err)
	f.Add(raw, 100, byte(1))
	f.Add(raw[:4096], 0, byte(0))
	f.Add([]byte("SQLite format 3\x00"), 3, byte(255))
	f.Fuzz(func(t *testing.T, raw []byte, at int, flip byte) {
		raw = bytes.Clone(raw)
		if at >= 0 && at < len(raw) {
			raw[at] ^= flip
		}
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "run.db"), raw, 0o644))
		lookAround(dir)
	})
}
