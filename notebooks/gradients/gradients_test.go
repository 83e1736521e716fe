package gradients_test

import (
	"math"
	"strings"
	"testing"

	"naslab.dev/nasx/estimator"
	"naslab.dev/notebooks/gradients"
	"naslab.dev/viz"
)

func search27(t *testing.T) *gradients.Search {
	t.Helper()
	s, err := gradients.New(estimator.DefaultCellConfig(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSearchHasNamesForItsDecisions(t *testing.T) {
	s := search27(t)
	var names []string
	for _, d := range s.Decisions {
		names = append(names, d.Name+" "+strings.Join(d.Choices, ","))
	}
	const ops = " skip_connect,layer A,layer B"
	if got, want := strings.Join(names, "; "), "0→1"+ops+"; 0→2"+ops+"; 1→2"+ops; got != want || s.Truth.Archs != 27 {
		t.Errorf("got %s of %d architectures, want %s of 27", got, s.Truth.Archs, want)
	}
}

// All estimators of the lesson are measured and drawn; those that must be exact on
// average are, and DARTS does not scatter.
func TestEstimatorsOfTheLesson(t *testing.T) {
	s := search27(t)
	entrants, err := s.All(1)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Measure(1, 2000, entrants...)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range found.Estimators {
		if exact := i < 4; exact && e.Whole.Clear || e.Name == "SNAS, λ = 1" && !e.Whole.Clear {
			t.Errorf("%s: bias %g, chance %g, clear: %v", e.Name, e.Whole.Bias, e.Whole.Chance, e.Whole.Clear)
		}
		if still := e.Whole.SD < 1e-9; still != (e.Name == "DARTS") {
			t.Errorf("%s has a deviation of %g", e.Name, e.Whole.SD)
		}
	}
	for _, f := range []viz.Figure{viz.BiasVariance{Estimates: found}, viz.Tradeoff{Estimates: found}} {
		if f.Alt() == "" {
			t.Errorf("%T cannot be drawn", f)
		}
	}
}

// The mean of n estimates with a bias of 3 and a deviation of 8, a gradient of 10:
// √(9 + 64/4)/10 = 0.5.
func TestErrorOfAMean(t *testing.T) {
	d := viz.Deviation{Bias: 3, SD: 8, Clear: true}
	if got := gradients.Error(d, 10, 4); !(math.Abs(got-0.5) <= 1e-12) {
		t.Errorf("got %g, want 0.5", got)
	}
	d.Clear = false
	if got := gradients.Error(d, 10, 4); !(math.Abs(got-0.4) <= 1e-12) {
		t.Errorf("without a bias that is clear: got %g, want 0.4", got)
	}
}

func TestExactBiasIsThatOfEnumeration(t *testing.T) {
	s := search27(t)
	for _, e := range []estimator.Estimator{estimator.Reinforce{}, estimator.Mixture{}} {
		got, err := s.ExactBias(e)
		if err != nil || (got < 1e-9) != (e.Name() != "DARTS") {
			t.Errorf("%s: got %g (%v)", e.Name(), got, err)
		}
	}
}

func TestAcrossSearches(t *testing.T) {
	got, err := gradients.Across(1, 3, 50, func(s *gradients.Search) ([]gradients.Entrant, error) {
		return gradients.Others(1), nil
	})
	if err != nil || len(got) != 2 || got[1].Name != "DARTS" || !(got[1].Bias.Low <= got[1].Bias.Median) {
		t.Errorf("got %+v (%v), want straight-through and DARTS", got, err)
	}
	if text := (gradients.Spread{Low: 0, Median: 2.345, High: 12.34}).String(); text != "2.3 (0 to 12)" {
		t.Errorf("got %q, want 2.3 (0 to 12)", text)
	}
}

func TestRecordedStepsCanBeDrawn(t *testing.T) {
	flows, err := gradients.Flows(0, "enas", "snas", "darts")
	if err != nil {
		t.Fatal(err)
	}
	if got := (viz.GradientFlow{Flows: flows}).Alt(); !strings.Contains(got, "the same pass serves the weights") {
		t.Errorf("got %q, want the pass that SNAS makes for both", got)
	}
	steps, err := gradients.Steps()
	if err != nil {
		t.Fatal(err)
	}
	if (viz.Sampling{Decisions: steps["snas"].Decisions, Trace: steps["snas"].Trace}).Alt() == "" {
		t.Error("the draw of SNAS cannot be drawn")
	}
	if _, err := gradients.Flows(9, "snas"); err == nil {
		t.Error("a decision that does not exist is no error")
	}
}
