package darts_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/supernettest"
)

var _ supernettest.Method = (*darts.Searcher)(nil)

func orders() map[string]func(*darts.Config) {
	return map[string]func(*darts.Config){
		"first order":  nil,
		"second order": func(c *darts.Config) { c.SecondOrder = true },
	}
}

func TestTracesExplainTheirGradients(t *testing.T) {
	for name, change := range orders() {
		traces := supernettest.Steps(t, searcher(t, dtypes.Float32, change), supernettest.PerEpoch)
		for _, tr := range traces {
			if err := tr.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := tr.CheckFormula(1e-12); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for d, row := range tr.Grad {
				sum := 0.0
				for _, g := range row {
					sum += g
				}
				if !(math.Abs(sum) <= 1e-12) {
					t.Errorf("%s, step %d: gradient of decision %d sums to %g, want 0", name, tr.Step, d, sum)
				}
			}
			if (tr.Extra != nil) != (change != nil) {
				t.Errorf("%s: second-order term is there: %v", name, tr.Extra != nil)
			}
		}
		for i, tr := range traces {
			for _, scalar := range []string{
				search.ScalarSearchAccuracy, search.ScalarChildArgmax, search.ScalarChildDARTS,
			} {
				value, found := tr.Scalars[scalar]
				if found != (i == supernettest.PerEpoch-1) || !(value >= 0 && value <= 1) {
					t.Errorf("%s, step %d: %s is %g, there: %v", name, tr.Step, scalar, value, found)
				}
			}
		}
		last := traces[supernettest.PerEpoch-1].Scalars
		if !(math.Abs(last[search.ScalarEntropy]-math.Log(4)) < 1e-2) {
			t.Errorf("%s: entropy is %g, want near ln 4", name, last[search.ScalarEntropy])
		}
	}
}

// The next step's probabilities show what the optimizer did to the logits.
func TestUpdateIsWhatMovesTheProbabilities(t *testing.T) {
	traces := supernettest.Steps(t, searcher(t, dtypes.Float32, nil), 2)
	for d, before := range traces[0].Probs {
		logits := make([]float64, len(before))
		for k, p := range before {
			logits[k] = math.Log(p) + traces[0].Update[d][k]
		}
		for k, want := range relax.Softmax(logits) {
			if got := traces[1].Probs[d][k]; !(math.Abs(got-want) <= 1e-12) {
				t.Errorf("probability [%d][%d] of step 2: got %.15g, want %.15g", d, k, got, want)
			}
		}
	}
}

