package credit

import (
	"errors"
	"fmt"
	"sort"
)

// CriticConfig holds the settings of [Critic].
type CriticConfig struct {
	Lambda   float64 `json:"lambda"`    // λ, 0 to 1; not used if Steps is set
	Steps    int     `json:"steps"`     // n of n-step returns; 0 for λ-returns
	StepSize float64 `json:"step_size"` // η of the values, above 0 and at most 1
	ByStep   bool    `json:"by_step"`   // a state is a number of decisions; else it is the decisions themselves
	Decay    float64 `json:"decay"`     // of the average that is first subtracted from returns, below 1; 0 for none
}

// DefaultCriticConfig returns TD(λ) with λ = 0.9 on centred returns.
func DefaultCriticConfig() CriticConfig { return CriticConfig{Lambda: 0.9, StepSize: 0.1, Decay: 0.9} }

// Critic keeps a table of the values of states and gives a decision the
// difference between what it led to and what its state had promised:
//
//	advantage_t = target_t − V(s_t)
//
// where the target is the λ-return or the n-step return. All values stand as
// they were before the episode; afterwards the table moves toward the targets.
// A state that was never visited is worth 0. As no decision is made twice in an
// episode, accumulating and replacing traces are the same here, so there is no
// choice between them; they differ in [Traces], on paths that come back.
type Critic struct {
	cfg    CriticConfig
	mean   movingMean
	values map[string]float64 // by prefix, one byte pair per decision
}

// NewTD0 returns a critic with the targets of TD(0), V of the next state.
func NewTD0(stepSize float64) (*Critic, error) {
	cfg := DefaultCriticConfig()
	cfg.Lambda, cfg.StepSize = 0, stepSize
	return NewCritic(cfg)
}

// NewNStep returns a critic with n-step returns as targets.
func NewNStep(n int, stepSize float64) (*Critic, error) {
	if n < 1 {
		return nil, fmt.Errorf("credit: n-step critic with n = %d, want at least 1", n)
	}
	cfg := DefaultCriticConfig()
	cfg.Steps, cfg.StepSize = n, stepSize
	return NewCritic(cfg)
}

// NewTDLambda returns a critic with λ-returns as targets.
func NewTDLambda(lambda, stepSize float64) (*Critic, error) {
	cfg := DefaultCriticConfig()
	cfg.Lambda, cfg.StepSize = lambda, stepSize
	return NewCritic(cfg)
}

// NewCritic returns a critic that has seen no episode.
func NewCritic(cfg CriticConfig) (*Critic, error) {
	rule := Traces{Discount: 1, Lambda: cfg.Lambda, StepSize: cfg.StepSize}
	if err := rule.check(); err != nil {
		return nil, err
	}
	if !(cfg.Decay >= 0 && cfg.Decay < 1) || cfg.Steps < 0 {
		return nil, fmt.Errorf("credit: critic %+v, want a decay in [0, 1) and at least 0 steps", cfg)
	}
	return &Critic{cfg: cfg, mean: movingMean{decay: cfg.Decay}, values: map[string]float64{}}, nil
}

// Name implements [Assigner].
func (c *Critic) Name() string {
	switch {
	case c.cfg.Steps > 0:
		return fmt.Sprintf("%d-step return − V", c.cfg.Steps)
	case c.cfg.Lambda == 0:
		return "TD(0), V' − V"
	}
	return fmt.Sprintf("TD(λ = %g)", c.cfg.Lambda)
}

// Assign implements [Assigner].
func (c *Critic) Assign(e Episode) ([]float64, error) {
	keys, err := c.states(e)
	if err != nil {
		return nil, err
	}
	return c.learn(keys, Delayed(e.Actions, e.Return-c.centre(e.Return)).Rewards)
}

// Follow does the same where every action has a reward of its own, [T], for
// example one that return decomposition has moved there. What is subtracted
// from the return is taken from all rewards evenly.
func (c *Critic) Follow(actions []int, rewards []float64) ([]float64, error) {
	e := Episode{Actions: actions}
	for _, r := range rewards {
		e.Return += r
	}
	keys, err := c.states(e)
	if err != nil {
		return nil, err
	}
	if len(rewards) != len(actions) {
		return nil, fmt.Errorf("%w: %d rewards for %d actions, want one each", ErrEpisode, len(rewards), len(actions))
	}
	centred, mean := append([]float64(nil), rewards...), c.centre(e.Return)
	for t := range centred {
		centred[t] -= mean / float64(len(centred))
	}
	return c.learn(keys, centred)
}

