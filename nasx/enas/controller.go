package enas

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Controller samples architectures from a policy and learns from their rewards.
// It implements [search.Controller], Stateful, Tunable and Describer. It is not
// safe for several goroutines.
type Controller struct {
	cfg    Config
	space  space.Space
	policy Policy
	rule   credit.Assigner // nil for reward − baseline

	theta    []float64   // θ [P]
	moments  policy.Adam // of θ
	baseline float64     // moving average of the rewards, from 0
	rewards  int         // rewards that it has seen
	updates  int         // batches learned from
	pending  []episode   // collected since the last update
	knobs    search.ByHand

	grad   []float64 // [P], scratch
	passes []Pass
}

// episode is one architecture that was tried.
type episode struct {
	arch      space.Arch
	reward    float64   // as given, with the entropy where REINFORCE adds it
	advantage []float64 // [T]; of PPO's batches filled in when the batch is complete
}

// New returns a controller for a space. rule says which decision earned how much
// of a reward; with nil every decision earns reward − baseline, or what
// [PPOConfig.Advantage] says.
func New(s space.Space, cfg Config, rule credit.Assigner) (*Controller, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := space.CheckSpace(s); err != nil {
		return nil, fmt.Errorf("enas: %w", err)
	}
	if rule != nil && cfg.Update == PPO && (cfg.PPO.Sequence || cfg.PPO.Advantage == GAE) {
		return nil, errors.New("enas: a rule of credit has an advantage per decision, want neither Sequence nor GAE with it")
	}
	p, err := newPolicy(s, cfg)
	if err != nil {
		return nil, err
	}
	c := &Controller{
		cfg: cfg, space: s, policy: p, rule: rule, theta: p.Initial(cfg.Seed),
	}
	c.moments, c.grad = policy.NewAdam(len(c.theta)), make([]float64, len(c.theta))
	return c, nil
}

// newPolicy makes the policy that a configuration names.
func newPolicy(s space.Space, cfg Config) (Policy, error) {
	cfg.Shape.Critic = cfg.Update == PPO && cfg.PPO.Advantage == GAE
	switch cfg.Policy {
	case PolicyLogits:
		return NewLogits(s, cfg.Shape.Critic), nil
	case PolicyLSTM:
		return NewLSTM(s, cfg.Shape)
	case PolicyMicro:
		m, err := isMicro(s)
		if err != nil {
			return nil, err
		}
		return NewMicro(m, cfg.Shape)
	}
	return nil, fmt.Errorf("enas: Policy is %.20q, want %q, %q or %q",
		cfg.Policy, PolicyLSTM, PolicyLogits, PolicyMicro)
}

// Propose implements [search.Controller]: an architecture drawn from the policy.
func (c *Controller) Propose(step int) (space.Arch, error) { return c.sample("enas", step), nil }

// sample draws an architecture; purpose and step key its randomness.
func (c *Controller) sample(purpose string, step int) space.Arch {
	rng := key.Rand(c.cfg.Seed, purpose, step, 0)
	return c.policy.Unroll(c.theta, func(_ int, logits []float64) int {
		return policy.Pick(policy.LogSoftmax(logits, nil), rng.Float64())
	}).Arch
}

// Best implements [search.Controller]: the likeliest choice at every decision,
// given those before it.
func (c *Controller) Best() (space.Arch, error) {
	return c.policy.Unroll(c.theta, likeliest).Arch, nil
}

// Probs returns the probabilities [T][K] along an architecture, those of every
// decision given the choices before it.
func (c *Controller) Probs(arch space.Arch) ([][]float64, error) {
	if err := space.Check(c.space, arch); err != nil {
		return nil, fmt.Errorf("enas: %w", err)
	}
	return probsOf(c.policy.Unroll(c.theta, along(arch))), nil
}

