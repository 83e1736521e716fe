package relax_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"naslab.dev/nasx/relax"
)

// Worked by hand for g = 1, then g = −3, a = 2, decay 0.5, β = (0.5, 0.9), rate 0.1:
//
//	step 1: g' = 1 + 0.5·2 = 2, m̂ = 2, v̂ = 4, update −0.1·2/2 = −0.1, a = 1.9
//	step 2: g' = −3 + 0.95 = −2.05, m = 0.5·1 − 1.025 = −0.525, m̂ = −0.525/0.75,
//	        v = 0.9·0.4 + 0.1·4.2025 = 0.78025, v̂ = 0.78025/0.19
func TestAdamOnTwoStepsWorkedByHand(t *testing.T) {
	cfg := relax.AdamConfig{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-8, Decay: 0.5}
	logits := [][]float64{{2}}
	moments := relax.NewAdam(logits)
	update, next := moments.Next(cfg, 0.1, logits, [][]float64{{1}})
	near(t, "first update", update[0][0], -0.1, 1e-9)
	if moments.Count != 0 || moments.First[0][0] != 0 {
		t.Error("Next changed its receiver")
	}
	logits = relax.Add(logits, update)
	update, _ = next.Next(cfg, 0.1, logits, [][]float64{{-3}})
	near(t, "second update", update[0][0], 0.1*(0.525/0.75)/math.Sqrt(0.78025/0.19), 1e-9)
}

func TestAdamConfigRefusesWhatIsOutOfRange(t *testing.T) {
	if err := relax.DARTSAdam().Check(); err != nil {
		t.Error(err)
	}
	for _, cfg := range []relax.AdamConfig{
		{Beta1: 1, Beta2: .9, Epsilon: 1}, {Beta1: math.NaN(), Epsilon: 1}, {Epsilon: 0}, {Epsilon: 1, Decay: -1},
	} {
		if cfg.Check() == nil {
			t.Errorf("%+v: got no error", cfg)
		}
	}
}

func TestSchedulesAtBothEnds(t *testing.T) {
	near(t, "cosine, first epoch", relax.Cosine(.05, .001, 0, 50), .05, 0)
	near(t, "cosine, middle", relax.Cosine(.05, .001, 25, 50), .0255, 1e-15)
	near(t, "cosine, last epoch", relax.Cosine(.05, .001, 49, 50), .001+.049*(1-math.Cos(math.Pi/50))/2, 1e-15)
	near(t, "cosine, after the end", relax.Cosine(.05, .001, 70, 50), .001, 0)
	near(t, "linear, first epoch of 150", relax.Linear(1, .03, 0, 150), .99353, 5e-6)
	near(t, "linear, last epoch of 150", relax.Linear(1, .03, 149, 150), .03, 0)
	near(t, "linear, after the end", relax.Linear(1, .03, 400, 150), .03, 0)
}

func TestMatricesFlattenAndReturn(t *testing.T) {
	rows := [][]float64{{1, 2, 3}, {4, 5, 6}}
	back, err := relax.Unflatten(relax.Flatten(rows), 2, 3)
	if err != nil || !cmp.Equal(rows, back) {
		t.Errorf("got %v, %v, want %v", back, err, rows)
	}
	if _, err := relax.Unflatten([]float64{1}, 2, 3); err == nil {
		t.Error("one number filled two rows of three")
	}
	err = relax.CheckFinite("g", [][]float64{{0}, {0, math.Inf(1)}})
	if err == nil || !strings.Contains(err.Error(), "g[1][1]") || errors.Unwrap(err) == nil {
		t.Errorf("got %v, want an error that names g[1][1]", err)
	}
}
