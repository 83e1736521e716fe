package snas

import (
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
)

// sample is one draw of all decisions.
type sample struct {
	gumbel [][]float64 // [2E, K], the noise G
	z      [][]float64 // [2E, K], Z = softmax((a + G)/λ)
}

// draw samples every decision; its noise is a function of the seed and the
// arguments alone.
func (s *Searcher) draw(purpose string, when int, temperature float64) sample {
	var drawn sample
	for d, row := range s.parent.Logits {
		gumbel := relax.Gumbels(key.Rand(s.cfg.Seed, purpose, when, d), len(row))
		drawn.gumbel = append(drawn.gumbel, gumbel)
		drawn.z = append(drawn.z, relax.Concrete(row, gumbel, temperature))
	}
	return drawn
}

// resource is what the penalty of one step comes to; its zero value is none.
type resource struct {
	value   float64     // C, before η
	slope   [][]float64 // [2E, K], ∂C/∂Z, where the estimator goes through the sample
	outside [][]float64 // [2E, K], ∂C/∂a, where it does not
}

// price estimates the penalty and its gradient for a sample:
//
//	Reparametrization  C(Z), ∂C/∂Z
//	Discrete           C(p), ∂C/∂a_k = p_k (c_k − Σ_l p_l c_l) with c = ∂C/∂p
//	Policy             C(Z), ∂C/∂a_k = C_d(Z) (1 − K softmax(−G)_k), both factors fixed
func (s *Searcher) price(drawn sample, probs [][]float64) (resource, error) {
	at := drawn.z
	if s.cfg.Estimator == Discrete {
		at = probs
	}
	price, err := s.penalty.At(at)
	if err != nil {
		return resource{}, err
	}
	found := resource{value: price.Total}
	switch s.cfg.Estimator {
	case Reparametrization:
		found.slope = price.Grad
	case Discrete:
		for d, p := range probs {
			found.outside = append(found.outside, relax.SoftmaxGrad(p, price.Grad[d]))
		}
	case Policy:
		for d, gumbel := range drawn.gumbel {
			score := relax.Score(gumbel)
			for k := range score {
				score[k] *= price.Each[d]
			}
			found.outside = append(found.outside, score)
		}
	}
	return found, nil
}
