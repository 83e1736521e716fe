package enas

import (
	"fmt"
	"maps"
	"slices"

	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
)

// Names of a [Searcher]'s tensors beside those of [supernet.Weights] and of the
// [Controller].
const (
	stateStep         = "step"  // I64, steps made
	stateWeightsKnobs = "knobs" // of [search.ByHand]
)

// clone returns a Controller that later steps of this one do not touch. What a
// rule of credit has learned is shared.
func (c *Controller) clone() *Controller {
	copied := *c
	copied.theta = slices.Clone(c.theta)
	copied.moments = policy.Adam{
		Count: c.moments.Count, First: slices.Clone(c.moments.First), Second: slices.Clone(c.moments.Second),
	}
	return &copied
}

// learned returns what the rule of credit has learned, nil without one.
func (c *Controller) learned() map[string][]float64 {
	if c.rule == nil {
		return nil
	}
	return c.rule.State()
}

// forget puts back what [Controller.learned] returned.
func (c *Controller) forget(learned map[string][]float64) error {
	if c.rule == nil {
		return nil
	}
	return c.rule.SetState(learned)
}

// State implements [search.Stateful].
func (s *Searcher) State() (map[string]search.Tensor, error) {
	state, err := s.weights.state()
	if err != nil {
		return nil, fmt.Errorf("enas: %w", err)
	}
	own, err := s.controller.State()
	if err != nil {
		return nil, err
	}
	maps.Copy(state, own)
	state[stateStep] = search.Int64Tensor([]int64{int64(s.step)})
	maps.Copy(state, s.knobs.State(stateWeightsKnobs, s.weightKnobs()))
	return state, nil
}

// SetState implements [search.Stateful]. A state that does not fit changes
// nothing, unless it is the rule of credit that finds so.
func (s *Searcher) SetState(state map[string]search.Tensor) error {
	loaded := *s
	if err := loaded.load(state); err != nil {
		return fmt.Errorf("enas: state: %w", err)
	}
	*s = loaded
	return nil
}

// load replaces every part of the state, on a copy of the Searcher.
func (s *Searcher) load(state map[string]search.Tensor) error {
	weights, err := s.network.restore(state)
	if err != nil {
		return err
	}
	step, err := search.Counts(state, stateStep, 1)
	if err != nil {
		return err
	}
	if s.knobs, err = search.ReadByHand(state, stateWeightsKnobs, s.weightKnobs()); err != nil {
		return err
	}
	s.controller = s.controller.clone()
	if err := s.controller.SetState(state); err != nil {
		return err
	}
	s.weights, s.step = weights, step[0]
	return nil
}

// Knobs implements [search.Tunable].
func (s *Searcher) Knobs() []search.Knob { return append(s.weightKnobs(), s.controller.Knobs()...) }

// weightKnobs are those that the controller does not have.
func (s *Searcher) weightKnobs() []search.Knob {
	return []search.Knob{{Name: search.ScalarWeightRate, Label: "lr w", Value: s.now().rate, Max: maxRate}}
}

// Set implements [search.Tunable].
func (s *Searcher) Set(name string, value float64) error {
	if name != search.ScalarWeightRate {
		return s.controller.Set(name, value)
	}
	with, err := s.knobs.With(s.weightKnobs(), name, value)
	if err != nil {
		return fmt.Errorf("enas: %w", err)
	}
	s.knobs = with
	return nil
}

// Describe implements [search.Describer].
func (s *Searcher) Describe() search.Description {
	size, perEpoch := s.batches.Schedule()
	d := s.controller.Describe()
	d.Note += ", one architecture a step"
	if _, nodes := s.network.(onNodes); nodes {
		d.Method, d.Label = d.Method+"-micro", d.Label+", micro space"
	}
	d.Seed, d.Steps, d.StepsPerEpoch = s.cfg.Seed, s.cfg.Epochs*perEpoch, perEpoch
	d.ImagesPerStep = size + size*s.cfg.Rewards/perEpoch // one minibatch of half A, and those of the rewards
	d.Config = struct {
		Search  SearchConfig `json:"search"`
		Network any          `json:"network"`
	}{s.cfg, s.network.config()}
	if named, ok := s.batches.(interface{ Name() string }); ok {
		d.Data = named.Name()
	}
	return d
}
