package snas_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/snas"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/supernettest"
)

var _ supernettest.Method = (*snas.Searcher)(nil)

// penalties lists every way to price resources, and none.
func penalties() map[string]func(*snas.Config) {
	list := map[string]func(*snas.Config){"no penalty": func(*snas.Config) {}}
	for _, form := range []string{cost.Linear, cost.Log} {
		for _, estimator := range []string{snas.Reparametrization, snas.Discrete, snas.Policy} {
			list[form+" "+estimator] = func(c *snas.Config) {
				c.Penalty, c.Estimator, c.ResourceWeight = form, estimator, 0.01
			}
		}
	}
	return list
}

func TestTracesExplainTheirGradients(t *testing.T) {
	for name, change := range penalties() {
		for i, tr := range supernettest.Steps(t, searcher(t, dtypes.Float32, change), supernettest.PerEpoch) {
			if err := tr.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := tr.CheckFormula(1e-12); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got, want := tr.Arch, space.Argmax(tr.Z); !cmp.Equal(got, want) {
				t.Errorf("%s: architecture is %v, want the largest of each sample %v", name, got, want)
			}
			if _, found := tr.Scalars[search.ScalarPenalty]; found == (name == "no penalty") {
				t.Errorf("%s: a penalty is reported: %v", name, found)
			}
			for _, scalar := range []string{
				search.ScalarSearchAccuracy, search.ScalarChildArgmax, search.ScalarChildDARTS,
			} {
				value, found := tr.Scalars[scalar]
				if found != (i == supernettest.PerEpoch-1) || !(value >= 0 && value <= 1) {
					t.Errorf("%s, step %d: %s is %g, there: %v", name, tr.Step, scalar, value, found)
				}
			}
		}
	}
}

// price returns the penalty of the tiny network.
func price(t *testing.T, engine *supernet.Engine) *cost.Penalty {
	t.Helper()
	net := engine.Network().Config()
	penalty, err := cost.NewPenalty(cost.Log, 1, engine.Network().Space(), cost.Net{
		Cells: net.Cells, Channels: net.Channels, Stem: net.Stem, Reductions: net.Reductions,
		Height: supernettest.Side, Width: supernettest.Side,
		InputChannels: supernettest.Channels, Classes: supernettest.Classes,
	})
	if err != nil {
		t.Fatal(err)
	}
	return penalty
}

// The gradient in the logits against a central difference of loss and penalty
// with the step's noise held fixed.
func TestGradientMatchesTheLossOfTheNetwork(t *testing.T) {
	engine := supernettest.Engine(t, dtypes.Float64)
	penalty := price(t, engine)
	for _, weight := range []float64{0, 0.01} {
		s := searcher(t, dtypes.Float64, func(c *snas.Config) { c.ResourceWeight = weight })
		supernettest.Steps(t, s, 2)
		weights, logits := supernettest.Standing(t, engine, s)
		tr := supernettest.Steps(t, s, 1)[0]
		loss := func(logits [][]float64) float64 {
			z := make([][]float64, len(logits))
			for d, row := range logits {
				gumbel := relax.Gumbels(key.Rand(1, "gumbel", 2, d), len(row))
				z[d] = relax.Concrete(row, gumbel, tr.Scalars[search.ScalarTemperature])
			}
			price, err := penalty.At(z)
			if err != nil {
				t.Fatal(err)
			}
			return supernettest.Loss(t, engine, weights, search.PartTrain, 2, z) + weight*price.Total
		}
		if relative := supernettest.GradientError(tr.Grad, logits, loss); !(relative < 1e-5) {
			t.Errorf("penalty weight %g: relative error is %.2g, want below 1e-5", weight, relative)
		}
	}
}

