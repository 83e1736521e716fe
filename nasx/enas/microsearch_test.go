package enas_test

import (
	"errors"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet/micro"
	"naslab.dev/nasx/supernet/supernettest"
)

var microMade *micro.Engine // compiled once

// microEngine returns a tiny network for [supernettest.Images]: a normal and a
// reduction cell of two nodes.
func microEngine(t *testing.T) *micro.Engine {
	t.Helper()
	if microMade != nil {
		return microMade
	}
	cfg := micro.DefaultConfig()
	cfg.Cells, cfg.Blocks, cfg.Channels, cfg.Stem, cfg.Reductions = 2, 2, 2, 4, []int{1}
	cfg.Height, cfg.Width = supernettest.Side, supernettest.Side
	cfg.InputChannels, cfg.Classes, cfg.DType = supernettest.Channels, supernettest.Classes, dtypes.Float32
	net, err := micro.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if microMade, err = micro.NewEngine(backendtest.RequireXLA(t), net); err != nil {
		t.Fatal(err)
	}
	return microMade
}

// microConfig are settings for the micro space, in small.
func microConfig() enas.SearchConfig {
	cfg := enas.DefaultSearch().Micro()
	cfg.Epochs, cfg.Rewards, cfg.Samples, cfg.BestOf = 5, 5, 2, 3
	cfg.Controller.Shape.Hidden = 8
	return cfg
}

func microSearch(t *testing.T, set search.Batches, cfg enas.SearchConfig) *enas.Searcher {
	t.Helper()
	s, err := enas.NewMicroSearch(microEngine(t), set, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMicroStateAndErrors(t *testing.T) {
	knobs := map[string]float64{
		search.ScalarWeightRate: 0.01, search.ScalarArchRate: 0.02, enas.KnobEntropy: 0.003,
	}
	supernettest.Robust(t, knobs, denied, func(t *testing.T, set *supernettest.Images) search.Searcher {
		return microSearch(t, set, microConfig())
	})
}

// What the search measures is what the engine says of the same architectures with
// the same weights: the child by argmax, and the best of the samples.
func TestMicroMeasuresItsChildren(t *testing.T) {
	s := microSearch(t, &supernettest.Images{}, microConfig())
	supernettest.Steps(t, s, supernettest.PerEpoch)
	scores, err := s.Test()
	if err != nil {
		t.Fatal(err)
	}
	state, err := s.State()
	if err != nil {
		t.Fatal(err)
	}
	w, err := microEngine(t).Restore(state)
	if err != nil {
		t.Fatal(err)
	}
	likely, err := s.Best()
	if err != nil {
		t.Fatal(err)
	}
	best, _, err := s.BestOf(3)
	if err != nil {
		t.Fatal(err)
	}
	pixels, labels, err := (&supernettest.Images{}).Held(search.PartTest)
	if err != nil {
		t.Fatal(err)
	}
	for name, arch := range map[string]space.Arch{search.ScalarChildArgmax: likely, enas.ScalarChildBest: best} {
		z := space.OneHot(microEngine(t).Network().Space().Decisions(), arch)
		_, want, err := microEngine(t).Evaluate(w, pixels, labels, z)
		if err != nil || scores[name] != want {
			t.Errorf("%s is %g, the engine says %g, error %v", name, scores[name], want, err)
		}
	}
	if _, has := scores[search.ScalarChildDARTS]; has {
		t.Error("there is an accuracy by the DARTS rule, want it once, by argmax")
	}
}

// Derived cells are those of the architecture: loose ends and all.
func TestMicroDerivesTheArchitecture(t *testing.T) {
	s := microSearch(t, &supernettest.Images{}, microConfig())
	likely, err := s.Best()
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.Derive(search.RuleArgmax)
	if err != nil {
		t.Fatal(err)
	}
	_, reduce, err := cellspace.Space{Blocks: 2, Ops: cellspace.DefaultOps()}.Cells(likely)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cellspace.LooseEnds(reduce), g.ReduceConcat); diff != "" {
		t.Errorf("output of the reduction cell (-want +got):\n%s", diff)
	}
	if same, err := s.Derive(search.RuleDARTS); err != nil || !cmp.Equal(g, same) {
		t.Errorf("by the DARTS rule it is %v, error %v, want the same child: every node has two inputs", same, err)
	}
}

// A search on two channels finds what tells them apart, with weights shared by all
// architectures: it ends well above chance, one half.
func TestMicroSearchLearns(t *testing.T) {
	cfg := microConfig()
	cfg.Epochs, cfg.Rate, cfg.Samples = 15, 0.05, 8
	s := microSearch(t, &supernettest.Images{}, cfg)
	last := supernettest.Steps(t, s, cfg.Epochs*supernettest.PerEpoch)
	accuracy := last[len(last)-1].Scalars[search.ScalarSearchAccuracy]
	if math.IsNaN(accuracy) || accuracy < 0.75 {
		t.Errorf("samples have accuracy %g, want at least 0.75", accuracy)
	}
}

func TestMicroSearchRefuses(t *testing.T) {
	cfg := microConfig()
	if _, err := enas.NewMicroSearch(nil, &supernettest.Images{}, cfg, nil); err == nil {
		t.Error("no engine is accepted, want an error")
	}
	if _, err := enas.NewMicroSearch(microEngine(t), nil, cfg, nil); err == nil {
		t.Error("no batches are accepted, want an error")
	}
	if _, err := enas.NewMicroSearch(microEngine(t), wide{}, cfg, nil); err == nil {
		t.Error("images of another size are accepted, want an error")
	}
}

// wide are images of another width.
type wide struct{ supernettest.Images }

func (wide) Dims() (height, width, channels, classes int) { return 4, 6, 2, 2 }

func (wide) Batch(string, int, int) ([]float32, []int32, error) { return nil, nil, errors.New("none") }

func (wide) Held(string) ([]float32, []int32, error) { return nil, nil, errors.New("none") }

func (wide) Schedule() (int, int) { return 8, 4 }
