// Package process holds what the lessons on credit look at: two searches that
// are small enough to enumerate, and the rules of credit that they compare.
package process

import (
	"context"
	"fmt"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// Search is a decision process with the names of its decisions and choices.
type Search struct {
	credit.Process
	Decisions []space.Decision
}

// Chain returns a network of three operations in a row with three choices each:
// 27 architectures. Their accuracies are those of a synthetic benchmark, spread
// out so that differences can be read.
func Chain() (Search, error) {
	cfg := bench.DefaultConfig()
	cfg.Median = 0.7
	table, err := bench.NewSynthetic(cfg)
	if err != nil {
		return Search{}, fmt.Errorf("process: %w", err)
	}
	whole := table.Space().Decisions()
	// Edges 0→1, 1→2 and 2→3 in the order of the benchmark's decisions, and its
	// choices skip, 1×1 and 3×3; the other edges stay "none".
	edges, first := []int{0, 2, 5}, 1
	var s Search
	for _, e := range edges {
		s.Decisions = append(s.Decisions, space.Decision{Name: whole[e].Name, Choices: whole[e].Choices[first : first+3]})
		s.Choices = append(s.Choices, 3)
	}
	s.Return = func(actions []int) float64 {
		arch := make(space.Arch, len(whole))
		for t, a := range actions {
			arch[edges[t]] = first + a
		}
		accuracy, _ := table.Accuracy(arch) // within the space by construction
		return accuracy
	}
	return s, nil
}

// Cell returns the whole synthetic benchmark of lesson 05: six decisions with
// five choices, 15,625 architectures, without noise.
func Cell() (Search, error) {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		return Search{}, fmt.Errorf("process: %w", err)
	}
	s := Search{Decisions: table.Space().Decisions()}
	for _, d := range s.Decisions {
		s.Choices = append(s.Choices, len(d.Choices))
	}
	s.Return = func(actions []int) float64 {
		accuracy, _ := table.Accuracy(actions)
		return accuracy
	}
	return s, nil
}

// Names returns every decision with the choice made: "0→1 conv 3×3".
func (s Search) Names(actions []int) []string {
	out := make([]string, len(actions))
	for t, a := range actions {
		out[t] = s.Decisions[t].Name + " " + viz.Palette.Op(s.Decisions[t].Choices[a]).Label
	}
	return out
}

// Rule is a rule of credit that a lesson compares.
type Rule struct {
	Name, Detail string
	Make         func(seed uint64) (credit.Assigner, error)
}

// Rules returns the rules of the lesson on credit for decisions with these
// numbers of choices.
func Rules(choices []int) []Rule {
	const stepSize, lambda = 0.1, 0.9
	return []Rule{
		{"Monte Carlo", "one return for all", func(uint64) (credit.Assigner, error) {
			return credit.NewMonteCarlo(credit.DefaultMonteCarloConfig())
		}},
		{"TD(0)", "waits at the end", func(uint64) (credit.Assigner, error) { return credit.NewTD0(stepSize) }},
		{"TD(λ = 0.9)", "smears it backwards", func(uint64) (credit.Assigner, error) {
			return credit.NewTDLambda(lambda, stepSize)
		}},
		{"RUDDER, linear", "moves the reward", func(uint64) (credit.Assigner, error) { return rudder.New(choices) }},
		{"RUDDER, LSTM", "moves the reward", func(seed uint64) (credit.Assigner, error) {
			return rudder.NewRecurrent(choices, seed)
		}},
	}
}

// Panel counts the episodes that four rules need on a task, "additive" or
// "first", for each delay and each seed from 1 on.
func Panel(title, task string, delays []int, seeds, limit int) (viz.DelayPanel, error) {
	panel := viz.DelayPanel{Title: title}
	for _, rule := range []string{"td0", "tdlambda", "mc", "rudder"} {
		series := viz.DelaySeries{Rule: rule, Delays: delays}
		for _, delay := range delays {
			setup := func(seed uint64) (credit.Task, credit.Learner, error) {
				return rudder.Contest(task, rule, delay, seed)
			}
			episodes, _, err := credit.SolveSeeds(context.Background(), seeds, limit, setup)
			if err != nil {
				return panel, fmt.Errorf("process: %w", err)
			}
			series.Episodes = append(series.Episodes, episodes)
		}
		panel.Series = append(panel.Series, series)
	}
	return panel, nil
}
