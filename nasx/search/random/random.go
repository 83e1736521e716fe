// Package random is random search: every architecture is drawn uniformly, and
// the best one seen is the answer. It is the baseline that every other method
// has to beat.
package random

import (
	"errors"
	"fmt"
	"slices"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Config holds the settings of random search.
type Config struct {
	Seed uint64 `json:"seed"` // any; equal seeds give equal searches
}

// DefaultConfig returns seed 1.
func DefaultConfig() Config { return Config{Seed: 1} }

// Controller draws architectures with replacement. It implements
// [search.Controller], [search.Stateful] and [search.Describer].
type Controller struct {
	cfg    Config
	space  space.Space
	probs  [][]float64 // uniform, one row per decision
	arch   space.Arch  // best seen, nil before the first
	reward float64     // its reward
}

// New returns a controller for a space with at least one decision.
func New(s space.Space, cfg Config) (*Controller, error) {
	if err := space.CheckSpace(s); err != nil {
		return nil, fmt.Errorf("random: %w", err)
	}
	c := &Controller{cfg: cfg, space: s}
	for _, d := range s.Decisions() {
		n := len(d.Choices)
		c.probs = append(c.probs, slices.Repeat([]float64{1 / float64(n)}, n))
	}
	return c, nil
}

// Propose implements [search.Controller].
func (c *Controller) Propose(step int) (space.Arch, error) {
	return space.Sample(c.space, key.Rand(c.cfg.Seed, "random", step, 0)), nil
}

// Learn implements [search.Controller]; it only remembers the best. The trace
// has the uniform probabilities and no credit: nothing is learned.
func (c *Controller) Learn(step int, arch space.Arch, reward float64) (search.Trace, error) {
	if err := space.Check(c.space, arch); err != nil {
		return search.Trace{}, fmt.Errorf("random: %w", err)
	}
	if c.arch == nil || reward > c.reward {
		c.arch, c.reward = slices.Clone(arch), reward
	}
	return search.Trace{Step: step, Arch: arch, Probs: c.probs}, nil
}

// Best implements [search.Controller]: the best architecture seen, the first
// among equals. It fails before the first one.
func (c *Controller) Best() (space.Arch, error) {
	if c.arch == nil {
		return nil, errors.New("random: no architecture seen yet, want at least one step")
	}
	return slices.Clone(c.arch), nil
}

// State implements [search.Stateful].
func (c *Controller) State() (map[string]search.Tensor, error) {
	if c.arch == nil {
		return map[string]search.Tensor{}, nil
	}
	return map[string]search.Tensor{
		"arch":   search.ArchTensor(c.arch),
		"reward": search.Float64Tensor([]float64{c.reward}),
	}, nil
}

// SetState implements [search.Stateful].
func (c *Controller) SetState(state map[string]search.Tensor) error {
	if _, ok := state["arch"]; !ok {
		c.arch, c.reward = nil, 0
		return nil
	}
	arch, err := state["arch"].Arch()
	if err != nil {
		return fmt.Errorf("random: state arch: %w", err)
	}
	if err := space.Check(c.space, arch); err != nil {
		return fmt.Errorf("random: state arch: %w", err)
	}
	reward, err := state["reward"].Float64s()
	if err != nil || len(reward) != 1 {
		return errors.New("random: state reward is missing or no number, want one number")
	}
	c.arch, c.reward = arch, reward[0]
	return nil
}

// Describe implements [search.Describer].
func (c *Controller) Describe() search.Description {
	return search.Description{
		Method: "random", Label: "Random search", Note: "uniform, keeps the best seen",
		Seed: c.cfg.Seed, Config: c.cfg, Space: c.space.Name(), Decisions: c.space.Decisions(),
	}
}
