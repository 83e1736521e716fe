package relax

import (
	"fmt"
	"math"
)

// AdamConfig configures [Adam].
type AdamConfig struct {
	Beta1   float64 // decay of the first moment, in [0, 1)
	Beta2   float64 // decay of the second moment, in [0, 1)
	Epsilon float64 // added to the root of the second moment, > 0
	Decay   float64 // L2 weight decay, added to the gradient before the moments, ≥ 0
}

// DARTSAdam returns what [DARTS] and [SNAS] use for architecture logits: betas
// (0.5, 0.999), epsilon 1e-8, decay 1e-3.
func DARTSAdam() AdamConfig {
	return AdamConfig{Beta1: 0.5, Beta2: 0.999, Epsilon: 1e-8, Decay: 1e-3}
}

// Check reports the first value that is out of range.
func (c AdamConfig) Check() error {
	for _, beta := range []struct {
		name  string
		value float64
	}{{"Beta1", c.Beta1}, {"Beta2", c.Beta2}} {
		if !(beta.value >= 0 && beta.value < 1) {
			return fmt.Errorf("relax: Adam's %s is %g, want at least 0 and below 1", beta.name, beta.value)
		}
	}
	if !(c.Epsilon > 0) || math.IsInf(c.Epsilon, 0) {
		return fmt.Errorf("relax: Adam's Epsilon is %g, want more than 0", c.Epsilon)
	}
	if !(c.Decay >= 0) || math.IsInf(c.Decay, 0) {
		return fmt.Errorf("relax: Adam's Decay is %g, want 0 or more", c.Decay)
	}
	return nil
}

// Adam holds the moments of the Adam optimizer for a matrix of logits. Its form
// is that of PyTorch: bias-corrected moments, epsilon outside the root, decay as
// an L2 term of the gradient.
type Adam struct {
	Count  int         // updates made so far
	First  [][]float64 // [decisions, K], moving mean of the gradient
	Second [][]float64 // [decisions, K], moving mean of its square
}

// NewAdam returns moments of zero in the shape of the logits.
func NewAdam(logits [][]float64) Adam {
	return Adam{First: zerosLike(logits), Second: zerosLike(logits)}
}

// Next returns what one step with this gradient adds to the logits, and the
// moments after it. Neither the receiver nor the arguments change, so a step
// that turns out bad can be dropped.
//
//	logits, grad  [decisions, K]
//	rate          learning rate, ≥ 0
func (m Adam) Next(cfg AdamConfig, rate float64, logits, grad [][]float64) (update [][]float64, next Adam) {
	next = Adam{Count: m.Count + 1, First: zerosLike(logits), Second: zerosLike(logits)}
	correct1 := 1 - math.Pow(cfg.Beta1, float64(next.Count))
	correct2 := 1 - math.Pow(cfg.Beta2, float64(next.Count))
	update = zerosLike(logits)
	for d, row := range logits {
		for k, a := range row {
			g := grad[d][k] + cfg.Decay*a
			first := cfg.Beta1*m.First[d][k] + (1-cfg.Beta1)*g
			second := cfg.Beta2*m.Second[d][k] + (1-cfg.Beta2)*g*g
			next.First[d][k], next.Second[d][k] = first, second
			update[d][k] = -rate * (first / correct1) / (math.Sqrt(second/correct2) + cfg.Epsilon)
		}
	}
	return update, next
}
