package policy

import "math"

// LogSoftmax returns ln π for one row of logits [K]:
//
//	ln π_k = a_k − ln Σ_l exp(a_l)
//
// allowed says which choices exist, nil for all; the others get ln π = −Inf and
// take no part in the sum. Where nothing is allowed all entries are −Inf.
func LogSoftmax(logits []float64, allowed []bool) []float64 {
	out := make([]float64, len(logits))
	top := math.Inf(-1)
	for k, a := range logits {
		out[k] = math.Inf(-1)
		if allowed == nil || allowed[k] {
			out[k] = a
			top = math.Max(top, a)
		}
	}
	if math.IsInf(top, -1) {
		return out
	}
	sum := 0.0
	for _, a := range out {
		sum += math.Exp(a - top)
	}
	total := top + math.Log(sum)
	for k := range out {
		out[k] -= total
	}
	return out
}

// Probs returns π for one row of log-probabilities [K].
func Probs(logProbs []float64) []float64 {
	out := make([]float64, len(logProbs))
	for k, logProb := range logProbs {
		out[k] = math.Exp(logProb)
	}
	return out
}

// Pick returns the choice that a number u in [0, 1) falls on when the choices
// share the unit interval by their probabilities. A choice of probability 0 is
// never picked.
func Pick(logProbs []float64, u float64) int {
	last := 0
	for k, logProb := range logProbs {
		p := math.Exp(logProb)
		if p == 0 {
			continue
		}
		if u < p {
			return k
		}
		u -= p
		last = k
	}
	return last // rounding left a crumb at the end
}

// Score returns ∂ ln π_choice / ∂a_k = [k = choice] − π_k for one row [K]; the
// entries sum to 0 ([Williams92]).
func Score(logProbs []float64, choice int) []float64 {
	out := make([]float64, len(logProbs))
	for k, logProb := range logProbs {
		out[k] = -math.Exp(logProb)
	}
	out[choice]++
	return out
}

// Entropy returns H = −Σ π ln π in nats of one row of log-probabilities [K], not
// an estimate from the choice that was made. A choice of probability 0 adds 0.
func Entropy(logProbs []float64) float64 {
	sum := 0.0
	for _, logProb := range logProbs {
		if p := math.Exp(logProb); p > 0 {
			sum -= p * logProb
		}
	}
	return sum
}

// EntropyGrad returns ∂H/∂a_k = −π_k (ln π_k + H) for one row [K].
func EntropyGrad(logProbs []float64) []float64 {
	entropy := Entropy(logProbs)
	out := make([]float64, len(logProbs))
	for k, logProb := range logProbs {
		if p := math.Exp(logProb); p > 0 {
			out[k] = -p * (logProb + entropy)
		}
	}
	return out
}