// The weights learn after the logits, with the mixture as it then is: the loss
// of the first step is that of the first weights under the moved probabilities.
func TestWeightsLearnUnderTheMovedLogits(t *testing.T) {
	engine := supernettest.Engine(t, dtypes.Float64)
	tr := supernettest.Steps(t, searcher(t, dtypes.Float64, func(c *darts.Config) { c.ArchRate = 1 }), 1)[0]
	pixels, labels, err := (&supernettest.Images{}).Batch(search.PartHalfA, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var losses [2]float64 // under the moved probabilities, and under those before
	for i, share := range []float64{1, 0} {
		z := make([][]float64, len(tr.Probs))
		for d, before := range tr.Probs {
			logits := make([]float64, len(before))
			for k, p := range before {
				logits[k] = math.Log(p) + share*tr.Update[d][k]
			}
			z[d] = relax.Softmax(logits)
		}
		if losses[i], _, err = engine.Evaluate(engine.Init(1), pixels, labels, z); err != nil {
			t.Fatal(err)
		}
	}
	got := tr.Scalars[search.ScalarLoss]
	if !(math.Abs(got-losses[0]) <= 1e-10) || !(math.Abs(losses[0]-losses[1]) > 1e-3) {
		t.Errorf("loss is %g, want %g (and %g under the probabilities before)", got, losses[0], losses[1])
	}
}

// virtual returns the weights one step on half A ahead, under the mixture z.
func virtual(t *testing.T, engine *supernet.Engine, weights *supernet.Weights, z [][]float64) *supernet.Weights {
	t.Helper()
	cfg := darts.DefaultConfig()
	pixels, labels, err := (&supernettest.Images{}).Batch(search.PartHalfA, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	g, err := engine.Grad(weights, pixels, labels, z)
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := engine.Virtual(weights, g, cfg.Rate, cfg.Momentum, cfg.Decay)
	if err != nil {
		t.Fatal(err)
	}
	return ahead
}

// The gradient in the logits against a central difference of the loss itself:
// of half B at the weights as they are, or one virtual step on half A ahead.
func TestGradientMatchesTheLossOfTheNetwork(t *testing.T) {
	engine := supernettest.Engine(t, dtypes.Float64)
	for name, change := range orders() {
		s := searcher(t, dtypes.Float64, func(c *darts.Config) {
			c.SecondOrder = change != nil
			c.Reach = 1e-6 // a longer one crosses kinks of the ReLUs of so small a network
		})
		supernettest.Steps(t, s, 2) // momentum is no longer 0
		weights, logits := supernettest.Standing(t, engine, s)
		loss := func(logits [][]float64) float64 {
			z, at := relax.SoftmaxRows(logits), weights
			if change != nil {
				at = virtual(t, engine, weights, z)
			}
			return supernettest.Loss(t, engine, at, search.PartHalfB, 2, z)
		}
		tr := supernettest.Steps(t, s, 1)[0]
		if relative := supernettest.GradientError(tr.Grad, logits, loss); !(relative < 1e-3) {
			t.Errorf("%s: relative error is %.2g, want below 1e-3", name, relative)
		}
	}
}

func TestKnobsStayAsSet(t *testing.T) {
	s := searcher(t, dtypes.Float32, nil)
	if err := s.Set(search.ScalarWeightRate, 0.02); err != nil {
		t.Fatal(err)
	}
	tr := supernettest.Steps(t, s, supernettest.PerEpoch+1)[supernettest.PerEpoch]
	if got := tr.Scalars[search.ScalarWeightRate]; got != 0.02 {
		t.Errorf("rate in the second epoch: got %g, want 0.02", got)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if s.Set(search.ScalarWeightRate, bad) == nil {
			t.Errorf("rate %g: got no error", bad)
		}
	}
	if s.Set("colour", 1) == nil {
		t.Error("unknown knob: got no error")
	}
}

// One channel is bright: a network of any operations tells which, and the
// mixture learns it in five short epochs.
func TestLearnsWhichChannelIsBright(t *testing.T) {
	s := searcher(t, dtypes.Float32, nil)
	traces := supernettest.Steps(t, s, 5*supernettest.PerEpoch)
	if got := traces[len(traces)-1].Scalars[search.ScalarSearchAccuracy]; !(got > 0.9) {
		t.Errorf("validation accuracy is %g, want above 0.9", got)
	}
	result, err := s.Test()
	if err != nil || !(result[search.ScalarSearchAccuracy] > 0.9) {
		t.Errorf("test accuracies are %v, %v, want above 0.9", result, err)
	}
	arch, err := s.Best()
	if err != nil || len(arch) != 4 || slices.Contains(arch, 0) {
		t.Errorf("architecture is %v, %v, want four operations and none absent (two inputs per node)", arch, err)
	}
}

func TestDescriptionEncodes(t *testing.T) {
	d := searcher(t, dtypes.Float32, nil).Describe()
	if _, err := json.Marshal(d); err != nil {
		t.Fatal(err)
	}
	if d.Method != "darts" || d.Steps != 20 || d.ImagesPerStep != 16 || d.Data == "" || len(d.Decisions) != 4 {
		t.Errorf("got %+v", d)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, change := range map[string]func(*darts.Config){
		"Epochs":   func(c *darts.Config) { c.Epochs = 0 },
		"Rate":     func(c *darts.Config) { c.Rate = math.NaN() },
		"Momentum": func(c *darts.Config) { c.Momentum = 1 },
		"Beta1":    func(c *darts.Config) { c.Adam.Beta1 = 2 },
	} {
		cfg := darts.DefaultConfig()
		change(&cfg)
		_, err := darts.New(supernettest.Engine(t, dtypes.Float32), &supernettest.Images{}, cfg)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want an error that names it", name, err)
		}
	}
}
