package credit

import "math"

// TDLaw is the exact value of the state that is d steps before a certain reward
// of 1, after n sweeps of TD(0) with a constant step size η from values of 0:
//
//	V_d(n) = P[Binomial(n, η) ≥ d]
//
// Every sweep carries news one state back with weight η, so d of n tosses of a
// coin must come up. Half the value takes about d/η sweeps: linear in the delay.
func TDLaw(n int, stepSize float64, d int) float64 {
	if d <= 0 {
		return 1
	}
	if stepSize >= 1 {
		if n >= d {
			return 1
		}
		return 0
	}
	below := 0.0
	for k := 0; k < d && k <= n; k++ {
		below += math.Exp(logChoose(n, k) + float64(k)*math.Log(stepSize) + float64(n-k)*math.Log1p(-stepSize))
	}
	return 1 - math.Min(1, below)
}

// MonteCarloLaw is the same for Monte Carlo, whatever the delay:
//
//	V(n) = 1 − (1 − η)ⁿ
func MonteCarloLaw(n int, stepSize float64) float64 { return 1 - math.Pow(1-stepSize, float64(n)) }

// AverageLaw is the exact value d steps before the reward after n sweeps of
// TD(0) with the step size 1/n, with which every value is a plain average:
//
//	V_d(n) = P[a random permutation of n elements has at least d cycles]
//
// The number of cycles is a sum of independent coins that come up with
// probability 1, 1/2, …, 1/n; it grows like ln n. So each further step of delay
// takes e = 2.718 times as many sweeps: exponential in the delay.
func AverageLaw(n, d int) float64 {
	if d <= 0 {
		return 1
	}
	exactly := make([]float64, d) // P[exactly c cycles], c < d
	exactly[0] = 1
	for i := 1; i <= n; i++ {
		up := 1 / float64(i)
		for c := d - 1; c > 0; c-- {
			exactly[c] = exactly[c]*(1-up) + exactly[c-1]*up
		}
		exactly[0] *= 1 - up
	}
	below := 0.0
	for _, p := range exactly {
		below += p
	}
	return 1 - below
}

// logChoose returns ln of the binomial coefficient n over k.
func logChoose(n, k int) float64 {
	all, _ := math.Lgamma(float64(n + 1))
	in, _ := math.Lgamma(float64(k + 1))
	out, _ := math.Lgamma(float64(n - k + 1))
	return all - in - out
}
