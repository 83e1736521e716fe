// Package own is a controller to change: lesson 05 runs it. It began as a copy
// of package tabular with another Propose and Learn, and it is the
// cross-entropy method: remember the best architectures seen, and move the
// probabilities towards how often each choice occurs among them.
package own

import (
	"errors"
	"fmt"
	"slices"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Config holds the settings of the controller.
type Config struct {
	Seed  uint64  `json:"seed"`  // any; equal seeds give equal searches
	Elite int     `json:"elite"` // architectures that are remembered, at least 1
	Rate  float64 `json:"rate"`  // ρ, how far the probabilities move in a step, above 0 to 1
}

// DefaultConfig returns settings for a few hundred evaluations.
func DefaultConfig() Config { return Config{Seed: 1, Elite: 10, Rate: 0.05} }

// tried is an architecture and its reward.
type tried struct {
	arch   space.Arch
	reward float64
}

// Controller implements [search.Controller], [search.Stateful] and [search.Describer].
type Controller struct {
	cfg   Config
	space space.Space
	probs [][]float64 // [decisions, choices], rows sum to 1
	elite []tried     // best first
}

// New returns a controller for which all choices are equally likely.
func New(s space.Space, cfg Config) (*Controller, error) {
	if cfg.Elite < 1 || !(cfg.Rate > 0 && cfg.Rate <= 1) {
		return nil, fmt.Errorf("own: %+v, want an elite of 1 or more and a rate above 0, at most 1", cfg)
	}
	if err := space.CheckSpace(s); err != nil {
		return nil, fmt.Errorf("own: %w", err)
	}
	c := &Controller{cfg: cfg, space: s}
	for _, d := range s.Decisions() {
		n := len(d.Choices)
		c.probs = append(c.probs, slices.Repeat([]float64{1 / float64(n)}, n))
	}
	return c, nil
}

// Propose implements [search.Controller]: it draws each choice from p.
func (c *Controller) Propose(step int) (space.Arch, error) {
	rng := key.Rand(c.cfg.Seed, "own", step, 0)
	arch := make(space.Arch, len(c.probs))
	for d, p := range c.probs {
		u := rng.Float64()
		for ; arch[d] < len(p)-1 && u >= p[arch[d]]; arch[d]++ {
			u -= p[arch[d]]
		}
	}
	return arch, nil
}

// Learn implements [search.Controller]: p moves by −ρ·(p − f), where f is the
// share of each choice among the elite.
func (c *Controller) Learn(step int, arch space.Arch, reward float64) (search.Trace, error) {
	if err := space.Check(c.space, arch); err != nil {
		return search.Trace{}, fmt.Errorf("own: %w", err)
	}
	c.elite = append(c.elite, tried{slices.Clone(arch), reward})
	slices.SortStableFunc(c.elite, func(a, b tried) int {
		switch {
		case a.reward > b.reward:
			return -1
		case a.reward < b.reward:
			return 1
		}
		return 0
	})
	c.elite = c.elite[:min(len(c.elite), c.cfg.Elite)]
	tr := search.Trace{
		Step: step, Arch: arch, Formula: "∂L/∂p = p - f",
		Terms: []search.Term{
			{Symbol: "p", Meaning: "probability of this choice", Row: search.RowProbs},
			{Symbol: "f", Meaning: "share of this choice among the best architectures", Row: search.RowExtra},
		},
	}
	for d, p := range c.probs {
		share, grad, update := make([]float64, len(p)), make([]float64, len(p)), make([]float64, len(p))
		for _, e := range c.elite {
			share[e.arch[d]] += 1 / float64(len(c.elite))
		}
		tr.Probs = append(tr.Probs, slices.Clone(p))
		for k := range p {
			grad[k] = p[k] - share[k]
			update[k] = -c.cfg.Rate * grad[k]
			p[k] += update[k]
		}
		tr.Extra, tr.Grad, tr.Update = append(tr.Extra, share), append(tr.Grad, grad), append(tr.Update, update)
	}
	return tr, nil
}

// Best implements [search.Controller]: the likeliest choice of every decision.
func (c *Controller) Best() (space.Arch, error) { return space.Argmax(c.probs), nil }

// State implements [search.Stateful].
func (c *Controller) State() (map[string]search.Tensor, error) {
	state := map[string]search.Tensor{"probs": search.RowsTensor(c.probs)}
	rewards := []float64{}
	for i, e := range c.elite {
		state[fmt.Sprint("elite", i)] = search.ArchTensor(e.arch)
		rewards = append(rewards, e.reward)
	}
	state["rewards"] = search.Float64Tensor(rewards)
	return state, nil
}

// SetState implements [search.Stateful].
func (c *Controller) SetState(state map[string]search.Tensor) error {
	rewards, err := state["rewards"].Float64s()
	elite := make([]tried, len(rewards))
	for i, reward := range rewards {
		arch, wrong := state[fmt.Sprint("elite", i)].Arch()
		elite[i] = tried{arch, reward}
		err = errors.Join(err, wrong)
	}
	if err = errors.Join(err, state["probs"].IntoRows(c.probs)); err != nil {
		return fmt.Errorf("own: state: %w", err)
	}
	c.elite = elite
	return nil
}

// Describe implements [search.Describer].
func (c *Controller) Describe() search.Description {
	return search.Description{
		Method: "own", Label: "my controller", Note: "cross-entropy: follow the best seen", Seed: c.cfg.Seed,
		Config: c.cfg, Space: c.space.Name(), Decisions: c.space.Decisions(),
	}
}
