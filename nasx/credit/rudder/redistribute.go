package rudder

import "fmt"

// Differences redistributes by what every decision changed in the prediction:
//
//	ρ_t = g_t − g_{t−1}
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

// Correct returns the redistribution with what is missing to the total spread
// evenly, so that it is return-equivalent: Σ ρ = total up to rounding.
//
//	ρ_t ← ρ_t + (total − Σ ρ)/T
func Correct(rho []float64, total float64) ([]float64, error) {
	if len(rho) == 0 {
		return nil, fmt.Errorf("rudder: no reward to redistribute %g to", total)
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
