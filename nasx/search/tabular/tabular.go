// Package tabular is the smallest controller that learns: independent logits
// per decision, trained with REINFORCE [Williams92] and Adam [Adam]. It is the
// template for a controller of your own: copy it, change Propose and Learn.
package tabular

import (
	"errors"
	"fmt"
	"math"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Config holds the settings of the controller.
type Config struct {
	Seed          uint64  `json:"seed"`           // any; equal seeds give equal searches
	LearningRate  float64 `json:"learning_rate"`  // of Adam, above 0
	BaselineDecay float64 `json:"baseline_decay"` // of the moving average of rewards, 0 to below 1
}

// DefaultConfig returns the settings for a few hundred tabular evaluations.
func DefaultConfig() Config { return Config{Seed: 1, LearningRate: 0.05, BaselineDecay: 0.9} }

const beta1, beta2, epsilon = 0.9, 0.999, 1e-8 // Adam's usual constants

// Controller implements [search.Controller], [search.Stateful] and [search.Describer].
type Controller struct {
	cfg           Config
	space         space.Space
	logits        [][]float64 // [decisions, choices]
	first, second [][]float64 // Adam's moving averages of the gradient and its square
	average       float64     // moving average of the rewards, from 0
	updates       int
}

// New returns a controller whose logits are 0: all choices are equally likely.
func New(s space.Space, cfg Config) (*Controller, error) {
	if !(cfg.LearningRate > 0) || !(cfg.BaselineDecay >= 0 && cfg.BaselineDecay < 1) {
		return nil, fmt.Errorf("tabular: %+v, want a learning rate above 0 and a baseline decay in [0, 1)", cfg)
	}
	if err := space.CheckSpace(s); err != nil {
		return nil, fmt.Errorf("tabular: %w", err)
	}
	zeros := func() [][]float64 { return space.OneHot(s.Decisions(), nil) }
	return &Controller{cfg: cfg, space: s, logits: zeros(), first: zeros(), second: zeros()}, nil
}

// Propose implements [search.Controller]: it draws each choice from π.
func (c *Controller) Propose(step int) (space.Arch, error) {
	rng := key.Rand(c.cfg.Seed, "tabular", step, 0)
	arch := make(space.Arch, len(c.logits))
	for d, row := range c.logits {
		u := rng.Float64()
		for pi := softmax(row); arch[d] < len(pi)-1 && u >= pi[arch[d]]; arch[d]++ {
			u -= pi[arch[d]]
		}
	}
	return arch, nil
}

// Learn implements [search.Controller] with the score-function gradient
//
//	∂L/∂a[d] = −(R − b)·(onehot(arch[d]) − π[d])      [Williams92]
//
// where b is the moving average of the rewards, corrected for its start at 0; all decisions get the credit R − b.
func (c *Controller) Learn(step int, arch space.Arch, reward float64) (search.Trace, error) {
	if err := space.Check(c.space, arch); err != nil {
		return search.Trace{}, fmt.Errorf("tabular: %w", err)
	}
	c.updates++
	c.average = c.cfg.BaselineDecay*c.average + (1-c.cfg.BaselineDecay)*reward
	baseline := c.average / (1 - math.Pow(c.cfg.BaselineDecay, float64(c.updates)))
	advantage := reward - baseline
	tr := search.Trace{
		Step: step, Arch: arch, CreditBy: "R − b, the same for every decision",
		Scalars: map[string]float64{search.ScalarBaseline: baseline, search.ScalarAdvantage: advantage},
		Formula: "∂L/∂a = -(R - b)*(I - π)",
		Terms: []search.Term{
			{Symbol: "R", Meaning: "reward of this architecture", Value: reward},
			{Symbol: "b", Meaning: "baseline, the average reward so far", Value: baseline},
			{Symbol: "I", Meaning: "1 where this choice was made, else 0", Row: search.RowIndicator},
			{Symbol: "π", Meaning: "probability of this choice", Row: search.RowProbs},
		},
	}
	for d, choices := range space.OneHot(c.space.Decisions(), arch) {
		pi, grad, update := softmax(c.logits[d]), make([]float64, len(choices)), make([]float64, len(choices))
		for k, indicator := range choices {
			grad[k] = -advantage * (indicator - pi[k])
			update[k] = c.adam(d, k, grad[k])
			c.logits[d][k] += update[k]
		}
		tr.Probs, tr.Grad, tr.Update = append(tr.Probs, pi), append(tr.Grad, grad), append(tr.Update, update)
		tr.Credit = append(tr.Credit, advantage)
	}
	return tr, nil
}

// adam returns what Adam adds to a logit for this gradient.
func (c *Controller) adam(d, k int, grad float64) float64 {
	m, v, t := &c.first[d][k], &c.second[d][k], float64(c.updates)
	*m = beta1**m + (1-beta1)*grad
	*v = beta2**v + (1-beta2)*grad*grad
	mean, square := *m/(1-math.Pow(beta1, t)), *v/(1-math.Pow(beta2, t))
	return -c.cfg.LearningRate * mean / (math.Sqrt(square) + epsilon)
}

// softmax returns the probabilities of one row of logits.
func softmax(logits []float64) []float64 {
	top, sum, pi := logits[space.Argmax([][]float64{logits})[0]], 0.0, make([]float64, len(logits))
	for k, a := range logits {
		pi[k] = math.Exp(a - top)
		sum += pi[k]
	}
	for k := range pi {
		pi[k] /= sum
	}
	return pi
}

// Best implements [search.Controller]: the likeliest choice of every decision.
func (c *Controller) Best() (space.Arch, error) { return space.Argmax(c.logits), nil }

// State implements [search.Stateful].
func (c *Controller) State() (map[string]search.Tensor, error) {
	return map[string]search.Tensor{
		"logits": search.RowsTensor(c.logits), "first": search.RowsTensor(c.first), "second": search.RowsTensor(c.second),
		"baseline": search.Float64Tensor([]float64{c.average, float64(c.updates)}),
	}, nil
}

// SetState implements [search.Stateful].
func (c *Controller) SetState(state map[string]search.Tensor) error {
	baseline, err := state["baseline"].Float64s()
	if err != nil || len(baseline) != 2 {
		return errors.New("tabular: state baseline is missing or wrong, want the average and the updates")
	}
	c.average, c.updates = baseline[0], int(baseline[1])
	return errors.Join(state["logits"].IntoRows(c.logits), state["first"].IntoRows(c.first),
		state["second"].IntoRows(c.second))
}

// Describe implements [search.Describer].
func (c *Controller) Describe() search.Description {
	return search.Description{
		Method: "tabular", Label: "REINFORCE", Note: "independent logits, one reward for all decisions",
		Seed: c.cfg.Seed, Config: c.cfg, Space: c.space.Name(), Decisions: c.space.Decisions(),
	}
}
