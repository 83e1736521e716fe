package estimator_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/estimator"
)

// problem returns a cell with this curvature, its logits, and the truth.
func problem(t *testing.T, curvature float64) (estimator.Problem, estimator.Truth) {
	t.Helper()
	cfg := estimator.DefaultCellConfig()
	cfg.Curvature = curvature
	cell, err := estimator.NewCell(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, err := estimator.NewProblem(cell, cell.Choices(), 0.5, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p, enumerate(t, p)
}

func enumerate(t *testing.T, p estimator.Problem) estimator.Truth {
	t.Helper()
	truth, err := estimator.Enumerate(p)
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

func measure(t *testing.T, p estimator.Problem, truth estimator.Truth, e estimator.Estimator, n int) estimator.Report {
	t.Helper()
	r, err := estimator.Measure(p, truth, e, 1, n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// moments returns the enumerated mean and variance of an estimator.
func moments(t *testing.T, p estimator.Problem, e estimator.Estimator) (mean, variance [][]float64) {
	t.Helper()
	mean, variance, err := estimator.Moments(p, e)
	if err != nil {
		t.Fatal(err)
	}
	return mean, variance
}

// distance is the length of a − b over all entries; NaN where a shape differs.
func distance(a, b [][]float64) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	sum := 0.0
	for d, row := range a {
		if len(row) != len(b[d]) {
			return math.NaN()
		}
		for k, v := range row {
			sum += (v - b[d][k]) * (v - b[d][k])
		}
	}
	return math.Sqrt(sum)
}

func total(rows [][]float64) float64 {
	sum := 0.0
	for _, row := range rows {
		for _, v := range row {
			sum += v
		}
	}
	return sum
}

// with returns a copy of rows in which one entry is moved.
func with(rows [][]float64, d, k int, by float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i, row := range rows {
		out[i] = append([]float64(nil), row...)
	}
	out[d][k] += by
	return out
}

// slope is the central difference of f in every entry of rows.
func slope(rows [][]float64, f func([][]float64) float64) [][]float64 {
	const h = 1e-5
	out := make([][]float64, len(rows))
	for d, row := range rows {
		for k := range row {
			out[d] = append(out[d], (f(with(rows, d, k, h))-f(with(rows, d, k, -h)))/(2*h))
		}
	}
	return out
}

// lossFunc is a loss without a gradient of its own.
type lossFunc func(z [][]float64) (float64, [][]float64)

func (f lossFunc) At(z [][]float64) (float64, [][]float64) { return f(z) }
