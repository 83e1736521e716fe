package viz

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/space"
)

// Estimates are measurements of estimators of one gradient, beside the gradient
// itself. Figures show them relative to its length.
type Estimates struct {
	Decisions  []space.Decision
	Truth      [][]float64 // [decisions][choices], the exact gradient
	Estimators []Estimated
}

// Estimated is one estimator.
type Estimated struct {
	Name      string      // as shown: "SNAS, λ = 0.3"
	Method    string      // key of [Palette], whose colour it has
	Join      bool        // a later setting of the estimator before: a line joins them
	Mean, Err [][]float64 // [decisions][choices], mean over samples and its standard error
	Decisions []Deviation // one per decision
	Whole     Deviation   // over all decisions
}

// Deviation is how an estimator deviates from the truth, in the unit of the
// gradient: lengths of vectors over choices.
type Deviation struct {
	Bias, BiasErr float64 // ‖mean − truth‖ and its standard error
	Chance        float64 // the length that Bias has by chance alone
	Clear         bool    // the bias is more than chance
	SD, SDErr     float64 // deviation of one estimate from the mean, and its standard error
}

// mostEstimators bounds a figure's rows.
const mostEstimators = 24

// check says what cannot be drawn.
func (e Estimates) check() error {
	n := len(e.Decisions)
	const mostDecisions = 12
	if n == 0 || n > mostDecisions || len(e.Estimators) == 0 || len(e.Estimators) > mostEstimators {
		return fmt.Errorf("viz: %d estimators of %d decisions, want 1 to %d of 1 to %d",
			len(e.Estimators), n, mostEstimators, mostDecisions)
	}
	shape := func(rows [][]float64) bool {
		fits := len(rows) == n
		for d := 0; fits && d < n; d++ {
			fits = len(rows[d]) == len(e.Decisions[d].Choices)
			for _, v := range rows[d] {
				fits = fits && !math.IsNaN(v) && !math.IsInf(v, 0)
			}
		}
		return fits
	}
	if !shape(e.Truth) || !(lengthOf(e.Truth...) > 0) {
		return errors.New("viz: the exact gradient is 0 or has not one finite number for each choice")
	}
	for _, one := range e.Estimators {
		if !shape(one.Mean) || !shape(one.Err) || len(one.Decisions) != n {
			return fmt.Errorf("viz: %s has not one mean and error for each choice and one deviation for each decision",
				clip(one.Name, longestName))
		}
		for _, d := range append([]Deviation{one.Whole}, one.Decisions...) {
			for _, v := range []float64{d.Bias, d.BiasErr, d.Chance, d.SD, d.SDErr} {
				if !(v >= 0) || math.IsInf(v, 0) {
					return fmt.Errorf("viz: %s has a deviation of %v, want 0 or more", clip(one.Name, longestName), v)
				}
			}
		}
	}
	return nil
}

// whole is the deviation of an estimator over all decisions, relative to the
// length of the exact gradient.
func (e Estimates) whole(one Estimated) Deviation { return one.Whole.relative(lengthOf(e.Truth...)) }

// words writes bias and deviation of every estimator.
func (e Estimates) words() string {
	var parts []string
	for _, one := range e.Estimators {
		d := e.whole(one)
		parts = append(parts, one.Name+" bias "+d.biasText()+", deviation "+d.sdText())
	}
	return "Relative to the gradient: " + strings.Join(parts, "; ") + "."
}

// lengthOf is the length of a vector that is given in rows.
func lengthOf(rows ...[]float64) float64 {
	sum := 0.0
	for _, row := range rows {
		for _, v := range row {
			sum += v * v
		}
	}
	return math.Sqrt(sum)
}

// relative returns a deviation over a length; 0 stays 0.
func (d Deviation) relative(length float64) Deviation {
	if length > 0 {
		d.Bias, d.BiasErr, d.Chance = d.Bias/length, d.BiasErr/length, d.Chance/length
		d.SD, d.SDErr = d.SD/length, d.SDErr/length
	}
	return d
}

// none is below every deviation that is more than rounding, relative to the
// gradient.
const none = 1e-9

// biasText writes a relative bias: "0.34", "< 0.05" or "0".
func (d Deviation) biasText() string {
	switch {
	case d.Clear:
		return Real(d.Bias)
	case d.Chance < none:
		return "0"
	}
	return "< " + Real(2.5*d.Chance)
}

// sdText writes a relative deviation of one estimate.
func (d Deviation) sdText() string {
	if d.SD < none {
		return "0"
	}
	return Real(d.SD)
}

// logScale is a logarithmic axis with room for 0 at its left.
type logScale struct {
	left, right float64 // pixels of low and high
	low, high   float64 // powers of ten
	zero        float64 // pixel of 0
}

// newLogScale fits positive values between two pixels; zero asks for a place for
// 0.
func newLogScale(values []float64, left, right float64, zero bool) logScale {
	const roomForZero = 34.0
	s := logScale{left: left, right: right, low: math.Inf(1), high: math.Inf(-1), zero: left + 8}
	for _, v := range values {
		if v > none {
			s.low, s.high = math.Min(s.low, math.Log10(v)), math.Max(s.high, math.Log10(v))
		}
	}
	if s.low > s.high {
		s.low, s.high = -1, 0
	}
	s.low, s.high = s.low-0.12, s.high+0.12
	if zero {
		s.left += roomForZero
	}
	return s
}

// at returns the pixel of a value.
func (s logScale) at(v float64) float64 {
	if !(v > none) {
		return s.zero
	}
	x := s.left + (s.right-s.left)*(math.Log10(v)-s.low)/(s.high-s.low)
	return clamp(x, math.Min(s.left, s.right), math.Max(s.left, s.right))
}

// ticks returns the numbers 1, 2 and 5 times powers of ten on the axis, or only
// the powers where there are many.
func (s logScale) ticks() []float64 {
	steps := []float64{1, 2, 5}
	if s.high-s.low > 2.2 {
		steps = []float64{1, 3}
	}
	if s.high-s.low > 4 {
		steps = steps[:1]
	}
	var out []float64
	for power := math.Floor(s.low); power <= s.high; power++ {
		for _, m := range steps {
			v := m * math.Pow(10, power)
			if l := math.Log10(v); l >= s.low && l <= s.high {
				out = append(out, v)
			}
		}
	}
	return out
}

// tickText writes a number of an axis without needless zeros: "0.05", "20".
func tickText(v float64) string {
	return Thousands(fixed(v, placesOf(v)))
}
