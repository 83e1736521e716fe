// Package gradients holds what the lesson on estimators looks at: a search small
// enough to enumerate, the estimators of its gradient in the order of the lesson,
// and steps of the real methods for the pictures of what flows where.
package gradients

import (
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
	"naslab.dev/nasx/estimator"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// spread is the standard deviation of the logits of a [Search]: not undecided, and
// far from decided.
const spread = 0.5

// before is how many architectures a rule of credit has seen before it is
// measured.
const before = 300

// Search is a small search and all that is known about it.
type Search struct {
	estimator.Problem
	Truth     estimator.Truth
	Decisions []space.Decision
}

// New returns the search on a cell of this configuration whose logits are drawn
// under the seed.
func New(cfg estimator.CellConfig, seed uint64) (*Search, error) {
	cell, err := estimator.NewCell(cfg)
	if err != nil {
		return nil, fmt.Errorf("gradients: %w", err)
	}
	s := &Search{}
	if s.Problem, err = estimator.NewProblem(cell, cell.Choices(), spread, seed); err != nil {
		return nil, fmt.Errorf("gradients: %w", err)
	}
	if s.Truth, err = estimator.Enumerate(s.Problem); err != nil {
		return nil, fmt.Errorf("gradients: %w", err)
	}
	from, to := cell.Edges()
	for e, n := range cell.Choices() {
		d := space.Decision{Name: viz.EdgeName(from[e], to[e]), Choices: []string{"skip_connect"}}
		for k := 1; k < n; k++ {
			d.Choices = append(d.Choices, "layer "+string(rune('A'+k-1)))
		}
		s.Decisions = append(s.Decisions, d)
	}
	return s, nil
}

// Entrant is an estimator with the method whose colour it has.
type Entrant struct {
	estimator.Estimator
	Method string
	Join   bool // a colder setting of the one before
}

// ENAS returns the estimators that see the loss of a drawn architecture and
// nothing of what is inside it.
func (s *Search) ENAS() []Entrant {
	return []Entrant{
		{estimator.Reinforce{Label: "no baseline"}, "enas", false},
		{estimator.Reinforce{Label: "b = E[L]", Baseline: s.Truth.Loss}, "enas", false},
		{estimator.Reinforce{Label: "best b", Baseline: s.Truth.Baseline}, "enas", false},
		{estimator.FirstPPO{Baseline: s.Truth.Loss, Clip: 0.2}, "enas", false},
	}
}

// Credited returns REINFORCE with rules of credit that learn as they go: Monte
// Carlo; return decomposition with its default settings; and the same without
// gate, so that it moves the reward of every architecture and not only of those
// that it predicts well, and with a slower average.
func (s *Search) Credited(seed uint64) ([]Entrant, error) {
	choices := make([]int, len(s.Logits))
	for d, row := range s.Logits {
		choices[d] = len(row)
	}
	var out []Entrant
	for _, rule := range []struct {
		label string
		make  func() (credit.Assigner, error)
	}{
		{"Monte Carlo", func() (credit.Assigner, error) {
			return credit.NewMonteCarlo(credit.DefaultMonteCarloConfig())
		}},
		{"RUDDER", func() (credit.Assigner, error) { return rudder.New(choices) }},
		{"RUDDER, no gate", func() (credit.Assigner, error) {
			model, err := rudder.NewLinear(choices, 1)
			if err != nil {
				return nil, err
			}
			return rudder.NewAssigner(model, rudder.Config{Decay: 0.99})
		}},
	} {
		learner, err := rule.make()
		if err != nil {
			return nil, fmt.Errorf("gradients: %w", err)
		}
		e, err := estimator.NewCredited(rule.label, learner, s.Problem, seed, before)
		if err != nil {
			return nil, fmt.Errorf("gradients: %w", err)
		}
		out = append(out, Entrant{e, "enas", false})
	}
	return out, nil
}

// SNAS returns the reparametrised gradient at these temperatures.
func SNAS(temperatures ...float64) []Entrant {
	var out []Entrant
	for i, t := range temperatures {
		out = append(out, Entrant{estimator.Reparametrised{Temperature: t}, "snas", i > 0})
	}
	return out
}

// Scores returns the score forms of SNAS's gradient, and the hard limit of the
// one with a reward for every decision.
func Scores(temperature float64) []Entrant {
	return []Entrant{
		{estimator.RelaxedScore{Temperature: temperature}, "snas", false},
		{estimator.RelaxedScore{Temperature: temperature, Own: true}, "snas", false},
		{estimator.OwnReward{}, "snas", false},
	}
}

// Others returns the straight-through gradient and that of DARTS.
func Others(temperature float64) []Entrant {
	return []Entrant{
		{estimator.StraightThrough{Temperature: temperature}, "straight-through", false},
		{estimator.Mixture{}, "darts", false},
	}
}

// All returns every estimator of the lesson in its order: SNAS at temperatures
// from 10 to 0.03, the other relaxed ones at 1.
func (s *Search) All(seed uint64) ([]Entrant, error) {
	credited, err := s.Credited(seed)
	return slices.Concat(s.ENAS(), credited, SNAS(10, 3, 1, 0.3, 0.1, 0.03), Scores(1), Others(1)), err
}

// Measure holds estimators against the exact gradient, all on the same draws.
func (s *Search) Measure(seed uint64, samples int, entrants ...Entrant) (viz.Estimates, error) {
	out := viz.Estimates{Decisions: s.Decisions, Truth: s.Truth.Grad}
	for _, e := range entrants {
		r, err := estimator.Measure(s.Problem, s.Truth, e.Estimator, seed, samples)
		if err != nil {
			return out, fmt.Errorf("gradients: %w", err)
		}
		one := viz.Estimated{Name: r.Name, Method: e.Method, Join: e.Join, Whole: deviation(r.Whole)}
		for d, row := range r.Entries {
			var mean, sd []float64
			for _, entry := range row {
				mean, sd = append(mean, entry.Mean.Value), append(sd, entry.Mean.Err)
			}
			one.Mean, one.Err = append(one.Mean, mean), append(one.Err, sd)
			one.Decisions = append(one.Decisions, deviation(r.Decisions[d]))
		}
		out.Estimators = append(out.Estimators, one)
	}
	return out, nil
}

func deviation(s estimator.Size) viz.Deviation {
	return viz.Deviation{
		Bias: s.Bias.Value, BiasErr: s.Bias.Err, Chance: s.Chance, Clear: s.Clear(),
		SD: s.SD.Value, SDErr: s.SD.Err,
	}
}

// Length is the length of the exact gradient, over all decisions.
func (s *Search) Length() float64 { return length(s.Truth.Grad) }

func length(rows [][]float64) float64 {
	sum := 0.0
	for _, v := range relax.Flatten(rows) {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// ExactBias returns the bias of an estimator that depends on the architecture
// alone, relative to the length of the exact gradient, by enumeration.
func (s *Search) ExactBias(e estimator.Estimator) (float64, error) {
	mean, _, err := estimator.Moments(s.Problem, e)
	if err != nil {
		return 0, fmt.Errorf("gradients: %w", err)
	}
	for d, row := range s.Truth.Grad {
		for k, v := range row {
			mean[d][k] -= v
		}
	}
	return length(mean) / s.Length(), nil
}
