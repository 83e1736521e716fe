package relax

import (
	"math"
	"math/rand/v2"
)

// Bounds of the uniform draw, which keep both logarithms of [Gumbel] finite and
// representable in float32: the noise lies in [-3.14, 16.12].
const (
	smallestUniform = 1e-10
	largestUniform  = 1 - 1e-7
)

// Gumbel turns a uniform number in [0, 1] into standard Gumbel noise
// −ln(−ln u). Numbers outside [1e-10, 1−1e-7] are moved to the nearer end.
func Gumbel(u float64) float64 {
	u = math.Min(math.Max(u, smallestUniform), largestUniform)
	return -math.Log(-math.Log(u))
}

// Gumbels draws a row of n Gumbel numbers.
func Gumbels(rng *rand.Rand, n int) []float64 {
	row := make([]float64, n)
	for k := range row {
		row[k] = Gumbel(rng.Float64())
	}
	return row
}

// LogConcrete returns ln z of one relaxed sample of the Concrete distribution:
//
//	z = softmax((a + G) / λ)      [Concrete]
//
//	logits       [K], unnormalised log-probabilities a
//	gumbel       [K], noise G, see [Gumbels]
//	temperature  λ > 0; as λ → 0 the row approaches onehot(argmax(a + G)),
//	             which is an exact sample of softmax(a)
func LogConcrete(logits, gumbel []float64, temperature float64) []float64 {
	scaled := make([]float64, len(logits))
	for k, a := range logits {
		scaled[k] = (a + gumbel[k]) / temperature
	}
	return LogSoftmax(scaled)
}

// Concrete is exp of [LogConcrete]: a row of positive numbers that sum to 1,
// some of which may underflow to 0 at a small temperature.
func Concrete(logits, gumbel []float64, temperature float64) []float64 {
	z := LogConcrete(logits, gumbel, temperature)
	for k, logZ := range z {
		z[k] = math.Exp(logZ)
	}
	return z
}

// ConcreteGrad carries g = ∂L/∂z [K] through a Concrete sample to its logits:
//
//	∂L/∂a_k = z_k (g_k − R) / λ,   R = Σ_l z_l g_l      [SNAS]
//
// The entries sum to 0, and a one-hot z gives exactly 0.
func ConcreteGrad(z, opGrad []float64, temperature float64) []float64 {
	grad := SoftmaxGrad(z, opGrad)
	for k := range grad {
		grad[k] /= temperature
	}
	return grad
}

// Score returns ∂ ln p(z) / ∂a at fixed z, where z is the Concrete sample made
// with this noise:
//
//	1 − K softmax(−G)
//
// It depends on neither the logits nor the temperature, because
// a_k − λ ln z_k = −G_k + const. Computing it from z instead fails where z
// underflows; differentiating ln p through z gives (K z − 1)/λ, which is not
// the score.
func Score(gumbel []float64) []float64 {
	negative := make([]float64, len(gumbel))
	for k, g := range gumbel {
		negative[k] = -g
	}
	score := Softmax(negative)
	for k, w := range score {
		score[k] = 1 - float64(len(gumbel))*w
	}
	return score
}

// LogDensity returns the logarithm of the density of the Concrete distribution
// on the simplex at z, given ln z (see [LogConcrete]):
//
//	p(z) = (K−1)! λ^(K−1) Π_k (π_k z_k^(−λ−1)) / (Σ_k π_k z_k^(−λ))^K,   π = exp(a)
func LogDensity(logits, logZ []float64, temperature float64) float64 {
	choices := float64(len(logits))
	logFactorial, _ := math.Lgamma(choices) // ln (K−1)!
	sum := logFactorial + (choices-1)*math.Log(temperature)
	powers := make([]float64, len(logits))
	for k, a := range logits {
		sum += a - (temperature+1)*logZ[k]
		powers[k] = a - temperature*logZ[k]
	}
	return sum - choices*logSumExp(powers)
}
