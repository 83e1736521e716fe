package policy_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/policy"
)

// near fails unless got is within tolerance of want; NaN never is.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

// slopes are central differences of a function of a row of logits.
func slopes(logits []float64, f func([]float64) float64) []float64 {
	const h = 1e-5
	out := make([]float64, len(logits))
	for k, a := range logits {
		logits[k] = a + h
		up := f(logits)
		logits[k] = a - h
		out[k] = (up - f(logits)) / (2 * h)
		logits[k] = a
	}
	return out
}

var row = []float64{0.3, -1.2, 2, 0.7}

func TestLogSoftmaxByHand(t *testing.T) {
	for _, tc := range []struct {
		name    string
		logits  []float64
		allowed []bool
		want    []float64 // probabilities
	}{
		{"1, 2, 5 of 8", []float64{0, math.Ln2, math.Log(5)}, nil, []float64{1. / 8, 2. / 8, 5. / 8}},
		{"a constant changes nothing", []float64{700, 700 + math.Ln2, 700 + math.Log(5)}, nil, []float64{.125, .25, .625}},
		{"what is not allowed is out", []float64{0, 9, math.Log(3)}, []bool{true, false, true}, []float64{.25, 0, .75}},
		{"one choice is certain", []float64{-4}, nil, []float64{1}},
		{"nothing allowed", []float64{1, 2}, []bool{false, false}, []float64{0, 0}},
		{"no choices", nil, nil, nil},
	} {
		got := policy.Probs(policy.LogSoftmax(tc.logits, tc.allowed))
		if len(got) != len(tc.want) {
			t.Fatalf("%s: got %v, want %v", tc.name, got, tc.want)
		}
		for k := range got {
			near(t, tc.name, got[k], tc.want[k], 1e-13)
		}
	}
	if got := policy.LogSoftmax([]float64{0, -900}, nil)[1]; got != -900 {
		t.Errorf("logarithm of a vanishing probability is %g, want -900", got)
	}
}

func TestScoreAndEntropyGradAgainstFiniteDifferences(t *testing.T) {
	logits := append([]float64(nil), row...)
	score := policy.Score(policy.LogSoftmax(logits, nil), 2)
	want := slopes(logits, func(a []float64) float64 { return policy.LogSoftmax(a, nil)[2] })
	entropy := policy.EntropyGrad(policy.LogSoftmax(logits, nil))
	wantEntropy := slopes(logits, func(a []float64) float64 {
		sum := 0.0 // written out, independent of Entropy
		for _, logProb := range policy.LogSoftmax(a, nil) {
			sum -= math.Exp(logProb) * logProb
		}
		return sum
	})
	for k := range logits {
		near(t, "score", score[k], want[k], 1e-9)
		near(t, "slope of the entropy", entropy[k], wantEntropy[k], 1e-9)
	}
}

func TestEntropyByHand(t *testing.T) {
	near(t, "uniform over 8", policy.Entropy(policy.LogSoftmax(make([]float64, 8), nil)), math.Log(8), 1e-15)
	masked := policy.LogSoftmax(make([]float64, 8), []bool{true, true, false, false, false, false, false, false})
	near(t, "uniform over 2 of 8", policy.Entropy(masked), math.Ln2, 1e-15)
	for k, g := range policy.EntropyGrad(masked) {
		near(t, "slope where the entropy is largest", g, 0, 1e-15)
		if math.IsNaN(g) {
			t.Errorf("slope at %d is NaN, want 0", k)
		}
	}
	near(t, "certain", policy.Entropy([]float64{math.Inf(-1), 0}), 0, 0)
}

func TestPickSharesTheUnitInterval(t *testing.T) {
	logProbs := policy.LogSoftmax([]float64{0, math.Ln2, 5, math.Log(5)}, []bool{true, true, false, true})
	for _, tc := range []struct {
		u    float64
		want int
	}{{0, 0}, {0.1249, 0}, {0.1251, 1}, {0.3749, 1}, {0.3751, 3}, {1 - 1e-16, 3}} {
		if got := policy.Pick(logProbs, tc.u); got != tc.want {
			t.Errorf("Pick at %g is %d, want %d", tc.u, got, tc.want)
		}
	}
	// What rounding leaves over goes to a choice that there is.
	short := []float64{math.Log(0.5), math.Log(0.5 - 1e-9), math.Inf(-1)}
	if got := policy.Pick(short, 1-1e-16); got != 1 {
		t.Errorf("Pick of what is left over is %d, want 1: the last one has no probability", got)
	}
}
