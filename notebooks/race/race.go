// Package race compares controllers fairly: the same benchmark, the same number
// of queries, the same seeds, and a verdict only where the difference is larger
// than chance.
package race

import (
	"fmt"
	"math"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Entrant is a method in a race.
type Entrant struct {
	Name string
	Make func(s space.Space, seed uint64) (search.Controller, error)
}

// Result is what an entrant reached: the true accuracy of the architecture that
// it named after its last query, one value per seed.
type Result struct {
	Name       string
	Accuracies []float64
}

// Run lets every entrant search one table with each of the seeds 1 to seeds,
// which key its own draws and the noise of its queries. Noise is not part of
// the result: the architecture named at the end is looked up in the table.
func Run(entrants []Entrant, seeds, queries int) ([]Result, error) {
	results := make([]Result, len(entrants))
	for i, e := range entrants {
		results[i].Name = e.Name
		for seed := uint64(1); seed <= uint64(seeds); seed++ {
			accuracy, err := one(e, seed, queries)
			if err != nil {
				return nil, fmt.Errorf("race: %s, seed %d: %w", e.Name, seed, err)
			}
			results[i].Accuracies = append(results[i].Accuracies, accuracy)
		}
	}
	return results, nil
}

// Searchers returns the entrants as searchers of one table, for a session.
func Searchers(seed uint64, queries int, entrants ...Entrant) ([]search.Searcher, error) {
	var all []search.Searcher
	for _, e := range entrants {
		searcher, _, err := enter(e, seed, queries)
		if err != nil {
			return nil, fmt.Errorf("race: %s: %w", e.Name, err)
		}
		all = append(all, searcher)
	}
	return all, nil
}

// enter makes an entrant's searcher and the table it searches.
func enter(e Entrant, seed uint64, queries int) (*search.Driven, *bench.Synthetic, error) {
	controller, table, err := seat(e, seed)
	if err != nil {
		return nil, nil, err
	}
	return search.Drive(controller, table, queries), table, nil
}

// seat makes an entrant's controller and the table it searches.
func seat(e Entrant, seed uint64) (search.Controller, *bench.Synthetic, error) {
	cfg := bench.DefaultConfig()
	cfg.NoiseSeed = seed
	table, err := bench.NewSynthetic(cfg)
	if err != nil {
		return nil, nil, err
	}
	controller, err := e.Make(table.Space(), seed)
	return controller, table, err
}

// one lets an entrant search once.
func one(e Entrant, seed uint64, queries int) (float64, error) {
	searcher, table, err := enter(e, seed, queries)
	if err != nil {
		return 0, err
	}
	for range queries {
		if _, err := searcher.Step(); err != nil {
			return 0, err
		}
	}
	best, err := searcher.Best()
	if err != nil {
		return 0, err
	}
	return table.Accuracy(best)
}

// Mean returns the mean of values and its standard error; the error is 0 for
// fewer than two values.
func Mean(values []float64) (mean, err float64) {
	mean, sd := bench.MeanSD(values)
	if len(values) < 2 {
		return mean, 0
	}
	return mean, sd / math.Sqrt(float64(len(values)))
}

// Pair is one entrant against another, seed by seed.
type Pair struct {
	Better, Equal, Worse int     // seeds
	Difference, Err      float64 // mean of first − second, and its standard error
}

// Against compares two results of the same seeds.
func Against(first, second Result) Pair {
	var p Pair
	differences := make([]float64, len(first.Accuracies))
	for i, a := range first.Accuracies {
		differences[i] = a - second.Accuracies[i]
		switch {
		case differences[i] > 0:
			p.Better++
		case differences[i] < 0:
			p.Worse++
		default:
			p.Equal++
		}
	}
	p.Difference, p.Err = Mean(differences)
	return p
}

const clear = 2 // standard errors from which on a difference is called one

// Verdict says who is better, or that it is a tie: where the mean difference is
// smaller than two of its standard errors.
func (p Pair) Verdict() string {
	switch {
	case p.Difference > clear*p.Err:
		return "better"
	case p.Difference < -clear*p.Err:
		return "worse"
	default:
		return "a tie"
	}
}
