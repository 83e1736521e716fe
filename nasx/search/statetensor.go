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

// Any is the length of a tensor that may have any number of elements.
const Any = -1

// Numbers reads n finite numbers of a state, or [Any] number of them. The error
// names the tensor.
func Numbers(state map[string]Tensor, name string, n int) ([]float64, error) {
	values, err := read(state, name, n, Tensor.Float64s)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if !finite(v) {
			return nil, fmt.Errorf("tensor %q has %g at %d, want a finite number", name, v, i)
		}
	}
	return values, nil
}

// Wholes reads n whole numbers of a state, or [Any] number of them. The error
// names the tensor.
func Wholes(state map[string]Tensor, name string, n int) ([]int64, error) {
	return read(state, name, n, Tensor.Int64s)
}

// Counts reads n numbers of steps of a state: whole and not negative.
func Counts(state map[string]Tensor, name string, n int) ([]int, error) {
	values, err := Wholes(state, name, n)
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(values))
	for i, v := range values {
		if v < 0 || v > math.MaxInt32 {
			return nil, fmt.Errorf("tensor %q has %d at %d, want a number of steps", name, v, i)
		}
		counts[i] = int(v)
	}
	return counts, nil
}

// read decodes a tensor of a state.
func read[T any](state map[string]Tensor, name string, n int, decode func(Tensor) ([]T, error)) ([]T, error) {
	tensor, found := state[name]
	if !found {
		return nil, fmt.Errorf("no tensor %q", name)
	}
	values, err := decode(tensor)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if n != Any && len(values) != n {
		return nil, fmt.Errorf("tensor %q has %d numbers, want %d", name, len(values), n)
	}
	return values, nil
}
