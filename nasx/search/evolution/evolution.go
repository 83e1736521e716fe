// Package evolution is regularized evolution [REA]: a population in which every
// child replaces the oldest member, not the worst, so that nothing survives by
// one lucky evaluation.
package evolution

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Config holds the settings of regularized evolution.
type Config struct {
	Seed       uint64 `json:"seed"`       // any; equal seeds give equal searches
	Population int    `json:"population"` // members that are alive, 1 to 10000
	Tournament int    `json:"tournament"` // draws with replacement per parent, at least 1

	// Groups divide the decisions for mutation: one group is drawn, then one of
	// its decisions, both uniformly. Every decision stands in one group. None
	// means that all decisions are equally likely to mutate.
	Groups [][]int `json:"groups,omitempty"`
}

// DefaultConfig returns the settings that suit a few hundred evaluations of a
// tabular benchmark.
func DefaultConfig() Config { return Config{Seed: 1, Population: 10, Tournament: 3} }

// Controller implements [search.Controller], [search.Stateful] and
// [search.Describer].
type Controller struct {
	cfg     Config
	space   space.Space
	choices []int    // number of choices per decision
	members []member // oldest first
	best    member   // best ever seen; no architecture before the first
}

// member is an architecture and what it was worth when it was evaluated.
type member struct {
	arch   space.Arch
	reward float64
}

const maxPopulation = 10000 // a population is searched in full at every step

// New returns a controller for a space with at least two architectures.
func New(s space.Space, cfg Config) (*Controller, error) {
	if cfg.Population < 1 || cfg.Population > maxPopulation {
		return nil, fmt.Errorf("evolution: population is %d, want 1 to %d", cfg.Population, maxPopulation)
	}
	if cfg.Tournament < 1 {
		return nil, fmt.Errorf("evolution: tournament is %d, want at least 1", cfg.Tournament)
	}
	if err := space.CheckSpace(s); err != nil {
		return nil, fmt.Errorf("evolution: %w", err)
	}
	c := &Controller{cfg: cfg, space: s}
	for _, d := range s.Decisions() {
		c.choices = append(c.choices, len(d.Choices))
	}
	if !slices.ContainsFunc(c.choices, func(n int) bool { return n > 1 }) {
		return nil, fmt.Errorf("evolution: space %s leaves nothing to change, want a decision with two choices", s.Name())
	}
	if err := c.checkGroups(); err != nil {
		return nil, err
	}
	return c, nil
}

// checkGroups holds the groups to a division of the decisions.
func (c *Controller) checkGroups() error {
	if c.cfg.Groups == nil {
		return nil
	}
	seen := make([]int, len(c.choices))
	for _, group := range c.cfg.Groups {
		if len(group) == 0 {
			return errors.New("evolution: a group of no decisions, want one at least in each")
		}
		for _, d := range group {
			if d < 0 || d >= len(seen) {
				return fmt.Errorf("evolution: a group with decision %d, want 0 to %d", d, len(seen)-1)
			}
			seen[d]++
		}
	}
	for d, times := range seen {
		if times != 1 {
			return fmt.Errorf("evolution: decision %d stands in the groups %d times, want once", d, times)
		}
	}
	return nil
}

// Propose implements [search.Controller]: a uniform architecture until the
// population is full, then a mutation of the winner of a tournament.
func (c *Controller) Propose(step int) (space.Arch, error) {
	if len(c.members) < c.cfg.Population {
		return space.Sample(c.space, key.Rand(c.cfg.Seed, "population", step, 0)), nil
	}
	rng := key.Rand(c.cfg.Seed, "tournament", step, 0)
	parent := c.members[rng.IntN(len(c.members))]
	for range c.cfg.Tournament - 1 {
		if rival := c.members[rng.IntN(len(c.members))]; rival.reward > parent.reward {
			parent = rival
		}
	}
	return c.mutate(parent.arch, key.Rand(c.cfg.Seed, "mutation", step, 0)), nil
}

// mutate changes one decision, drawn among those that leave a choice, to another
// choice.
func (c *Controller) mutate(arch space.Arch, rng *rand.Rand) space.Arch {
	child := slices.Clone(arch)
	d := c.decision(rng)
	for c.choices[d] == 1 {
		d = c.decision(rng)
	}
	child[d] = (child[d] + 1 + rng.IntN(c.choices[d]-1)) % c.choices[d]
	return child
}

// decision draws what to mutate.
func (c *Controller) decision(rng *rand.Rand) int {
	if c.cfg.Groups == nil {
		return rng.IntN(len(c.choices))
	}
	group := c.cfg.Groups[rng.IntN(len(c.cfg.Groups))]
	return group[rng.IntN(len(group))]
}

// Learn implements [search.Controller]: the architecture joins the population,
// the oldest member leaves. The trace's Probs are the shares of the choices in
// the population before that, absent while it is empty; there is no gradient,
// hence no credit.
func (c *Controller) Learn(step int, arch space.Arch, reward float64) (search.Trace, error) {
	if err := space.Check(c.space, arch); err != nil {
		return search.Trace{}, fmt.Errorf("evolution: %w", err)
	}
	tr := search.Trace{Step: step, Arch: slices.Clone(arch), Probs: c.shares()}
	m := member{arch: slices.Clone(arch), reward: reward}
	c.members = append(c.members, m)
	if len(c.members) > c.cfg.Population {
		c.members = slices.Clone(c.members[1:])
	}
	if c.best.arch == nil || reward > c.best.reward {
		c.best = m
	}
	return tr, nil
}

// shares returns how often each choice occurs in the population, as fractions.
func (c *Controller) shares() [][]float64 {
	if len(c.members) == 0 {
		return nil
	}
	rows := make([][]float64, len(c.choices))
	for d, n := range c.choices {
		rows[d] = make([]float64, n)
		for _, m := range c.members {
			rows[d][m.arch[d]]++
		}
		for k := range rows[d] {
			rows[d][k] /= float64(len(c.members))
		}
	}
	return rows
}

// Best implements [search.Controller]: the best architecture ever seen, the
// first among equals. It fails before the first one.
func (c *Controller) Best() (space.Arch, error) {
	if c.best.arch == nil {
		return nil, errors.New("evolution: no architecture seen yet, want at least one step")
	}
	return slices.Clone(c.best.arch), nil
}

// Describe implements [search.Describer].
func (c *Controller) Describe() search.Description {
	return search.Description{
		Method: "evolution", Label: "Regularized evolution", Note: "tournament, one mutation, the oldest dies",
		Seed: c.cfg.Seed, Config: c.cfg, Space: c.space.Name(), Decisions: c.space.Decisions(),
	}
}
