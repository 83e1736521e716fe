package gradients_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/datasets"
	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/snas"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
	"naslab.dev/notebooks/gradients"
)

func TestMain(m *testing.M) { backendtest.Main(m) }

var update = flag.Bool("update", false, "record the steps anew")

// searches returns the three methods on one small network for the digits.
func searches(t *testing.T) map[string]search.Searcher {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem, cfg.Reductions = 1, 2, 4, 8, []int{}
	cfg.Ops = []string{space.OpMaxPool, space.OpSkip, space.OpSep3, space.OpDil3}
	net, err := supernet.New(cfg)
	must(err)
	engine, err := supernet.NewEngine(backendtest.RequireXLA(t), net)
	must(err)
	set, err := datasets.Load("digits", datasets.Options{})
	must(err)
	batches, err := datasets.NewLoader(set, datasets.LoaderConfig{Seed: 1, BatchSize: 64})
	must(err)
	mixing, err := darts.New(engine, batches, darts.DefaultConfig())
	must(err)
	sampling, err := snas.New(engine, batches, snas.DefaultConfig())
	must(err)
	drawing, err := enas.NewSearch(engine, batches, enas.DefaultSearch(), nil)
	must(err)
	return map[string]search.Searcher{"darts": mixing, "snas": sampling, "enas": drawing}
}

// record makes steps and returns the last one that moved the architecture, with
// the decisions of its normal cell.
func record(t *testing.T, s search.Searcher, steps int) gradients.Record {
	t.Helper()
	var out gradients.Record
	for range steps {
		tr, err := s.Step()
		if err != nil {
			t.Fatal(err)
		}
		if tr.Grad != nil {
			out.Trace = tr
		}
	}
	for _, d := range s.(search.Describer).Describe().Decisions {
		if d.Cell == space.CellNormal {
			d.Cell = ""
			out.Decisions = append(out.Decisions, d)
		}
	}
	n, tr := len(out.Decisions), &out.Trace
	for _, rows := range []*[][]float64{&tr.Z, &tr.Probs, &tr.OpGrad, &tr.Grad, &tr.Update} {
		*rows = (*rows)[:min(n, len(*rows))]
	}
	tr.Arch, tr.Credit = tr.Arch[:min(n, len(tr.Arch))], tr.Credit[:min(n, len(tr.Credit))]
	return out
}

// What the pictures are read from is what the methods say of themselves now.
func TestRecordedStepsAreOfTheMethodsAsTheyAre(t *testing.T) {
	steps := 1
	if *update {
		steps = 60
	}
	made := map[string]gradients.Record{}
	for name, s := range searches(t) {
		made[name] = record(t, s, steps)
	}
	if *update {
		b, err := json.Marshal(made)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("steps.json", append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := gradients.Steps()
	if err != nil {
		t.Fatal(err)
	}
	for name, now := range made {
		then := kept[name]
		if then.Trace.Formula != now.Trace.Formula || !cmp.Equal(then.Decisions, now.Decisions) {
			t.Errorf("%s: recorded %q, now %q; record anew with -update", name, then.Trace.Formula, now.Trace.Formula)
		}
		for i, term := range now.Trace.Terms {
			term.Value = then.Trace.Terms[i].Value
			if term != then.Trace.Terms[i] {
				t.Errorf("%s: recorded %+v, now %+v; record anew with -update", name, then.Trace.Terms[i], term)
			}
		}
		if err := then.Trace.CheckFormula(1e-9); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
