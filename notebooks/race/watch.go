package race

import (
	"context"
	"fmt"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/suspect"
	"naslab.dev/viz"
)

// Suspect enters the controller of package suspect with its default settings.
func Suspect() Entrant {
	return Entrant{"the suspect", func(s space.Space, seed uint64) (search.Controller, error) {
		cfg := suspect.DefaultConfig()
		cfg.Seed = seed
		return suspect.New(s, cfg)
	}}
}

// Record lets an entrant search once and returns every step, for figures.
func Record(e Entrant, seed uint64, queries int) (viz.Run, error) {
	searcher, _, err := enter(e, seed, queries)
	if err != nil {
		return viz.Run{}, fmt.Errorf("race: %s: %w", e.Name, err)
	}
	run := viz.Run{About: searcher.Describe()}
	for range queries {
		tr, err := searcher.Step()
		if err != nil {
			return viz.Run{}, fmt.Errorf("race: %s: %w", e.Name, err)
		}
		run.Traces = append(run.Traces, tr)
	}
	return run, nil
}

// Regrets lets every entrant search one table with each of the seeds 1 to seeds
// and returns how far the best architecture seen by reward is from the best of
// the table after each query, ready to be drawn.
func Regrets(entrants []Entrant, seeds, queries int) ([]viz.RegretLine, error) {
	lines := make([]viz.RegretLine, len(entrants))
	for i, e := range entrants {
		first, truth, err := enter(e, 1, queries)
		if err != nil {
			return nil, fmt.Errorf("race: %s: %w", e.Name, err)
		}
		outcomes, err := bench.Repeat(context.Background(), seeds, func(seed uint64) (bench.Outcome, error) {
			controller, table, err := seat(e, seed)
			if err != nil {
				return bench.Outcome{}, err
			}
			return bench.Search(table, controller, bench.Budget{Queries: queries})
		})
		if err != nil {
			return nil, fmt.Errorf("race: %s: %w", e.Name, err)
		}
		lines[i] = viz.RegretLine{Name: e.Name, Method: first.Describe().Method}
		for _, o := range outcomes {
			lines[i].Gaps = append(lines[i].Gaps, o.Gaps(truth.Best()))
		}
	}
	return lines, nil
}
