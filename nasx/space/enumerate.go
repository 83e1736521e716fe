package space

import (
	"errors"
	"fmt"
	"iter"
	"math/big"
	"math/rand/v2"
	"slices"
)

// Count returns the number of architectures of a space: the product of the
// numbers of choices.
func Count(s Space) *big.Int {
	count := big.NewInt(1)
	for _, d := range s.Decisions() {
		count.Mul(count, big.NewInt(int64(len(d.Choices))))
	}
	return count
}

// Enumerate yields every architecture once, the last decision changing fastest.
// A space with more than limit architectures is refused, so that nobody starts
// a walk that never ends.
func Enumerate(s Space, limit int) (iter.Seq[Arch], error) {
	count := Count(s)
	if count.Cmp(big.NewInt(int64(limit))) > 0 {
		return nil, fmt.Errorf("space %s: %s architectures, want at most %d to enumerate", s.Name(), count, limit)
	}
	decisions := s.Decisions()
	return func(yield func(Arch) bool) {
		if count.Sign() == 0 {
			return
		}
		arch := make(Arch, len(decisions))
		for {
			if !yield(slices.Clone(arch)) || !next(arch, decisions) {
				return
			}
		}
	}, nil
}

// next counts an architecture up in place, false after the last one.
func next(arch Arch, decisions []Decision) bool {
	for d := len(arch) - 1; d >= 0; d-- {
		if arch[d]++; arch[d] < len(decisions[d].Choices) {
			return true
		}
		arch[d] = 0
	}
	return false
}

// Sample draws every choice uniformly.
func Sample(s Space, rng *rand.Rand) Arch {
	decisions := s.Decisions()
	arch := make(Arch, len(decisions))
	for d := range arch {
		if n := len(decisions[d].Choices); n > 0 {
			arch[d] = rng.IntN(n)
		}
	}
	return arch
}

// Fixed is a [Space] given as a list of decisions.
type Fixed struct {
	name      string
	decisions []Decision
}

// NewFixed returns a space with the given decisions, each with at least one
// choice.
func NewFixed(name string, decisions []Decision) (*Fixed, error) {
	f := &Fixed{name: name, decisions: slices.Clone(decisions)}
	for i, d := range decisions {
		f.decisions[i].Choices = slices.Clone(d.Choices)
	}
	if name == "" {
		return nil, errors.New("space has no name, want one")
	}
	if err := CheckSpace(f); err != nil {
		return nil, err
	}
	return f, nil
}

// Name implements [Space].
func (f *Fixed) Name() string { return f.name }

// Decisions implements [Space].
func (f *Fixed) Decisions() []Decision { return slices.Clone(f.decisions) }
