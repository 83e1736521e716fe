package bench

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"naslab.dev/nasx/space"
)

// A query of the table protocol trains for 12 epochs on 25,000 images and
// evaluates once. The recorded seconds of training are for 50,000 images, those
// of testing for twelve evaluations of 10,000.
const (
	trainShare = 25000.0 / 50000
	testShare  = 25000.0 / 10000 / 12
)

// Fit is a least-squares model of a quantity that architectures add up: an
// intercept and a weight for every choice of every decision. Many weights fit
// equally well, because the choices of a decision always sum to one; it is the
// solution of least norm.
type Fit struct {
	Intercept float64
	Weights   [][]float64 // [decisions, choices]
	R2        float64     // share of the variance that it explains, 1 is all
}

// Predict returns the model's value for an architecture.
func (f Fit) Predict(arch space.Arch) float64 {
	sum := f.Intercept
	for d, k := range arch {
		sum += f.Weights[d][k]
	}
	return sum
}

// FitAdditive fits values of architectures of a space by least squares. It uses
// conjugate gradients from zero, which never leave the span of the data and so
// end at the solution of least norm.
func FitAdditive(s space.Space, archs []space.Arch, values []float64) (Fit, error) {
	if len(archs) != len(values) || len(archs) < 2 {
		return Fit{}, fmt.Errorf("bench: %d architectures and %d values to fit, want as many, and two at least",
			len(archs), len(values))
	}
	for _, arch := range archs {
		if err := space.Check(s, arch); err != nil {
			return Fit{}, fmt.Errorf("bench: %w", err)
		}
	}
	m := newAdditive(s, archs)
	x := make([]float64, m.width)
	residual := append([]float64(nil), values...) // y − Ax
	gradient := m.transposed(residual)            // Aᵀ(y − Ax)
	direction := append([]float64(nil), gradient...)
	norm := dot(gradient, gradient)
	enough := norm * 1e-28
	for range 10 * m.width {
		if norm <= enough {
			break
		}
		image := m.times(direction)
		step := norm / dot(image, image)
		add(x, step, direction)
		add(residual, -step, image)
		gradient = m.transposed(residual)
		next := dot(gradient, gradient)
		for i := range direction {
			direction[i] = gradient[i] + next/norm*direction[i]
		}
		norm = next
	}
	return m.fit(x, residual, values), nil
}

// additive is the matrix of one-hot features, one row per architecture: a 1,
// then a one-hot row per decision. Only the places of the ones are kept.
type additive struct {
	rows  [][]int
	first []int // place of each decision's first choice
	sizes []int // choices of each decision
	width int
}

func newAdditive(s space.Space, archs []space.Arch) additive {
	m := additive{width: 1}
	for _, d := range s.Decisions() {
		m.first, m.sizes = append(m.first, m.width), append(m.sizes, len(d.Choices))
		m.width += len(d.Choices)
	}
	for _, arch := range archs {
		row := []int{0}
		for d, k := range arch {
			row = append(row, m.first[d]+k)
		}
		m.rows = append(m.rows, row)
	}
	return m
}

func (m additive) times(x []float64) []float64 {
	out := make([]float64, len(m.rows))
	for i, row := range m.rows {
		for _, j := range row {
			out[i] += x[j]
		}
	}
	return out
}

func (m additive) transposed(y []float64) []float64 {
	out := make([]float64, m.width)
	for i, row := range m.rows {
		for _, j := range row {
			out[j] += y[i]
		}
	}
	return out
}

// fit names the solution.
func (m additive) fit(x, residual, values []float64) Fit {
	f := Fit{Intercept: x[0]}
	for d, first := range m.first {
		f.Weights = append(f.Weights, x[first:first+m.sizes[d]])
	}
	mean, total := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		total += (v - mean) * (v - mean)
	}
	f.R2 = 1
	if total > 0 {
		f.R2 = 1 - dot(residual, residual)/total
	}
	return f
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// add adds a multiple of b to a in place.
func add(a []float64, factor float64, b []float64) {
	for i := range a {
		a[i] += factor * b[i]
	}
}

// FitSeconds fits the recorded seconds of NAS-Bench-201's time file, CSV with a
// line of names: of training for 12 epochs on 50,000 images, and of the twelve
// tests on 10,000 that go with it.
func FitSeconds(times io.Reader) (train, test Fit, err error) {
	var archs []space.Arch
	var seconds [2][]float64
	names := []string{"arch", "c10_train_seconds_12", "c10_test_seconds_12"}
	err = eachRow(times, names, func(fields []string) error {
		arch, err := ParseNB201(fields[0])
		if err != nil {
			return err
		}
		archs = append(archs, arch)
		for i, text := range fields[1:] {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v > 0) || math.IsInf(v, 0) {
				return fmt.Errorf("%s is %.20q, want seconds above 0", names[i+1], text)
			}
			seconds[i] = append(seconds[i], v)
		}
		return nil
	})
	if err != nil {
		return Fit{}, Fit{}, err
	}
	if train, err = FitAdditive(NB201(), archs, seconds[0]); err != nil {
		return Fit{}, Fit{}, err
	}
	test, err = FitAdditive(NB201(), archs, seconds[1])
	return train, test, err
}

// addSeconds predicts the seconds of a query for all architectures.
func (t *Table) addSeconds(times io.Reader) error {
	train, test, err := FitSeconds(times)
	if err != nil {
		return fmt.Errorf("the file of times: %w", err)
	}
	t.columns = append(t.columns, Column{ColumnSeconds, UnitSeconds, secondsDecimals})
	column := make([]int32, t.Size())
	for i := range column {
		column[i] = unset
	}
	t.values = append(t.values, column)
	for i := range column {
		arch := t.Arch(i)
		v := trainShare*train.Predict(arch) + testShare*test.Predict(arch)
		if !(v > 0) {
			return fmt.Errorf("bench: the times predict %g s for architecture %v, want more than 0", v, arch)
		}
		if err := t.set(len(t.values)-1, i, v); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return nil
}
