package estimator

import (
	"errors"
	"fmt"
	"math"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/space"
)

// Loss is what an architecture costs. It is defined for relaxed rows too, as a
// search network is.
type Loss interface {
	// At returns L(z) and g = ∂L/∂z [decisions][choices] for rows z that need
	// not be one-hot. It keeps neither argument nor result.
	At(z [][]float64) (loss float64, opGrad [][]float64)
}

// Problem is a loss and the logits of the decisions that it depends on.
type Problem struct {
	Logits [][]float64 // a, [decisions][choices]; rows may be ragged
	Loss   Loss
}

// mostArchs bounds an enumeration.
const mostArchs = 1 << 16

// check returns an error unless the problem can be enumerated.
func (p Problem) check() error {
	if p.Loss == nil || len(p.Logits) == 0 {
		return errors.New("estimator: a problem needs a loss and at least one decision")
	}
	archs := 1
	for d, row := range p.Logits {
		if len(row) == 0 {
			return fmt.Errorf("estimator: decision %d has no logits, want one for each choice", d)
		}
		if archs *= len(row); archs > mostArchs {
			return fmt.Errorf("estimator: the problem has more than %d architectures, too many to enumerate", mostArchs)
		}
	}
	if err := relax.CheckFinite("logits", p.Logits); err != nil {
		return fmt.Errorf("estimator: %w", err)
	}
	return nil
}

// logProbs returns ln π of every decision.
func (p Problem) logProbs() [][]float64 {
	out := make([][]float64, len(p.Logits))
	for d, row := range p.Logits {
		out[d] = policy.LogSoftmax(row, nil)
	}
	return out
}

// oneHot writes an architecture as rows.
func (p Problem) oneHot(arch space.Arch) [][]float64 {
	rows := make([][]float64, len(p.Logits))
	for d, row := range p.Logits {
		rows[d] = make([]float64, len(row))
		rows[d][arch[d]] = 1
	}
	return rows
}

// Draw is the randomness of one sample: everything that an estimator may draw
// is a function of it.
type Draw struct {
	Gumbel [][]float64 // G, [decisions][choices]
	Arch   space.Arch  // argmax(a + G), an exact sample of softmax(a)
}

// Draw returns sample number n, from 0, of the problem under a seed. The purpose
// keeps samples for different uses apart.
func (p Problem) Draw(seed uint64, purpose string, n int) Draw {
	var d Draw
	moved := make([][]float64, 0, len(p.Logits))
	for i, row := range p.Logits {
		gumbel := relax.Gumbels(key.Rand(seed, purpose, n, i), len(row))
		d.Gumbel = append(d.Gumbel, gumbel)
		moved = append(moved, relax.Add([][]float64{row}, [][]float64{gumbel})[0])
	}
	d.Arch = space.Argmax(moved)
	return d
}

// relaxed returns the sample of the Concrete distribution with this noise.
func (p Problem) relaxed(d Draw, temperature float64) [][]float64 {
	rows := make([][]float64, len(p.Logits))
	for i, row := range p.Logits {
		rows[i] = relax.Concrete(row, d.Gumbel[i], temperature)
	}
	return rows
}

// NewProblem returns a problem on a loss whose logits are normal with a given
// standard deviation, drawn under a seed.
func NewProblem(loss Loss, choices []int, spread float64, seed uint64) (Problem, error) {
	if !(spread >= 0) || math.IsInf(spread, 0) {
		return Problem{}, fmt.Errorf("estimator: spread of the logits %g, want at least 0", spread)
	}
	p := Problem{Loss: loss}
	for d, n := range choices {
		rng := key.Rand(seed, "logits", 0, d)
		row := make([]float64, n)
		for k := range row {
			row[k] = spread * rng.NormFloat64()
		}
		p.Logits = append(p.Logits, row)
	}
	return p, p.check()
}
