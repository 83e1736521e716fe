package enas

import (
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

// Pick answers a decision (from 0) by its logits with the index of a choice.
type Pick func(decision int, logits []float64) int

// Path is one architecture as the policy went through it.
type Path struct {
	Arch   space.Arch  // [T], one choice per decision
	Logits [][]float64 // [T][K], unnormalised log-probabilities of every decision
	Values []float64   // [T], the critic's guess of the return before each decision; nil without critic
}

// Policy is a distribution over the architectures of a space: a network from
// parameters θ [P], which it does not keep, and from the choices so far to the
// logits of the next decision. It is not safe for several goroutines.
type Policy interface {
	// Initial draws first parameters.
	Initial(seed uint64) []float64

	// Unroll makes all decisions in order. A Pick that samples draws an
	// architecture; one that repeats a given architecture is teacher forcing.
	Unroll(theta []float64, pick Pick) Path

	// Backward adds ∂L/∂θ to grad [P], for the path of the last Unroll.
	// gradLogits is ∂L/∂logits [T][K]; gradValues is ∂L/∂V [T], or nil.
	Backward(theta []float64, gradLogits [][]float64, gradValues, grad []float64)
}

// along returns the Pick that repeats an architecture.
func along(arch space.Arch) Pick { return func(d int, _ []float64) int { return arch[d] } }

// likeliest is the Pick that takes the largest logit.
func likeliest(_ int, logits []float64) int { return space.Argmax([][]float64{logits})[0] }

// uniform fills a vector with draws between −width and width.
func uniform(seed uint64, name string, into []float64, width float64) {
	rng := key.Rand(seed, "policy "+name, 0, 0)
	for i := range into {
		into[i] = width * (2*rng.Float64() - 1)
	}
}
