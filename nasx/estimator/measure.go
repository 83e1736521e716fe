package estimator

import (
	"errors"
	"fmt"
	"math"

	"naslab.dev/nasx/relax"
)

// Number is an estimate with its standard error.
type Number struct {
	Value float64 `json:"value"`
	Err   float64 `json:"err"`
}

// Entry is what was measured for one choice of one decision.
type Entry struct {
	Mean     Number // of the estimates; its distance from the truth is the bias
	Variance Number // of one estimate
}

// Size is how far off an estimator is over several entries, in the unit of the
// gradient.
type Size struct {
	Bias   Number  // ‖mean − truth‖
	Chance float64 // what Bias would come to without any bias, √Σ Mean.Err²
	SD     Number  // √Σ variance: the length of one estimate's error around its mean
}

// Clear says whether the bias is more than chance explains: without bias it is
// beyond this in some two of a thousand measurements of three choices.
func (s Size) Clear() bool {
	const clear = 2.5
	return s.Bias.Value > clear*s.Chance && s.Bias.Value > rounding
}

// rounding is a bias that comes from float64 alone.
const rounding = 1e-12

// Report is what [Measure] found out about one estimator.
type Report struct {
	Name      string
	Samples   int
	Entries   [][]Entry // [decisions][choices]
	Decisions []Size    // per decision
	Whole     Size      // over all decisions
}

// Measure draws that many samples, at least 2, under a seed and holds the
// estimator's estimates against the exact gradient. Estimators that are measured
// with the same seed see the same draws.
func Measure(p Problem, truth Truth, e Estimator, seed uint64, samples int) (Report, error) {
	if err := p.check(); err != nil {
		return Report{}, err
	}
	if samples < 2 {
		return Report{}, errors.New("estimator: a variance needs at least 2 samples")
	}
	all := make([][]float64, samples) // flat estimates
	for n := range all {
		grad, err := e.Estimate(p, p.Draw(seed, "sample", n))
		if err != nil {
			return Report{}, fmt.Errorf("estimator: %s, sample %d: %w", e.Name(), n, err)
		}
		if err := relax.CheckFinite("estimate", grad); err != nil {
			return Report{}, fmt.Errorf("estimator: %s, sample %d: %w", e.Name(), n, err)
		}
		all[n] = relax.Flatten(grad)
	}
	r := Report{Name: e.Name(), Samples: samples}
	first, want := 0, relax.Flatten(truth.Grad)
	for _, row := range p.Logits {
		end := first + len(row)
		entries := make([]Entry, len(row))
		for k := range entries {
			entries[k] = entryOf(all, first+k)
		}
		r.Entries = append(r.Entries, entries)
		r.Decisions = append(r.Decisions, sizeOf(all, want, first, end))
		first = end
	}
	r.Whole = sizeOf(all, want, 0, first)
	return r, nil
}

// entryOf measures one column. The error of the variance is that of a mean of
// squares, √((m₄ − m₂²)/n).
func entryOf(all [][]float64, i int) Entry {
	n := float64(len(all))
	mean := 0.0
	for _, row := range all {
		mean += row[i] / n
	}
	second, fourth := 0.0, 0.0
	for _, row := range all {
		square := (row[i] - mean) * (row[i] - mean)
		second += square / n
		fourth += square * square / n
	}
	return Entry{
		Mean:     Number{mean, math.Sqrt(second / (n - 1))},
		Variance: Number{second * n / (n - 1), math.Sqrt(math.Max(0, fourth-second*second) / n)},
	}
}

// sizeOf measures the columns from first to before end together. To first order
// the error of a length is the error along its direction.
func sizeOf(all [][]float64, want []float64, first, end int) Size {
	n := float64(len(all))
	bias := make([]float64, end-first)
	var s Size
	for i := range bias {
		e := entryOf(all, first+i)
		bias[i] = e.Mean.Value - want[first+i]
		s.Chance += e.Mean.Err * e.Mean.Err
	}
	s.Chance = math.Sqrt(s.Chance)
	s.Bias.Value = math.Sqrt(dot(bias, bias))
	columns := make([][]float64, len(all)) // projection on the bias, square of the deviation
	for j, row := range all {
		columns[j] = make([]float64, 2)
		for i, b := range bias {
			deviation := row[first+i] - b - want[first+i]
			columns[j][1] += deviation * deviation
			if s.Bias.Value > 0 {
				columns[j][0] += deviation * b / s.Bias.Value
			}
		}
	}
	s.Bias.Err = entryOf(columns, 0).Mean.Err
	square := entryOf(columns, 1).Mean
	s.SD.Value = math.Sqrt(square.Value * n / (n - 1))
	if s.SD.Value > 0 {
		s.SD.Err = square.Err / (2 * s.SD.Value)
	}
	return s
}
