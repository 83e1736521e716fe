package relax

import (
	"errors"
	"fmt"
	"math"
)

// Add returns the sum of two matrices of the same shape as a new matrix.
func Add(a, b [][]float64) [][]float64 {
	out := zerosLike(a)
	for d, row := range a {
		for k, v := range row {
			out[d][k] = v + b[d][k]
		}
	}
	return out
}

// Flatten returns the entries of a matrix row by row.
func Flatten(rows [][]float64) []float64 {
	var flat []float64
	for _, row := range rows {
		flat = append(flat, row...)
	}
	return flat
}

// Unflatten is the inverse of [Flatten] for rows of equal width.
func Unflatten(flat []float64, rows, columns int) ([][]float64, error) {
	if rows < 0 || columns < 0 || len(flat) != rows*columns {
		return nil, fmt.Errorf("relax: %d numbers do not fill %d rows of %d", len(flat), rows, columns)
	}
	out := make([][]float64, rows)
	for d := range out {
		out[d] = append([]float64(nil), flat[d*columns:(d+1)*columns]...)
	}
	return out, nil
}

// errNotFinite is wrapped by [CheckFinite].
var errNotFinite = errors.New("not a finite number")

// CheckFinite returns an error that names the first entry of a matrix that is
// NaN or infinite, and nil if there is none.
func CheckFinite(name string, rows [][]float64) error {
	for d, row := range rows {
		for k, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s[%d][%d] is %g: %w", name, d, k, v, errNotFinite)
			}
		}
	}
	return nil
}

// zerosLike returns a matrix of zeros in the shape of rows.
func zerosLike(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for d, row := range rows {
		out[d] = make([]float64, len(row))
	}
	return out
}
