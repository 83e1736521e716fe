package estimator

import (
	"math"

	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/space"
)

// Truth is what enumeration knows about a [Problem].
type Truth struct {
	Loss     float64     // E[L]
	Grad     [][]float64 // ∂E[L]/∂a, [decisions][choices]
	Baseline float64     // the number b whose subtraction from L scatters REINFORCE least, see [Enumerate]
	Archs    int         // how many architectures there are
}

// Enumerate computes the expected loss and its gradient by summing over all
// architectures:
//
//	E[L] = Σ_Z p(Z) L(Z),   ∂E[L]/∂a = Σ_Z p(Z) L(Z) s(Z),   s = ∂ln p/∂a      [Williams92]
//
// and the best scalar baseline, b = E[L ‖s‖²]/E[‖s‖²] with the score s of all
// decisions together.
func Enumerate(p Problem) (Truth, error) {
	if err := p.check(); err != nil {
		return Truth{}, err
	}
	t := Truth{Grad: zerosLike(p.Logits)}
	logProbs := p.logProbs()
	weighted, squares := 0.0, 0.0
	p.each(func(prob float64, arch space.Arch) {
		loss, _ := p.Loss.At(p.oneHot(arch))
		t.Loss += prob * loss
		t.Archs++
		for d, k := range arch {
			score := policy.Score(logProbs[d], k)
			addScaled(t.Grad[d], prob*loss, score)
			weighted += prob * loss * dot(score, score)
			squares += prob * dot(score, score)
		}
	})
	if squares > 0 {
		t.Baseline = weighted / squares
	}
	return t, nil
}

// Moments computes mean and variance of an estimator that depends on the
// architecture alone, by summing over all architectures: nothing is sampled.
func Moments(p Problem, e Estimator) (mean, variance [][]float64, err error) {
	if err := p.check(); err != nil {
		return nil, nil, err
	}
	mean, variance = zerosLike(p.Logits), zerosLike(p.Logits)
	p.each(func(prob float64, arch space.Arch) {
		var grad [][]float64
		if err != nil {
			return
		}
		if grad, err = e.Estimate(p, Draw{Arch: arch}); err != nil {
			return
		}
		for d, row := range grad {
			for k, g := range row {
				mean[d][k] += prob * g
				variance[d][k] += prob * g * g
			}
		}
	})
	for d, row := range mean {
		for k, m := range row {
			variance[d][k] = math.Max(0, variance[d][k]-m*m)
		}
	}
	return mean, variance, err
}

// each calls do with every architecture and its probability, the last decision
// changing fastest.
func (p Problem) each(do func(prob float64, arch space.Arch)) {
	logProbs := p.logProbs()
	arch := make(space.Arch, len(p.Logits))
	for {
		logProb := 0.0
		for d, k := range arch {
			logProb += logProbs[d][k]
		}
		do(math.Exp(logProb), arch)
		d := len(arch) - 1
		for ; d >= 0; d-- {
			if arch[d]++; arch[d] < len(p.Logits[d]) {
				break
			}
			arch[d] = 0
		}
		if d < 0 {
			return
		}
	}
}

func zerosLike(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for d, row := range rows {
		out[d] = make([]float64, len(row))
	}
	return out
}