// Learn implements [search.Controller]. Every [Config.Episodes] rewards it
// updates the policy; in between it collects them, and the trace has no gradient.
func (c *Controller) Learn(step int, arch space.Arch, reward float64) (search.Trace, error) {
	if err := space.Check(c.space, arch); err != nil {
		return search.Trace{}, fmt.Errorf("enas: %w", err)
	}
	if math.IsNaN(reward) || math.IsInf(reward, 0) {
		return search.Trace{}, fmt.Errorf("enas: reward of %v is %g, want a finite number", arch, reward)
	}
	path := c.policy.Unroll(c.theta, along(arch))
	tr := search.Trace{
		Step: step, Arch: slices.Clone(arch), Probs: probsOf(path),
		Scalars: map[string]float64{search.ScalarReward: reward, search.ScalarArchRate: c.rate()},
	}
	before := *c
	err := c.collect(&tr, path, reward)
	if err == nil && len(c.pending) == c.cfg.Episodes {
		err = c.update(&tr, path)
	}
	if err != nil {
		c.baseline, c.rewards, c.updates, c.pending = before.baseline, before.rewards, before.updates, before.pending
		return search.Trace{}, fmt.Errorf("enas: %w", err)
	}
	return tr, nil
}

// collect adds an episode to the batch and its credit to the trace.
func (c *Controller) collect(tr *search.Trace, path Path, reward float64) error {
	if weight := c.entropyWeight(); c.cfg.Update == Reinforce && weight > 0 {
		for _, row := range path.Logits {
			reward += weight * policy.Entropy(policy.LogSoftmax(row, nil))
		}
	}
	c.rewards++
	c.baseline = policy.MovingBaseline(c.baseline, c.cfg.BaselineDecay, reward)
	e := episode{arch: tr.Arch, reward: reward}
	switch {
	case c.rule != nil:
		var err error
		e.advantage, err = c.rule.Assign(credit.Episode{Actions: slices.Clone(tr.Arch), Return: reward})
		if err != nil {
			return fmt.Errorf("credit by %s: %w", c.rule.Name(), err)
		}
		if len(e.advantage) != len(tr.Arch) {
			return fmt.Errorf("credit by %s has %d numbers, want one for each of %d decisions",
				c.rule.Name(), len(e.advantage), len(tr.Arch))
		}
		tr.CreditBy = c.rule.Name()
	case c.cfg.Update == Reinforce || c.cfg.PPO.Advantage == Moving:
		b := c.baseline
		if c.cfg.BaselineCorrected {
			b = policy.CorrectedBaseline(b, c.cfg.BaselineDecay, c.rewards)
		}
		e.advantage = slices.Repeat([]float64{reward - b}, len(tr.Arch))
		tr.CreditBy = "R − b, the same for every decision"
		tr.Scalars[search.ScalarBaseline], tr.Scalars[search.ScalarAdvantage] = b, reward-b
	}
	tr.Credit = e.advantage
	c.pending = append(slices.Clip(c.pending), e)
	return nil
}

// update learns from the collected batch and drops it; path is that of the trace's
// architecture, unrolled last.
func (c *Controller) update(tr *search.Trace, path Path) error {
	batch := c.pending
	c.pending = nil
	c.updates++
	c.passes = nil
	if c.cfg.Update == PPO {
		return c.updatePPO(tr, path, batch)
	}
	return c.updateReinforce(tr, path, batch)
}

// probsOf returns the probabilities of a path.
func probsOf(path Path) [][]float64 {
	probs := make([][]float64, len(path.Logits))
	for d, row := range path.Logits {
		probs[d] = policy.Probs(policy.LogSoftmax(row, nil))
	}
	return probs
}

// rate is the learning rate of the coming update, entropyWeight its weight of
// the entropy.
func (c *Controller) rate() float64          { return c.knobs.Value(search.ScalarArchRate, c.cfg.Rate) }
func (c *Controller) entropyWeight() float64 { return c.knobs.Value(KnobEntropy, c.cfg.EntropyWeight) }
