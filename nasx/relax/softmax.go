package relax

import "math"

// Softmax returns exp(a_k) / Σ_l exp(a_l) for one row of logits [K]. Adding a
// constant to all logits changes nothing; an empty row gives an empty row.
func Softmax(logits []float64) []float64 {
	probs := LogSoftmax(logits)
	for k, logProb := range probs {
		probs[k] = math.Exp(logProb)
	}
	return probs
}

// LogSoftmax returns a_k − ln Σ_l exp(a_l) for one row of logits [K]. It stays
// finite where the probability itself is too small for a float64.
func LogSoftmax(logits []float64) []float64 {
	total := logSumExp(logits)
	out := make([]float64, len(logits))
	for k, a := range logits {
		out[k] = a - total
	}
	return out
}

// SoftmaxRows applies [Softmax] to every row of [decisions, K].
func SoftmaxRows(logits [][]float64) [][]float64 {
	out := make([][]float64, len(logits))
	for d, row := range logits {
		out[d] = Softmax(row)
	}
	return out
}

// SoftmaxGrad carries ∂L/∂p [K] through p = softmax(a):
//
//	∂L/∂a_k = p_k (g_k − R),   R = Σ_l p_l g_l
//
// and is the first-order gradient of [DARTS]. The entries sum to 0.
func SoftmaxGrad(probs, opGrad []float64) []float64 {
	reward := Credit(probs, opGrad)
	grad := make([]float64, len(probs))
	for k, p := range probs {
		grad[k] = p * (opGrad[k] - reward)
	}
	return grad
}

// Credit returns R = Σ_k z_k g_k, the first-order change of the loss if this
// decision's output were removed ([SNAS] section 3). R is a cost: a decision
// that helped has a negative R.
func Credit(z, opGrad []float64) float64 {
	sum := 0.0
	for k, value := range z {
		sum += value * opGrad[k]
	}
	return sum
}

// Entropy returns −Σ p ln p in nats of one row that sums to 1, with 0 ln 0 = 0.
func Entropy(probs []float64) float64 {
	sum := 0.0
	for _, p := range probs {
		if p > 0 {
			sum -= p * math.Log(p)
		}
	}
	return sum
}

// MeanEntropy returns the mean of [Entropy] over rows, in nats per decision; 0
// where there are none.
func MeanEntropy(probs [][]float64) float64 {
	if len(probs) == 0 {
		return 0
	}
	sum := 0.0
	for _, row := range probs {
		sum += Entropy(row)
	}
	return sum / float64(len(probs))
}

// logSumExp returns ln Σ exp(values) without overflow; −Inf for no values.
func logSumExp(values []float64) float64 {
	top := math.Inf(-1)
	for _, v := range values {
		top = math.Max(top, v)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, v := range values {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}
