package flat

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/search"
)

// Weights are a network's weights and the momentum of their optimizer, both [P], on
// the device.
type Weights struct {
	Flat, Velocity *tensors.Tensor
	layout         *Layout
}

// Weights returns weights with given values [P] and no momentum.
func (l *Layout) Weights(dtype dtypes.DType, values []float64) Weights {
	return Weights{
		Flat:     Tensor(dtype, values, l.size),
		Velocity: Tensor(dtype, make([]float64, l.size), l.size),
		layout:   l,
	}
}

// Names of the two groups of tensors in a state.
const (
	stateWeights  = "weights/"
	stateMomentum = "momentum/"
)

// State returns every parameter and its momentum as "weights/NAME" and
// "momentum/NAME".
func (w Weights) State() (map[string]search.Tensor, error) {
	state := make(map[string]search.Tensor, 2*len(w.layout.params))
	for prefix, t := range map[string]*tensors.Tensor{stateWeights: w.Flat, stateMomentum: w.Velocity} {
		err := t.ConstFlatData(func(flat any) {
			for _, p := range w.layout.params {
				switch values := flat.(type) {
				case []float32:
					state[prefix+p.Name] = search.Float32Tensor(values[p.Offset:p.Offset+p.Size()], p.Shape...)
				case []float64:
					state[prefix+p.Name] = search.Float64Tensor(values[p.Offset:p.Offset+p.Size()], p.Shape...)
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("reading weights: %w", err)
		}
	}
	return state, nil
}

// Restore puts weights back from a state; other tensors in it are ignored.
func (l *Layout) Restore(dtype dtypes.DType, state map[string]search.Tensor) (Weights, error) {
	w := Weights{layout: l}
	for prefix, t := range map[string]**tensors.Tensor{stateWeights: &w.Flat, stateMomentum: &w.Velocity} {
		flat := make([]float64, l.size)
		for _, p := range l.params {
			values, err := decode(state, prefix+p.Name, p.Shape)
			if err != nil {
				return Weights{}, err
			}
			copy(flat[p.Offset:], values)
		}
		*t = Tensor(dtype, flat, l.size)
	}
	return w, nil
}

// decode reads one parameter of a state, in either float type (float32 values pass
// through float64 unchanged).
func decode(state map[string]search.Tensor, name string, shape []int) ([]float64, error) {
	t, found := state[name]
	if !found {
		return nil, fmt.Errorf("state has no tensor %q", name)
	}
	if fmt.Sprint(t.Shape) != fmt.Sprint(shape) {
		return nil, fmt.Errorf("tensor %q has shape %v, want %v", name, t.Shape, shape)
	}
	var values []float64
	var err error
	if t.DType == search.F64 {
		values, err = t.Float64s()
	} else {
		var narrow []float32
		narrow, err = t.Float32s()
		for _, v := range narrow {
			values = append(values, float64(v))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	return values, nil
}
