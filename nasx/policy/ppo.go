package policy

import "math"

// Ratio returns ρ = π(choice)/π_old(choice) of one decision from the two
// logarithms ([PPO] section 3).
func Ratio(logProb, oldLogProb float64) float64 { return math.Exp(logProb - oldLogProb) }

// SequenceRatio returns the ratio of a whole episode, the product of the ratios
// of its decisions. Its logarithm is a sum of as many terms, so it reaches the
// clip far sooner than any of them.
func SequenceRatio(logProbs, oldLogProbs []float64) float64 {
	sum := 0.0
	for t, logProb := range logProbs {
		sum += logProb - oldLogProbs[t]
	}
	return math.Exp(sum)
}

// Clipped returns the objective of one ratio and its slope in the ratio
// ([PPO] eq. 7):
//
//	objective = min(ρ A, clip(ρ, 1 − ε, 1 + ε) A)
//	slope     = A, or 0 where the clipped term is the smaller one
//
// The slope is 0 exactly where ρ has already gone further than ε in the
// direction that A asks for. Where both terms are equal the slope is A.
func Clipped(ratio, advantage, epsilon float64) (objective, slope float64) {
	free := ratio * advantage
	held := min(max(ratio, 1-epsilon), 1+epsilon) * advantage
	if held < free {
		return held, 0
	}
	return free, advantage
}

// ClippedGrad returns the slope of −[Clipped] in the logits [K] of the decision:
//
//	∂L/∂a_k = −slope ρ ([k = choice] − π_k)
//
// At ρ = 1 it is [ReinforceGrad].
//
//	logProbs  [K] of the policy that is being changed
//	ratio     of the decision, or of the whole episode
func ClippedGrad(logProbs []float64, choice int, ratio, advantage, epsilon float64) []float64 {
	_, slope := Clipped(ratio, advantage, epsilon)
	return ReinforceGrad(logProbs, choice, slope*ratio)
}

// Divergence returns the mean over decisions of ln π_old − ln π of the choices
// made, an estimate of how far the policy has moved, in nats per decision.
func Divergence(logProbs, oldLogProbs []float64) float64 {
	if len(logProbs) == 0 {
		return 0
	}
	sum := 0.0
	for t, logProb := range logProbs {
		sum += oldLogProbs[t] - logProb
	}
	return sum / float64(len(logProbs))
}

// ValueLoss returns the loss of a critic's value V for one state and its slope
// in V:
//
//	L = ½ max((V − G)², (V_old + clip(V − V_old, −ε, ε) − G)²)
//
// The slope is 0 where the clipped term is the larger one and the clip is active.
//
//	value, oldValue  V now, and when the episode was collected
//	target           G, the return from this state on
func ValueLoss(value, oldValue, target, epsilon float64) (loss, slope float64) {
	move := value - oldValue
	held := oldValue + min(max(move, -epsilon), epsilon)
	free, clipped := (value-target)*(value-target), (held-target)*(held-target)
	if clipped > free {
		return clipped / 2, 0
	}
	return free / 2, value - target
}
