package policy_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/policy"
)

// The slope is 0 exactly where the ratio went beyond 1 ± 0.2 in the direction of
// the advantage.
func TestClipTable(t *testing.T) {
	for _, tc := range []struct {
		advantage, ratio, objective, slope float64
	}{
		{1, 0.7, 0.7, 1},
		{1, 1, 1, 1},
		{1, 1.3, 1.2, 0},
		{-1, 0.7, -0.8, 0},
		{-1, 1, -1, -1},
		{-1, 1.3, -1.3, -1},
		{0, 1.3, 0, 0},
		{2, 1.1, 2.2, 2},
	} {
		objective, slope := policy.Clipped(tc.ratio, tc.advantage, 0.2)
		near(t, "objective", objective, tc.objective, 1e-15)
		if slope != tc.slope {
			t.Errorf("slope at ρ = %g, A = %g is %g, want %g", tc.ratio, tc.advantage, slope, tc.slope)
		}
	}
}

// Central differences of −min(ρA, clip(ρ)A) over the logits, on both sides of
// the clip and inside it.
func TestClippedGradAgainstFiniteDifferences(t *testing.T) {
	for _, move := range []float64{-1, -0.1, 0, 0.1, 1} { // ln ρ, roughly
		for _, advantage := range []float64{1.5, -0.5} {
			logits := append([]float64(nil), row...)
			old := policy.LogSoftmax(row, nil)[2]
			logits[2] += move
			loss := func(a []float64) float64 {
				ratio := math.Exp(policy.LogSoftmax(a, nil)[2] - old)
				return -math.Min(ratio*advantage, math.Max(0.8, math.Min(1.2, ratio))*advantage)
			}
			logProbs := policy.LogSoftmax(logits, nil)
			grad := policy.ClippedGrad(logProbs, 2, policy.Ratio(logProbs[2], old), advantage, 0.2)
			for k, want := range slopes(logits, loss) {
				near(t, "∂L/∂a", grad[k], want, 1e-9)
			}
		}
	}
}

func TestClippedGradAtRatioOneIsReinforce(t *testing.T) {
	logProbs := policy.LogSoftmax(row, nil)
	for _, advantage := range []float64{0.3, -2} {
		got := policy.ClippedGrad(logProbs, 3, policy.Ratio(logProbs[3], logProbs[3]), advantage, 0.2)
		for k, want := range policy.ReinforceGrad(logProbs, 3, advantage) {
			near(t, "∂L/∂a", got[k], want, 1e-12)
		}
	}
}

func TestRatioOfASequenceIsTheProduct(t *testing.T) {
	now, old := []float64{-1, -2, -0.5}, []float64{-1.1, -1.8, -0.9}
	product := 1.0
	for i := range now {
		product *= policy.Ratio(now[i], old[i])
	}
	near(t, "ratio", policy.SequenceRatio(now, old), product, 1e-15)
	near(t, "ratio", product, math.Exp(0.3), 1e-15)
	near(t, "divergence", policy.Divergence(now, old), -0.1, 1e-15)
	if got := policy.Divergence(nil, nil); got != 0 {
		t.Errorf("divergence of no decisions is %g, want 0", got)
	}
}

func TestValueLossByHand(t *testing.T) {
	for _, tc := range []struct {
		name                     string
		value, old, target, loss float64
		slope                    float64
	}{
		{"inside the clip", 0.6, 0.5, 1, 0.08, -0.4},
		{"beyond the clip towards the target", 0.9, 0.5, 1, 0.045, 0}, // held at 0.7: 0.3²/2
		{"beyond the clip away from it", 0.1, 0.5, 1, 0.405, -0.9},    // free 0.9²/2 is larger than held 0.7²/2
		{"at the target", 1, 1, 1, 0, 0},
	} {
		loss, slope := policy.ValueLoss(tc.value, tc.old, tc.target, 0.2)
		near(t, tc.name+": loss", loss, tc.loss, 1e-12)
		near(t, tc.name+": slope", slope, tc.slope, 1e-12)
	}
}

// A reward only at the end: λ = 1 compares it with the value, λ = 0 looks one
// step ahead, and between them the recursion is the double sum.
func TestGAE(t *testing.T) {
	values := []float64{0.3, 0.5, -0.2, 0.9}
	rewards := []float64{0, 0, 0, 2}
	full, targets := policy.GAE(rewards, values, 1, 1)
	short, _ := policy.GAE(rewards, values, 0.9, 0)
	for i, v := range values {
		near(t, "A at λ = 1", full[i], 2-v, 1e-15)
		near(t, "G at λ = 1", targets[i], 2, 1e-15)
		next := 0.0
		if i+1 < len(values) {
			next = values[i+1]
		}
		near(t, "A at λ = 0", short[i], rewards[i]+0.9*next-v, 1e-15)
	}
	rewards = []float64{0.1, -0.4, 0.2, 2}
	got, targets := policy.GAE(rewards, values, 0.9, 0.7)
	for i := range values {
		want := 0.0
		for l := i; l < len(values); l++ {
			next := 0.0
			if l+1 < len(values) {
				next = values[l+1]
			}
			want += math.Pow(0.9*0.7, float64(l-i)) * (rewards[l] + 0.9*next - values[l])
		}
		near(t, "A at λ = 0.7", got[i], want, 1e-14)
		near(t, "G at λ = 0.7", targets[i], want+values[i], 1e-14)
	}
}