// centre takes a return into the moving average and returns that; 0 if there is
// none.
func (c *Critic) centre(total float64) float64 {
	if c.cfg.Decay == 0 {
		return 0
	}
	return c.mean.add(total)
}

// learn returns the advantages of the states in turn and moves their values.
func (c *Critic) learn(keys []string, rewards []float64) ([]float64, error) {
	values, path := make([]float64, len(keys)), Path{Rewards: rewards}
	for t, k := range keys {
		values[t], path.States = c.values[k], append(path.States, t)
	}
	targets, err := c.targets(values, path)
	if err != nil {
		return nil, err
	}
	advantages := make([]float64, len(keys))
	for t := range advantages {
		advantages[t] = targets[t] - values[t]
	}
	rule := Traces{Discount: 1, Lambda: c.cfg.Lambda, StepSize: c.cfg.StepSize}
	if c.cfg.Steps > 0 {
		err = Toward(values, path, targets, c.cfg.StepSize)
	} else {
		err = rule.Offline(values, path)
	}
	if err != nil {
		return nil, err
	}
	for t, k := range keys {
		c.values[k] = values[t]
	}
	return advantages, nil
}

// targets returns the n-step or the λ-returns, [T].
func (c *Critic) targets(values []float64, p Path) ([]float64, error) {
	if c.cfg.Steps > 0 {
		return NStep(values, p, 1, c.cfg.Steps)
	}
	return Forward(values, p, 1, c.cfg.Lambda)
}

// Value returns what the table says of the state after some decisions.
func (c *Critic) Value(prefix []int) float64 { return c.values[c.key(prefix)] }

// states returns the names of the states of an episode, [T].
func (c *Critic) states(e Episode) ([]string, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	whole := prefixKey(e.Actions)
	out := make([]string, len(e.Actions))
	for t, a := range e.Actions {
		if a > largestAction {
			return nil, fmt.Errorf("%w: action %d is %d, want at most %d", ErrEpisode, t, a, largestAction)
		}
		if out[t] = whole[:2*t]; c.cfg.ByStep {
			out[t] = c.key(e.Actions[:t])
		}
	}
	return out, nil
}

func (c *Critic) key(prefix []int) string {
	if c.cfg.ByStep {
		return prefixKey(make([]int, len(prefix)))
	}
	return prefixKey(prefix)
}

const largestAction = 1<<16 - 1 // two bytes each

// prefixKey names a prefix with two bytes per action.
func prefixKey(prefix []int) string {
	b := make([]byte, 0, 2*len(prefix))
	for _, a := range prefix {
		b = append(b, byte(a>>8), byte(a))
	}
	return string(b)
}

// State implements [Assigner]: the prefixes, each as its length and its
// actions, and their values in the same order.
func (c *Critic) State() map[string][]float64 {
	keys := make([]string, 0, len(c.values))
	for k := range c.values {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var prefixes, values []float64
	for _, k := range keys {
		prefixes = append(prefixes, float64(len(k)/2))
		for i := 0; i < len(k); i += 2 {
			prefixes = append(prefixes, float64(int(k[i])<<8|int(k[i+1])))
		}
		values = append(values, c.values[k])
	}
	return map[string][]float64{
		"baseline": {c.mean.average, c.mean.count}, "prefixes": prefixes, "values": values,
	}
}

// SetState implements [Assigner].
func (c *Critic) SetState(state map[string][]float64) error {
	if err := Finite(state); err != nil {
		return err
	}
	baseline, rest := state["baseline"], state["prefixes"]
	if len(baseline) != 2 || !(baseline[1] >= 0) {
		return errors.New("credit: state baseline is missing or wrong, want the average and the episodes")
	}
	values := make(map[string]float64, len(state["values"]))
	for i, v := range state["values"] {
		if len(rest) == 0 || !(rest[0] >= 0 && rest[0] < float64(len(rest))) {
			return fmt.Errorf("credit: state prefixes end at value %d of %d", i, len(state["values"]))
		}
		n := int(rest[0])
		actions := make([]int, n)
		for t, a := range rest[1 : 1+n] {
			if !(a >= 0 && a <= largestAction) {
				return fmt.Errorf("credit: state prefix %d has action %g, want 0 to %d", i, a, largestAction)
			}
			actions[t] = int(a)
		}
		values[prefixKey(actions)], rest = v, rest[1+n:]
	}
	if len(rest) > 0 || len(values) != len(state["values"]) {
		return fmt.Errorf("credit: state has %d values and prefixes that do not match them", len(state["values"]))
	}
	c.mean.average, c.mean.count, c.values = baseline[0], baseline[1], values
	return nil
}
