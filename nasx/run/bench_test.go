package run_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// ready returns traces of a given number of decisions with eight choices.
type ready struct {
	step int
	rows [][]float64
}

func newReady(decisions int) *ready {
	rng := rand.New(rand.NewPCG(1, 1))
	r := &ready{}
	for range decisions {
		row := make([]float64, 8)
		for k := range row {
			row[k] = rng.Float64()
		}
		r.rows = append(r.rows, row)
	}
	return r
}

func (r *ready) Step() (search.Trace, error) {
	r.step++
	return search.Trace{Step: r.step, Phase: search.PhaseSearch, Probs: r.rows, Grad: r.rows}, nil
}

func (r *ready) Best() (space.Arch, error) { return nil, nil }

// BenchmarkStep stores traces of about 4 KB and of about 28 KB; what the step
// itself takes is nothing.
func BenchmarkStep(b *testing.B) {
	for name, decisions := range map[string]int{"4KB": 12, "28KB": 90} {
		b.Run(name, func(b *testing.B) {
			s := newReady(decisions)
			w, err := run.Create(filepath.Join(b.TempDir(), "r"), search.Description{Method: "ready"})
			must(b, err)
			defer w.Close()
			trace, err := w.Step(s)
			must(b, err)
			raw, err := json.Marshal(trace)
			must(b, err)
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				_, err := w.Step(s)
				must(b, err)
			}
		})
	}
}

// BenchmarkSync is what limits BenchmarkStep: 4 KB added to a file and made
// durable, without any database.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	must(b, err)
	defer f.Close()
	data := make([]byte, 4096)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, err := f.Write(data)
		must(b, errors.Join(err, f.Sync()))
	}
}

// BenchmarkCurves reads the scalars of a run of 800 steps for the first time.
func BenchmarkCurves(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "r")
	w, _ := start(b, dir, 1, 800, 0)
	must(b, w.Close())
	for b.Loop() {
		r, err := run.Open(dir)
		must(b, err)
		_, err = r.Curves()
		must(b, err)
		must(b, r.Close())
	}
}
