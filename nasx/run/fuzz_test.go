package run_test

import (
	"bytes"
	"io"
	"math/rand/v2"
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

// FuzzStore: whatever stands in run.db, opening it ends with a run or an error.
func FuzzStore(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "r")
	w, _ := start(f, dir, 1, 8, 4)
	must(f, w.Close())
	raw, err := os.ReadFile(filepath.Join(dir, "run.db"))
	must(f, err)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		f.Add(raw, rng.IntN(len(raw)), byte(1+rng.IntN(255)))
	}
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

// lookAround reads everything there is in a run that may be broken; only a
// panic would fail.
func lookAround(dir string) {
	r, err := run.Open(dir)
	if err != nil {
		return
	}
	defer r.Close()
	_, _ = r.Last()
	_, _ = r.Events()
	_, _ = r.Genotypes()
	for _, format := range run.Formats() {
		_ = r.Export(io.Discard, format)
	}
	_, _ = r.At(8, buildWalk)
}
