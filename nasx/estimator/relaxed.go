package estimator

import (
	"fmt"

	"naslab.dev/nasx/relax"
)

// Reparametrised is the gradient of SNAS: the loss of a relaxed sample,
// differentiated through the sample ([SNAS], [Concrete]).
//
//	ĝ_d^k = Z_d^k (g_d^k − R_d)/λ,   Z = softmax((a + G)/λ)
type Reparametrised struct {
	Temperature float64 // λ > 0
}

// Name implements [Estimator].
func (r Reparametrised) Name() string { return fmt.Sprintf("SNAS, λ = %g", r.Temperature) }

// Estimate implements [Estimator].
func (r Reparametrised) Estimate(p Problem, d Draw) ([][]float64, error) {
	z := p.relaxed(d, r.Temperature)
	_, opGrad := p.Loss.At(z)
	return through(z, opGrad, r.Temperature), nil
}

// through carries g through relaxed samples to the logits.
func through(z, opGrad [][]float64, temperature float64) [][]float64 {
	out := make([][]float64, len(z))
	for d, row := range z {
		out[d] = relax.ConcreteGrad(row, opGrad[d], temperature)
	}
	return out
}

// RelaxedScore is the score-function gradient of the loss of a relaxed sample.
// Its mean is that of [Reparametrised], for any loss; with Own the whole loss
// gives way to the decision's own reward R_d, and the means agree only where L is
// linear in every row given the others ([SNAS] section 3).
//
//	ĝ_d = L(Z) s_d  or  R_d s_d,   s_d^k = 1 − K softmax(−G_d)^k
type RelaxedScore struct {
	Temperature float64 // λ > 0
	Own         bool    // R_d in place of L
}

// Name implements [Estimator].
func (s RelaxedScore) Name() string {
	what := "L"
	if s.Own {
		what = "own R"
	}
	return fmt.Sprintf("score form with %s, λ = %g", what, s.Temperature)
}

// Estimate implements [Estimator].
func (s RelaxedScore) Estimate(p Problem, d Draw) ([][]float64, error) {
	z := p.relaxed(d, s.Temperature)
	loss, opGrad := p.Loss.At(z)
	out := make([][]float64, len(z))
	for i, gumbel := range d.Gumbel {
		reward := loss
		if s.Own {
			reward = relax.Credit(z[i], opGrad[i])
		}
		out[i] = relax.Score(gumbel)
		for k := range out[i] {
			out[i][k] *= reward
		}
	}
	return out, nil
}

// StraightThrough runs the network on the hard sample and differentiates as if it
// had been the relaxed one with the same noise ([Gumbel]).
//
//	ĝ_d^k = Z_d^k (g_d^k − Σ_l Z_d^l g_d^l)/λ,   g = ∂L/∂Z at the one-hot rows
type StraightThrough struct {
	Temperature float64 // λ > 0
}

// Name implements [Estimator].
func (s StraightThrough) Name() string {
	return fmt.Sprintf("straight-through, λ = %g", s.Temperature)
}

// Estimate implements [Estimator].
func (s StraightThrough) Estimate(p Problem, d Draw) ([][]float64, error) {
	_, opGrad := p.Loss.At(p.oneHot(d.Arch))
	return through(p.relaxed(d, s.Temperature), opGrad, s.Temperature), nil
}

// Mixture is the relaxation of DARTS: the gradient of the loss of the mean, not
// of the mean loss ([DARTS]). It draws nothing.
//
//	ĝ_d^k = p_d^k (g_d^k − R_d),   p = softmax(a),   g = ∂L/∂p
//
// It is exact where L is linear in every row given the others.
type Mixture struct{}

// Name implements [Estimator].
func (Mixture) Name() string { return "DARTS" }

// Estimate implements [Estimator]; it uses no draw.
func (Mixture) Estimate(p Problem, _ Draw) ([][]float64, error) {
	probs := relax.SoftmaxRows(p.Logits)
	_, opGrad := p.Loss.At(probs)
	out := make([][]float64, len(probs))
	for d, row := range probs {
		out[d] = relax.SoftmaxGrad(row, opGrad[d])
	}
	return out, nil
}
