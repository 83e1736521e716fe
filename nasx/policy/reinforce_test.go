package policy_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/policy"
)

func TestReinforceGradAgainstFiniteDifferences(t *testing.T) {
	logits := append([]float64(nil), row...)
	const advantage = -1.7
	grad := policy.ReinforceGrad(policy.LogSoftmax(logits, nil), 1, advantage)
	want := slopes(logits, func(a []float64) float64 {
		return policy.ReinforceLoss(policy.LogSoftmax(a, nil)[1], advantage)
	})
	for k := range logits {
		near(t, "∂L/∂a", grad[k], want[k], 1e-9)
	}
}

// A constant reward of 0.8 and a baseline from 0 with decay 0.99, updated before
// each use: the advantages are 0.8·0.99ᵗ.
func TestBaselineTransient(t *testing.T) {
	b := 0.0
	for i, want := range []float64{.792, .78408, .7762392, .7684768080, .7607920399} {
		b = policy.MovingBaseline(b, 0.99, 0.8)
		near(t, "advantage", 0.8-b, want, 1e-10)
		near(t, "corrected baseline", policy.CorrectedBaseline(b, 0.99, i+1), 0.8, 1e-12)
	}
}

func TestStandardised(t *testing.T) {
	for _, a := range policy.Standardised([]float64{.7, .7, .7, .7, .7, .7, .7, .7, .7, .7}) { // ten tenths round
		if a != 0 {
			t.Errorf("advantage of equal rewards is %g, want 0", a)
		}
	}
	// Mean 2, squares 1 + 0 + 1 over 3: deviation √(2/3).
	got := policy.Standardised([]float64{1, 2, 3})
	for i, want := range []float64{-math.Sqrt(1.5), 0, math.Sqrt(1.5)} {
		near(t, "advantage", got[i], want, 1e-7)
	}
}

// tiny is a space of three decisions with three choices each: 27 architectures
// with rewards of their own, small enough to add everything up.
type tiny struct {
	logits  [3][]float64
	rewards [27]float64
}

func newTiny() tiny {
	var s tiny
	rng := key.Rand(3, "tiny", 0, 0)
	for d := range s.logits {
		for range 3 {
			s.logits[d] = append(s.logits[d], rng.NormFloat64())
		}
	}
	for m := range s.rewards {
		s.rewards[m] = rng.Float64()
	}
	return s
}

// each visits every architecture with its probability and its score [9].
func (s tiny) each(visit func(prob float64, score [9]float64, reward float64)) {
	for m, reward := range s.rewards {
		prob, score := 1.0, [9]float64{}
		for d, choice := range [3]int{m / 9, m / 3 % 3, m % 3} {
			logProbs := policy.LogSoftmax(s.logits[d], nil)
			prob *= math.Exp(logProbs[choice])
			copy(score[3*d:], policy.Score(logProbs, choice))
		}
		visit(prob, score, reward)
	}
}

// expected returns E[R] by brute force.
func (s tiny) expected() float64 {
	sum := 0.0
	s.each(func(prob float64, _ [9]float64, reward float64) { sum += prob * reward })
	return sum
}

// moments returns mean and total variance of the estimate (R − b)·score.
func (s tiny) moments(b float64) (mean [9]float64, variance float64) {
	s.each(func(prob float64, score [9]float64, reward float64) {
		for k, g := range score {
			mean[k] += prob * (reward - b) * g
			variance += prob * (reward - b) * (reward - b) * g * g
		}
	})
	for _, v := range mean {
		variance -= v * v
	}
	return mean, variance
}

// The estimate is unbiased with any baseline: its mean over all 27 architectures
// is the slope of E[R]. Which baseline it is changes the variance.
func TestBaselineChangesTheVarianceAndNotTheMean(t *testing.T) {
	s := newTiny()
	average := s.expected()
	var want []float64
	for d := range s.logits {
		want = append(want, slopes(s.logits[d], func([]float64) float64 { return s.expected() })...)
	}
	atZero, _ := s.moments(0)
	for _, b := range []float64{0, average, 5} {
		mean, _ := s.moments(b)
		for k := range mean {
			near(t, "mean against the slope of E[R]", mean[k], want[k], 1e-9)
			near(t, "mean against the one without baseline", mean[k], atZero[k], 1e-12)
		}
	}
	up, down := 0.0, 0.0 // E[R‖s‖²] and E[‖s‖²]
	s.each(func(prob float64, score [9]float64, reward float64) {
		for _, g := range score {
			up, down = up+prob*reward*g*g, down+prob*g*g
		}
	})
	_, none := s.moments(0)
	_, mean := s.moments(average)
	_, far := s.moments(5)
	_, best := s.moments(up / down)
	if !(mean < none && far > 10*none && best <= mean) {
		t.Errorf("variance with b = 0, E[R], 5 and the best is %g, %g, %g, %g; want the second below the first, "+
			"the third far above it, the last not above the second", none, mean, far, best)
	}
}
