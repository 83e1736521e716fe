package gradients

import (
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/estimator"
	"naslab.dev/viz"
)

// Spread is a median over searches with the smallest and the largest value.
type Spread struct{ Low, Median, High float64 }

// String writes "2.7 (2.2 to 3.9)".
func (s Spread) String() string {
	return fmt.Sprintf("%s (%s to %s)", short(s.Median), short(s.Low), short(s.High))
}

// short writes a positive number with two significant digits.
func short(v float64) string {
	if v <= 0 {
		return "0"
	}
	places := max(0, 1-int(math.Floor(math.Log10(v))))
	return fmt.Sprintf("%.*f", places, v)
}

// spreadOf sorts values in place.
func spreadOf(values []float64) Spread {
	slices.Sort(values)
	n := len(values)
	return Spread{values[0], (values[(n-1)/2] + values[n/2]) / 2, values[n-1]}
}

// Summary is one estimator over several searches, relative to the length of each
// search's exact gradient.
type Summary struct {
	Name     string
	Bias, SD Spread
}

// Across measures estimators on searches of this many nodes with the seeds from 1
// on, each with weights and logits of its own.
func Across(nodes, seeds, samples int, entrants func(*Search) ([]Entrant, error)) ([]Summary, error) {
	var names []string
	bias, sd := map[string][]float64{}, map[string][]float64{}
	for seed := range uint64(seeds) {
		cfg := estimator.DefaultCellConfig()
		cfg.Nodes, cfg.Seed = nodes, seed+1
		s, err := New(cfg, seed+1)
		if err != nil {
			return nil, err
		}
		list, err := entrants(s)
		if err != nil {
			return nil, err
		}
		found, err := s.Measure(seed+1, samples, list...)
		if err != nil {
			return nil, err
		}
		for _, e := range found.Estimators {
			if seed == 0 {
				names = append(names, e.Name)
			}
			bias[e.Name] = append(bias[e.Name], e.Whole.Bias/s.Length())
			sd[e.Name] = append(sd[e.Name], e.Whole.SD/s.Length())
		}
	}
	var out []Summary
	for _, name := range names {
		out = append(out, Summary{name, spreadOf(bias[name]), spreadOf(sd[name])})
	}
	return out, nil
}

// Error returns how far the mean of n estimates is from the exact gradient,
// relative to its length: the root of its mean square, √(bias² + variance/n). A
// bias that was not told from chance counts as 0.
func Error(d viz.Deviation, length float64, n int) float64 {
	bias := d.Bias
	if !d.Clear {
		bias = 0
	}
	return math.Hypot(bias, d.SD/math.Sqrt(float64(n))) / length
}
