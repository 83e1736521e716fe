package policy

import "math"

// ReinforceLoss returns −A ln π(choice), the loss of one decision whose slope is
// the policy gradient ([Williams92]).
//
//	logProb    ln π(choice) ≤ 0
//	advantage  A, a number that the gradient does not pass through
func ReinforceLoss(logProb, advantage float64) float64 { return -advantage * logProb }

// ReinforceGrad returns the slope of [ReinforceLoss] in the logits [K]:
//
//	∂L/∂a_k = −A ([k = choice] − π_k)
func ReinforceGrad(logProbs []float64, choice int, advantage float64) []float64 {
	grad := Score(logProbs, choice)
	for k := range grad {
		grad[k] *= -advantage
	}
	return grad
}

// MovingBaseline returns the baseline after one more reward,
//
//	b ← b − (1 − decay)(b − R)
//
// as [ENAS] forms it: from 0, before the advantage R − b of that reward. The
// first baselines are therefore far too low, and every first choice is pushed up.
func MovingBaseline(baseline, decay, reward float64) float64 {
	return baseline - (1-decay)*(baseline-reward)
}

// CorrectedBaseline returns what [MovingBaseline] would be without its start at
// 0, after count rewards: b/(1 − decay^count), a weighted mean of the rewards.
func CorrectedBaseline(baseline, decay float64, count int) float64 {
	return baseline / (1 - math.Pow(decay, float64(count)))
}

// Standardised returns (A − mean)/(deviation + 1e-8) over a batch of episodes,
// with the deviation of the batch itself (divided by its size, not by one less).
// Rewards that are all equal give zeros, exactly: a rounding error over 1e-8 would
// be enough for Adam to make full steps. Hence the mean is measured from the
// first reward.
func Standardised(rewards []float64) []float64 {
	out := make([]float64, len(rewards))
	mean, square := 0.0, 0.0
	for i, r := range rewards {
		out[i] = r - rewards[0]
		mean += out[i] / float64(len(rewards))
	}
	for i := range out {
		out[i] -= mean
		square += out[i] * out[i] / float64(len(rewards))
	}
	const smallest = 1e-8 // keeps equal rewards from dividing by 0
	for i := range out {
		out[i] /= math.Sqrt(square) + smallest
	}
	return out
}
