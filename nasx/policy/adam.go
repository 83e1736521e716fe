package policy

import (
	"fmt"
	"math"
)

// AdamConfig configures [Adam].
type AdamConfig struct {
	Beta1   float64 `json:"beta1"`   // decay of the first moment, in [0, 1)
	Beta2   float64 `json:"beta2"`   // decay of the second moment, in [0, 1)
	Epsilon float64 `json:"epsilon"` // keeps the quotient finite, > 0
	// EpsilonHat adds epsilon to the root of the uncorrected moment, the second
	// form of [Adam] section 2, which the published [ENAS] code uses. With an
	// epsilon of 1e-3 the first steps are then up to 16 times smaller.
	EpsilonHat bool `json:"epsilon_hat"`
}

// Check reports the first value that is out of range.
func (c AdamConfig) Check() error {
	if !(c.Beta1 >= 0 && c.Beta1 < 1) || !(c.Beta2 >= 0 && c.Beta2 < 1) {
		return fmt.Errorf("policy: Adam's betas are %g and %g, want both at least 0 and below 1", c.Beta1, c.Beta2)
	}
	if !(c.Epsilon > 0) || math.IsInf(c.Epsilon, 0) {
		return fmt.Errorf("policy: Adam's Epsilon is %g, want more than 0", c.Epsilon)
	}
	return nil
}

// Adam holds the moments of the Adam optimizer for a vector of parameters.
type Adam struct {
	Count  int       // updates made so far
	First  []float64 // [P], moving mean of the gradient
	Second []float64 // [P], moving mean of its square
}

// NewAdam returns moments of zero for n parameters.
func NewAdam(n int) Adam { return Adam{First: make([]float64, n), Second: make([]float64, n)} }

// Step moves the parameters [P] down a gradient [P], in place ([Adam]):
//
//	m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
//	θ ← θ − rate · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)        usual form
//	θ ← θ − rate · √(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε)         with EpsilonHat
func (a *Adam) Step(cfg AdamConfig, rate float64, params, grad []float64) {
	a.Count++
	correct1 := 1 - math.Pow(cfg.Beta1, float64(a.Count))
	correct2 := math.Sqrt(1 - math.Pow(cfg.Beta2, float64(a.Count)))
	scale, root := rate/correct1, 1/correct2 // both forms are scale·m/(root·√v + ε)
	if cfg.EpsilonHat {
		scale, root = scale*correct2, 1
	}
	first, second := a.First[:len(params)], a.Second[:len(params)]
	for i, g := range grad[:len(params)] {
		m := cfg.Beta1*first[i] + (1-cfg.Beta1)*g
		v := cfg.Beta2*second[i] + (1-cfg.Beta2)*g*g
		first[i], second[i] = m, v
		params[i] -= scale * m / (root*math.Sqrt(v) + cfg.Epsilon)
	}
}

// Norm returns the L2 norm of a gradient [P].
func Norm(grad []float64) float64 {
	sum := 0.0
	for _, g := range grad {
		sum += g * g
	}
	return math.Sqrt(sum)
}

// ClipNorm scales a gradient [P] in place to a norm of at most limit and returns
// the norm it had. A limit of 0 clips nothing.
func ClipNorm(grad []float64, limit float64) float64 {
	norm := Norm(grad)
	if limit > 0 && norm > limit {
		scale := limit / norm
		for i := range grad {
			grad[i] *= scale
		}
	}
	return norm
}
