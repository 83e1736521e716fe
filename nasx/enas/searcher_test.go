package enas_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/supernettest"
)

var (
	_ search.Controller   = (*enas.Controller)(nil)
	_ search.Stateful     = (*enas.Controller)(nil)
	_ supernettest.Method = (*enas.Searcher)(nil)
)

func TestMain(m *testing.M) { backendtest.Main(m) }

// denied is what this method must leave alone: it trains on half A and is
// rewarded on half B.
var denied = []string{search.PartTrain}

// shared are the settings of every variant with shared weights, in small.
func shared() map[string]enas.SearchConfig {
	ppo := enas.DefaultSearchPPO()
	ppo.Controller.Episodes = 3
	all := map[string]enas.SearchConfig{
		"REINFORCE": enas.DefaultSearch(), "logits": enas.DefaultSearch().Independent(),
		"PPO": ppo, "PPO on logits": ppo.Independent(),
	}
	for name, cfg := range all {
		cfg.Epochs, cfg.Rewards, cfg.Samples, cfg.BestOf = 5, 5, 2, 3
		cfg.Controller.Shape.Hidden = 8
		all[name] = cfg
	}
	return all
}

// searcherOn starts a search on a made-up set.
func searcherOn(t *testing.T, set search.Batches, cfg enas.SearchConfig, rule credit.Assigner) *enas.Searcher {
	t.Helper()
	s, err := enas.NewSearch(supernettest.Engine(t, dtypes.Float32), set, cfg, rule)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStateAndErrors(t *testing.T) {
	knobs := map[string]float64{
		search.ScalarWeightRate: 0.01, search.ScalarArchRate: 0.02, enas.KnobEntropy: 0.003,
	}
	for name, cfg := range shared() {
		t.Run(name, func(t *testing.T) {
			supernettest.Robust(t, knobs, denied, func(t *testing.T, set *supernettest.Images) search.Searcher {
				return searcherOn(t, set, cfg, nil)
			})
		})
	}
	t.Run("with a rule of credit", func(t *testing.T) {
		supernettest.Robust(t, knobs, denied, func(t *testing.T, set *supernettest.Images) search.Searcher {
			return searcherOn(t, set, shared()["REINFORCE"], &byPosition{})
		})
	})
}

// An epoch of four steps has five rewards; steps whose last reward completes a
// batch explain it, and the curve stands at the epochs' ends.
func TestSearchTraces(t *testing.T) {
	for name, cfg := range shared() {
		s := searcherOn(t, &supernettest.Images{Denied: denied}, cfg, nil)
		for i, tr := range supernettest.Steps(t, s, 2*supernettest.PerEpoch) {
			if err := tr.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			rewards := (i + 1) * 5 / 4
			if got, want := tr.Grad != nil, rewards%cfg.Controller.Episodes == 0; got != want {
				t.Errorf("%s, step %d: a gradient is there: %v, want %v", name, tr.Step, got, want)
			}
			if tr.Grad != nil {
				if err := tr.CheckFormula(1e-12); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, scalar := range []string{
				search.ScalarSearchAccuracy, search.ScalarChildArgmax, search.ScalarChildDARTS,
			} {
				value, found := tr.Scalars[scalar]
				if found != (i%supernettest.PerEpoch == supernettest.PerEpoch-1) || !(value >= 0 && value <= 1) {
					t.Errorf("%s, step %d: %s is %g, there: %v", name, tr.Step, scalar, value, found)
				}
			}
			near(t, "entropy", tr.Scalars[search.ScalarEntropy],
				(tr.Scalars[search.ScalarEntropyNormal]+tr.Scalars[search.ScalarEntropyReduce])/2, 1e-12)
		}
	}
}

// The reward is the accuracy that the sampled architecture has with the weights
// after the step, on the minibatch of half B that is its turn.
func TestRewardIsTheAccuracyOnHalfB(t *testing.T) {
	engine := supernettest.Engine(t, dtypes.Float32)
	s := searcherOn(t, &supernettest.Images{Denied: denied}, shared()["logits"], nil)
	for step := range 3 {
		tr := supernettest.Steps(t, s, 1)[0]
		state, err := s.State()
		if err != nil {
			t.Fatal(err)
		}
		weights, err := engine.Restore(state)
		if err != nil {
			t.Fatal(err)
		}
		pixels, labels, err := (&supernettest.Images{}).Batch(search.PartHalfB, 0, step)
		if err != nil {
			t.Fatal(err)
		}
		z := space.OneHot(engine.Network().Space().Decisions(), tr.Arch)
		_, want, err := engine.Evaluate(weights, pixels, labels, z)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "reward", tr.Scalars[search.ScalarReward], want, 0)
	}
}

// Training one child moves the weights of its operations alone: without decay and
// momentum all others keep their bits.
func TestOnlyTheChildsWeightsMove(t *testing.T) {
	cfg := shared()["logits"]
	cfg.Decay, cfg.Momentum, cfg.Rewards = 0, 0, 0
	s := searcherOn(t, &supernettest.Images{Denied: denied}, cfg, nil)
	cells := supernettest.Engine(t, dtypes.Float32).Network().Space()
	moved, kept := 0, 0
	before, err := s.State()
	for range 6 {
		if err != nil {
			t.Fatal(err)
		}
		arch := supernettest.Steps(t, s, 1)[0].Arch
		var after map[string]search.Tensor
		after, err = s.State()
		for name := range before {
			d, op := ownerOf(name, cells)
			if d < 0 {
				continue
			}
			changed := !cmp.Equal(before[name], after[name])
			if changed && arch[d] != op {
				t.Errorf("%s moved, and the architecture %v does not have it", name, arch)
			}
			if changed {
				moved++
			} else {
				kept++
			}
		}
		before = after
	}
	if moved == 0 || kept == 0 {
		t.Errorf("%d tensors moved and %d stayed, want some of each", moved, kept)
	}
}

// ownerOf reads decision and operation from the name of a weight, −1 where it
// belongs to none.
func ownerOf(name string, cells space.Cells) (decision, op int) {
	for d, decision := range cells.Decisions() {
		cell := "weights/cell0/"
		if decision.Cell == space.CellReduce {
			cell = "weights/cell1/"
		}
		for k, op := range cells.Ops {
			if strings.HasPrefix(name, cell+strings.ReplaceAll(decision.Name, "→", "-")+"/"+op+"/") {
				return d, k
			}
		}
	}
	return -1, -1
}

// The search finds the operations that see the bright channel.
func TestSearchLearns(t *testing.T) {
	cfg := shared()["logits"]
	cfg.Rewards, cfg.Epochs = 8, 20
	s := searcherOn(t, &supernettest.Images{Denied: denied}, cfg, nil)
	supernettest.Steps(t, s, 20*supernettest.PerEpoch)
	got, err := s.Test()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{search.ScalarSearchAccuracy, search.ScalarChildArgmax, enas.ScalarChildBest} {
		if !(got[name] >= 0.9) {
			t.Errorf("%s is %.2f, want 0.9 or more", name, got[name])
		}
	}
	for _, rule := range []string{search.RuleArgmax, search.RuleDARTS, enas.RuleBest} {
		genotype, err := s.Derive(rule)
		if err != nil {
			t.Fatal(err)
		}
		if err := genotype.Validate(); err != nil {
			t.Errorf("child by %s: %v", rule, err)
		}
	}
	if _, err := s.Derive("taste"); err == nil {
		t.Error("an unknown rule derives a child, want an error")
	}
}

// A step of the made-up set trains on 8 images and is rewarded on 5/4 minibatches.
func TestSearchDescribesItself(t *testing.T) {
	for name, want := range map[string]string{"REINFORCE": "enas", "PPO": "enas-ppo"} {
		d := searcherOn(t, &supernettest.Images{}, shared()[name], nil).Describe()
		if d.Method != want || d.Steps != 20 || d.StepsPerEpoch != 4 || d.ImagesPerStep != 18 ||
			d.Data != "two bright channels" || len(d.Decisions) != 4 {
			t.Errorf("%s describes itself as %+v", name, d)
		}
	}
}

func TestSearchRefusesWhatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*enas.SearchConfig){
		"no epochs":          func(c *enas.SearchConfig) { c.Epochs = 0 },
		"negative rewards":   func(c *enas.SearchConfig) { c.Rewards = -1 },
		"no samples":         func(c *enas.SearchConfig) { c.Samples = 0 },
		"nothing to choose":  func(c *enas.SearchConfig) { c.BestOf = 0 },
		"rate without bound": func(c *enas.SearchConfig) { c.Rate = math.Inf(1) },
		"momentum of 1":      func(c *enas.SearchConfig) { c.Momentum = 1 },
		"the micro policy":   func(c *enas.SearchConfig) { c.Controller.Policy = enas.PolicyMicro },
		"its controller":     func(c *enas.SearchConfig) { c.Controller.Episodes = 0 },
	} {
		cfg := shared()["REINFORCE"]
		change(&cfg)
		if _, err := enas.NewSearch(supernettest.Engine(t, dtypes.Float32), &supernettest.Images{}, cfg, nil); err == nil {
			t.Errorf("%s is accepted, want an error", name)
		}
	}
	if _, err := enas.NewSearch(nil, nil, shared()["REINFORCE"], nil); err == nil {
		t.Error("a search on nothing is accepted, want an error")
	}
}
