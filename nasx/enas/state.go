package enas

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// KnobEntropy is the knob of [Config.EntropyWeight].
const KnobEntropy = "entropy_weight"

// Names of a state's tensors.
const (
	stateTheta    = "policy/theta"    // F64 [P]
	stateFirst    = "policy/first"    // F64 [P], first moment
	stateSecond   = "policy/second"   // F64 [P], second moment
	stateCounts   = "policy/counts"   // I64 [3]: steps of Adam, rewards, updates
	stateBaseline = "policy/baseline" // F64, moving average of the rewards
	stateArchs    = "policy/archs"    // I64 [collected, T], choices
	stateRewards  = "policy/rewards"  // F64 [collected]
	stateCredit   = "policy/credit"   // F64 [collected, T], absent where it is formed by the batch
	stateKnobs    = "policy/knobs"    // of [search.ByHand]
	prefixRule    = "credit/"         // of what the rule of credit has learned
)

// State implements [search.Stateful].
func (c *Controller) State() (map[string]search.Tensor, error) {
	state := map[string]search.Tensor{
		stateTheta:    search.Float64Tensor(c.theta),
		stateFirst:    search.Float64Tensor(c.moments.First),
		stateSecond:   search.Float64Tensor(c.moments.Second),
		stateCounts:   search.Int64Tensor([]int64{int64(c.moments.Count), int64(c.rewards), int64(c.updates)}),
		stateBaseline: search.Float64Tensor([]float64{c.baseline}),
	}
	var archs []int64
	var rewards, advantages []float64
	for _, e := range c.pending {
		for _, k := range e.arch {
			archs = append(archs, int64(k))
		}
		rewards, advantages = append(rewards, e.reward), append(advantages, e.advantage...)
	}
	state[stateArchs], state[stateRewards] = search.Int64Tensor(archs), search.Float64Tensor(rewards)
	state[stateCredit] = search.Float64Tensor(advantages)
	maps.Copy(state, c.knobs.State(stateKnobs, c.Knobs()))
	if c.rule != nil {
		for name, values := range c.rule.State() {
			state[prefixRule+name] = search.Float64Tensor(values)
		}
	}
	return state, nil
}

// SetState implements [search.Stateful]. A state that does not fit changes
// nothing, unless it is the rule of credit that finds so.
func (c *Controller) SetState(state map[string]search.Tensor) error {
	loaded := *c
	if err := loaded.load(state); err != nil {
		return fmt.Errorf("enas: state: %w", err)
	}
	*c = loaded
	return nil
}

// load replaces every part of the state, on a copy of the Controller.
func (c *Controller) load(state map[string]search.Tensor) error {
	n := len(c.theta)
	var err error
	if c.theta, err = search.Numbers(state, stateTheta, n); err != nil {
		return err
	}
	c.moments = policy.Adam{}
	if c.moments.First, err = search.Numbers(state, stateFirst, n); err != nil {
		return err
	}
	if c.moments.Second, err = search.Numbers(state, stateSecond, n); err != nil {
		return err
	}
	counts, err := search.Counts(state, stateCounts, 3)
	if err != nil {
		return err
	}
	c.moments.Count, c.rewards, c.updates = counts[0], counts[1], counts[2]
	baseline, err := search.Numbers(state, stateBaseline, 1)
	if err != nil {
		return err
	}
	c.baseline, c.passes = baseline[0], nil
	if err := c.loadPending(state); err != nil {
		return err
	}
	if c.knobs, err = search.ReadByHand(state, stateKnobs, c.Knobs()); err != nil || c.rule == nil {
		return err
	}
	return c.loadRule(state)
}

// loadPending replaces the collected episodes.
func (c *Controller) loadPending(state map[string]search.Tensor) error {
	rewards, err := search.Numbers(state, stateRewards, search.Any)
	if err != nil {
		return err
	}
	if len(rewards) >= c.cfg.Episodes {
		return fmt.Errorf("tensor %q has %d rewards, want fewer than the %d of an update",
			stateRewards, len(rewards), c.cfg.Episodes)
	}
	depth := len(c.space.Decisions())
	archs, err := search.Wholes(state, stateArchs, len(rewards)*depth)
	if err != nil {
		return err
	}
	advantages, err := search.Numbers(state, stateCredit, search.Any)
	if err != nil {
		return err
	}
	if len(advantages) != 0 && len(advantages) != len(archs) {
		return fmt.Errorf("tensor %q has %d numbers, want %d or none", stateCredit, len(advantages), len(archs))
	}
	c.pending = nil
	for i, reward := range rewards {
		e := episode{reward: reward}
		for _, k := range archs[i*depth : (i+1)*depth] {
			e.arch = append(e.arch, int(k))
		}
		if err := space.Check(c.space, e.arch); err != nil {
			return err
		}
		if len(advantages) > 0 {
			e.advantage = slices.Clone(advantages[i*depth : (i+1)*depth])
		}
		c.pending = append(c.pending, e)
	}
	return nil
}

// loadRule hands the rule of credit what it had learned.
func (c *Controller) loadRule(state map[string]search.Tensor) error {
	own := map[string][]float64{}
	for name := range state {
		short, found := strings.CutPrefix(name, prefixRule)
		if !found {
			continue
		}
		values, err := search.Numbers(state, name, search.Any)
		if err != nil {
			return err
		}
		own[short] = values
	}
	return c.rule.SetState(own)
}

const maxRate = 1 // learning rates and weights above it only diverge

// Knobs implements [search.Tunable].
func (c *Controller) Knobs() []search.Knob {
	return []search.Knob{
		{Name: search.ScalarArchRate, Label: "lr policy", Value: c.rate(), Max: maxRate},
		{Name: KnobEntropy, Label: "entropy weight", Value: c.entropyWeight(), Max: maxRate},
	}
}

// Set implements [search.Tunable].
func (c *Controller) Set(name string, value float64) error {
	with, err := c.knobs.With(c.Knobs(), name, value)
	if err != nil {
		return fmt.Errorf("enas: %w", err)
	}
	c.knobs = with
	return nil
}

// Describe implements [search.Describer].
func (c *Controller) Describe() search.Description {
	d := search.Description{
		Method: "enas", Label: "ENAS", Note: "REINFORCE, one reward for all decisions",
		Seed: c.cfg.Seed, Config: c.cfg, Space: c.space.Name(), Decisions: c.space.Decisions(),
	}
	if c.cfg.Update == PPO {
		d.Method, d.Label, d.Note = "enas-ppo", "ENAS with PPO", "several clipped updates per batch of rewards"
	}
	if c.rule != nil {
		d.Note = "credit by " + c.rule.Name()
	}
	return d
}