// Looking at a search does not change it: no generator is kept.
func TestLookingChangesNothing(t *testing.T) {
	want := supernettest.Steps(t, searcher(t, dtypes.Float32, nil), 2)
	s := searcher(t, dtypes.Float32, nil)
	got := supernettest.Steps(t, s, 1)
	if _, err := s.Test(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Best(); err != nil {
		t.Fatal(err)
	}
	got = append(got, supernettest.Steps(t, s, 1)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the watched search differs: %s", diff)
	}
}

func TestTemperatureFallsToItsEndAndStaysAsSet(t *testing.T) {
	s := searcher(t, dtypes.Float32, nil)
	traces := supernettest.Steps(t, s, 5*supernettest.PerEpoch+1)
	for i, want := range []float64{0.806, 0.612, 0.418, 0.224, 0.03, 0.03} { // 1 → 0.03 over five epochs
		if got := traces[i*supernettest.PerEpoch].Scalars[search.ScalarTemperature]; !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("epoch %d: temperature is %g, want %g", i, got, want)
		}
	}
	if err := s.Set(search.ScalarTemperature, 0.7); err != nil {
		t.Fatal(err)
	}
	if got := supernettest.Steps(t, s, 1)[0].Scalars[search.ScalarTemperature]; got != 0.7 {
		t.Errorf("temperature set by hand: got %g, want 0.7", got)
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if s.Set(search.ScalarTemperature, bad) == nil {
			t.Errorf("temperature %g: got no error", bad)
		}
	}
}

func TestLearnsWhichChannelIsBrightAndItsChildKeepsIt(t *testing.T) {
	s := searcher(t, dtypes.Float32, func(c *snas.Config) { c.Epochs, c.ArchRate = 20, 0.05 })
	supernettest.Steps(t, s, 20*supernettest.PerEpoch)
	result, err := s.Test()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{search.ScalarSearchAccuracy, search.ScalarChildArgmax} {
		if !(result[name] > 0.9) {
			t.Errorf("%s is %g, want above 0.9", name, result[name])
		}
	}
}

// A price above anything that accuracy is worth leaves no edge.
func TestAHugePenaltyDeletesEveryEdge(t *testing.T) {
	for _, tc := range []struct {
		estimator   string
		temperature float64
		steps       int
	}{
		{snas.Reparametrization, 0.5, 100}, // near 0 gradients through a sample vanish
		{snas.Discrete, 0.5, 100},
		{snas.Policy, 0.03, 400}, // the score form needs samples that are nearly one-hot, and many
	} {
		s := searcher(t, dtypes.Float32, func(c *snas.Config) {
			c.ArchRate, c.ResourceWeight, c.Estimator = 0.1, 1, tc.estimator
			c.TemperatureEnd = tc.temperature
		})
		supernettest.Steps(t, s, tc.steps)
		arch, err := s.Best()
		if err != nil || !cmp.Equal(arch, make(space.Arch, 4)) {
			t.Errorf("%s: architecture is %v, %v, want none on every edge", tc.estimator, arch, err)
		}
	}
}

func TestDescriptionEncodes(t *testing.T) {
	d := searcher(t, dtypes.Float32, nil).Describe()
	if _, err := json.Marshal(d); err != nil {
		t.Fatal(err)
	}
	if d.Method != "snas" || d.Steps != 20 || d.ImagesPerStep != 8 || d.Data == "" || len(d.Decisions) != 4 {
		t.Errorf("got %+v", d)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, change := range map[string]func(*snas.Config){
		"Epochs":      func(c *snas.Config) { c.Epochs = 0 },
		"Rate":        func(c *snas.Config) { c.Rate = math.NaN() },
		"Momentum":    func(c *snas.Config) { c.Momentum = 1 },
		"temperature": func(c *snas.Config) { c.TemperatureEnd = 0 },
		"Estimator":   func(c *snas.Config) { c.Estimator = "guess" },
		"penalty":     func(c *snas.Config) { c.Penalty = "cubic" },
		"Beta1":       func(c *snas.Config) { c.Adam.Beta1 = 2 },
	} {
		cfg := snas.DefaultConfig()
		change(&cfg)
		_, err := snas.New(supernettest.Engine(t, dtypes.Float32), &supernettest.Images{}, cfg)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want an error that names it", name, err)
		}
	}
}
