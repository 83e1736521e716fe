package search

import (
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/space"
)

// ArchTensor encodes an architecture, one whole number per decision.
func ArchTensor(arch space.Arch) Tensor {
	values := make([]int64, len(arch))
	for d, k := range arch {
		values[d] = int64(k)
	}
	return Int64Tensor(values)
}

// Arch decodes what [ArchTensor] encodes.
func (t Tensor) Arch() (space.Arch, error) {
	values, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	arch := make(space.Arch, len(values))
	for d, v := range values {
		if v < 0 || v > math.MaxInt32 {
			return nil, fmt.Errorf("search: tensor has the choice %d at decision %d, want one from 0", v, d)
		}
		arch[d] = int(v)
	}
	return arch, nil
}

// RowsTensor encodes a matrix, ragged or not, as one vector.
func RowsTensor(rows [][]float64) Tensor {
	return Float64Tensor(slices.Concat(rows...))
}

// IntoRows decodes what [RowsTensor] encodes into rows of the shape they have.
func (t Tensor) IntoRows(rows [][]float64) error {
	values, err := t.Float64s()
	if err != nil {
		return err
	}
	want := 0
	for _, row := range rows {
		want += len(row)
	}
	if len(values) != want {
		return fmt.Errorf("search: tensor has %d numbers, want %d", len(values), want)
	}
	for _, row := range rows {
		values = values[copy(row, values):]
	}
	return nil
}
