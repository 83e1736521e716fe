package policy_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/policy"
)

// The first step over the rate, by where epsilon = 1e-3 stands, with β₁ = 0: the
// two forms differ by a factor of 16 for small gradients.
func TestAdamsTwoFormsOfEpsilon(t *testing.T) {
	for _, tc := range []struct{ grad, hat, usual float64 }{
		{1e-3, .0307, .500}, {1e-2, .240, .909}, {.1, .760, .990}, {1, .969, .999},
	} {
		for _, form := range []struct {
			hat  bool
			want float64
		}{{true, tc.hat}, {false, tc.usual}} {
			cfg := policy.AdamConfig{Beta2: 0.999, Epsilon: 1e-3, EpsilonHat: form.hat}
			adam, params := policy.NewAdam(1), []float64{0}
			adam.Step(cfg, 1, params, []float64{tc.grad})
			near(t, "first step", -params[0], form.want, 5e-4)
		}
	}
}

// Worked by hand for g = 2, then g = −2.05, β = (0.5, 0.9), rate 0.1:
//
//	step 1: m̂ = 2, v̂ = 4, θ = −0.1
//	step 2: m = 0.5·1 − 1.025 = −0.525, m̂ = m/0.75; v = 0.9·0.4 + 0.1·4.2025 = 0.78025, v̂ = v/0.19
func TestAdamOnTwoStepsWorkedByHand(t *testing.T) {
	cfg := policy.AdamConfig{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-9}
	adam, params := policy.NewAdam(2), []float64{0, 7}
	adam.Step(cfg, 0.1, params, []float64{2, 0})
	near(t, "after step 1", params[0], -0.1, 1e-9)
	adam.Step(cfg, 0.1, params, []float64{-2.05, 0})
	near(t, "after step 2", params[0], -0.1+0.1*(0.525/0.75)/math.Sqrt(0.78025/0.19), 1e-9)
	if params[1] != 7 || adam.Count != 2 {
		t.Errorf("a parameter without gradient is %g after %d steps, want 7 after 2", params[1], adam.Count)
	}
}

func TestAdamConfigRefusesWhatIsOutOfRange(t *testing.T) {
	for _, cfg := range []policy.AdamConfig{
		{}, {Beta1: 1, Epsilon: 1}, {Beta2: -0.1, Epsilon: 1}, {Beta1: math.NaN(), Epsilon: 1}, {Epsilon: math.Inf(1)},
	} {
		if cfg.Check() == nil {
			t.Errorf("%+v is accepted, want an error", cfg)
		}
	}
}

func TestClipNorm(t *testing.T) {
	for _, tc := range []struct {
		limit float64
		want  []float64
	}{{2.5, []float64{1.5, 2}}, {5, []float64{3, 4}}, {9, []float64{3, 4}}, {0, []float64{3, 4}}} {
		grad := []float64{3, 4}
		norm := policy.ClipNorm(grad, tc.limit)
		near(t, "norm before", norm, 5, 0)
		for k := range grad {
			near(t, "clipped", grad[k], tc.want[k], 1e-15)
		}
	}
}
