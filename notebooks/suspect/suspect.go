// Package suspect is a controller with a fault: lesson 11 looks for it. It began
// as a copy of package tabular. It compiles, runs, resumes, and its entropy
// falls; do not use it for anything else.
package suspect

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Config holds the settings of the controller.
type Config struct {
	Seed          uint64  `json:"seed"`           // any; equal seeds give equal searches
	LearningRate  float64 `json:"learning_rate"`  // of Adam, above 0
	BaselineDecay float64 `json:"baseline_decay"` // of the moving average of rewards, 0 to below 1
}

// DefaultConfig returns the settings of package tabular.
func DefaultConfig() Config { return Config{Seed: 1, LearningRate: 0.05, BaselineDecay: 0.9} }

// Controller implements [search.Controller], [search.Stateful] and [search.Describer].
type Controller struct {
	cfg     Config
	space   space.Space
	logits  [][]float64 // [decisions, choices]
	adam    relax.Adam
	average float64    // moving average of the rewards, from 0
	arch    space.Arch // drawn last; nil before the first
}

// New returns a controller whose logits are 0: all choices are equally likely.
func New(s space.Space, cfg Config) (*Controller, error) {
	if !(cfg.LearningRate > 0) || !(cfg.BaselineDecay >= 0 && cfg.BaselineDecay < 1) {
		return nil, fmt.Errorf("suspect: %+v, want a learning rate above 0 and a baseline decay in [0, 1)", cfg)
	}
	if err := space.CheckSpace(s); err != nil {
		return nil, fmt.Errorf("suspect: %w", err)
	}
	logits := space.OneHot(s.Decisions(), nil)
	return &Controller{cfg: cfg, space: s, logits: logits, adam: relax.NewAdam(logits)}, nil
}

// Propose implements [search.Controller]. It hands out the architecture that was
// drawn before and draws the next one already, so that nobody has to wait for
// the controller while an architecture trains.
func (c *Controller) Propose(step int) (space.Arch, error) {
	if c.arch == nil {
		c.arch = c.draw(step)
	}
	ready := c.arch
	c.arch = c.draw(step + 1)
	return slices.Clone(ready), nil
}

// draw samples each choice from π.
func (c *Controller) draw(step int) space.Arch {
	rng := key.Rand(c.cfg.Seed, "suspect", step, 0)
	arch := make(space.Arch, len(c.logits))
	for d, pi := range relax.SoftmaxRows(c.logits) {
		u := rng.Float64()
		for ; arch[d] < len(pi)-1 && u >= pi[arch[d]]; arch[d]++ {
			u -= pi[arch[d]]
		}
	}
	return arch
}

// Learn implements [search.Controller] with the score-function gradient
//
//	∂L/∂a[d] = −(R − b)·(onehot(arch[d]) − π[d])      [Williams92]
//
// where b is the moving average of the rewards, corrected for its start at 0.
func (c *Controller) Learn(step int, arch space.Arch, reward float64) (search.Trace, error) {
	if err := space.Check(c.space, arch); err != nil {
		return search.Trace{}, fmt.Errorf("suspect: %w", err)
	}
	c.average = c.cfg.BaselineDecay*c.average + (1-c.cfg.BaselineDecay)*reward
	baseline := c.average / (1 - math.Pow(c.cfg.BaselineDecay, float64(c.adam.Count+1)))
	advantage := reward - baseline
	probs := relax.SoftmaxRows(c.logits)
	grad := space.OneHot(c.space.Decisions(), c.arch)
	for d, row := range grad {
		for k, indicator := range row {
			row[k] = -advantage * (indicator - probs[d][k])
		}
	}
	adam := relax.AdamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	update, next := c.adam.Next(adam, c.cfg.LearningRate, c.logits, grad)
	c.adam = next
	for d, row := range update {
		for k, v := range row {
			c.logits[d][k] += v
		}
	}
	return search.Trace{
		Step: step, Arch: arch, Probs: probs, Grad: grad, Update: update,
		Scalars: map[string]float64{search.ScalarBaseline: baseline, search.ScalarAdvantage: advantage},
		Formula: "∂L/∂a = -(R - b)*(I - π)",
		Terms: []search.Term{
			{Symbol: "R", Meaning: "reward of this architecture", Value: reward},
			{Symbol: "b", Meaning: "baseline, the average reward so far", Value: baseline},
			{Symbol: "I", Meaning: "1 where this choice was made, else 0", Row: search.RowIndicator},
			{Symbol: "π", Meaning: "probability of this choice", Row: search.RowProbs},
		},
	}, nil
}

// Best implements [search.Controller]: the likeliest choice of every decision.
func (c *Controller) Best() (space.Arch, error) { return space.Argmax(c.logits), nil }

// State implements [search.Stateful].
func (c *Controller) State() (map[string]search.Tensor, error) {
	state := map[string]search.Tensor{
		"logits": search.RowsTensor(c.logits), "first": search.RowsTensor(c.adam.First),
		"second":   search.RowsTensor(c.adam.Second),
		"baseline": search.Float64Tensor([]float64{c.average, float64(c.adam.Count)}),
	}
	if c.arch != nil {
		state["arch"] = search.ArchTensor(c.arch)
	}
	return state, nil
}

// SetState implements [search.Stateful].
func (c *Controller) SetState(state map[string]search.Tensor) error {
	baseline, err := state["baseline"].Float64s()
	if err != nil || len(baseline) != 2 {
		return errors.New("suspect: state baseline is missing or wrong, want the average and the updates")
	}
	c.arch = nil
	if t, ok := state["arch"]; ok {
		if c.arch, err = t.Arch(); err != nil {
			return fmt.Errorf("suspect: state arch: %w", err)
		}
	}
	c.average, c.adam.Count = baseline[0], int(baseline[1])
	return errors.Join(state["logits"].IntoRows(c.logits), state["first"].IntoRows(c.adam.First),
		state["second"].IntoRows(c.adam.Second))
}

// Describe implements [search.Describer].
func (c *Controller) Describe() search.Description {
	return search.Description{
		Method: "suspect", Label: "the suspect", Note: "independent logits, one reward for all decisions",
		Seed: c.cfg.Seed, Config: c.cfg, Space: c.space.Name(), Decisions: c.space.Decisions(),
	}
}
