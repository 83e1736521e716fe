package rudder

import (
	"fmt"
	"math"
)

// Differences redistributes by what every decision changed in the prediction:
//
//	ρ_t = g_t − g_{t−1}      [RUDDER]
//
// predictions is [T+1], before the first decision and after each; the result is
// [T] and sums to the last prediction minus the first.
func Differences(predictions []float64) []float64 {
	out := make([]float64, max(0, len(predictions)-1))
	for t := range out {
		out[t] = predictions[t+1] - predictions[t]
	}
	return out
}

// Integrate computes integrated gradients: how much every input contributed to
// a prediction while all of them grew from 0 to x,
//
//	IG_i = x_i · mean over m = 1 … M of ∂g/∂x_i at (m − ½)/M·x
//
// The midpoints make Σ IG = g(x) − g(0) up to O(1/M²). x and result are [n];
// gradient returns [n].
func Integrate(x []float64, points int, gradient func(x []float64) []float64) ([]float64, error) {
	if points < 1 {
		return nil, fmt.Errorf("rudder: integrated gradients with %d points, want at least 1", points)
	}
	out, at := make([]float64, len(x)), make([]float64, len(x))
	for m := range points {
		for i := range x {
			at[i] = (float64(m) + 0.5) / float64(points) * x[i]
		}
		for i, g := range gradient(at) {
			out[i] += x[i] * g / float64(points)
		}
	}
	return out, nil
}

// Correct returns the redistribution with what is missing to the total spread
// evenly, so that it is return-equivalent: Σ ρ = total up to rounding.
//
//	ρ_t ← ρ_t + (total − Σ ρ)/T      [RUDDER]
func Correct(rho []float64, total float64) ([]float64, error) {
	if len(rho) == 0 {
		return nil, fmt.Errorf("rudder: no decision to give a return of %g to", total)
	}
	missing := total
	for _, r := range rho {
		missing -= r
	}
	out := make([]float64, len(rho))
	for t, r := range rho {
		out[t] = r + missing/float64(len(rho))
	}
	return out, nil
}

// RelativeError is the quality of one prediction, 0 the best:
//
//	(G − g)²/(G² + √|mean return|)
//
// The second term keeps it finite for returns near 0.
func RelativeError(actual, predicted, mean float64) float64 {
	miss := (actual - predicted) * (actual - predicted)
	if miss == 0 {
		return 0
	}
	return miss / (actual*actual + math.Sqrt(math.Abs(mean)))
}
