package oneshot

import (
	"fmt"
	"maps"
	"math"

	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
)

// Names of a state's tensors beside those of [supernet.Weights].
const (
	stateLogits = "arch/logits" // F64 [2E, K]
	stateFirst  = "arch/first"  // F64 [2E, K], first moment
	stateSecond = "arch/second" // F64 [2E, K], second moment
	stateCount  = "arch/count"  // I64, updates made
	stateStep   = "step"        // I64, steps made
	stateKnobs  = "knobs"       // F64 [knobs], values set by hand
	stateSet    = "knobs_set"   // I64 [knobs], 1 where a value was set
)

// State returns everything that a later step depends on. knobs are the method's.
func (p *Parent) State(knobs []search.Knob) (map[string]search.Tensor, error) {
	state, err := p.Weights.State()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.method, err)
	}
	rows, columns := len(p.Logits), len(p.Cells.Ops)
	for name, matrix := range map[string][][]float64{
		stateLogits: p.Logits, stateFirst: p.Moments.First, stateSecond: p.Moments.Second,
	} {
		state[name] = search.Float64Tensor(relax.Flatten(matrix), rows, columns)
	}
	state[stateCount] = search.Int64Tensor([]int64{int64(p.Moments.Count)})
	state[stateStep] = search.Int64Tensor([]int64{int64(p.Steps)})
	values, set := make([]float64, len(knobs)), make([]int64, len(knobs))
	for i, knob := range knobs {
		if value, found := p.knobs[knob.Name]; found {
			values[i], set[i] = value, 1
		}
	}
	state[stateKnobs], state[stateSet] = search.Float64Tensor(values), search.Int64Tensor(set)
	return state, nil
}

// SetState replaces everything that [Parent.State] returned; knobs are the
// method's. A state that does not fit changes nothing.
func (p *Parent) SetState(state map[string]search.Tensor, knobs []search.Knob) error {
	loaded := *p
	if err := loaded.load(state, knobs); err != nil {
		return fmt.Errorf("%s: state: %w", p.method, err)
	}
	*p = loaded
	return nil
}

// load replaces every part of the state, on a copy of the Parent.
func (p *Parent) load(state map[string]search.Tensor, knobs []search.Knob) error {
	weights, err := p.Engine.Restore(state)
	if err != nil {
		return err
	}
	rows, columns := len(p.Cells.Decisions()), len(p.Cells.Ops)
	for name, matrix := range map[string]*[][]float64{
		stateLogits: &p.Logits, stateFirst: &p.Moments.First, stateSecond: &p.Moments.Second,
	} {
		flat, err := floats(state, name, rows*columns)
		if err != nil {
			return err
		}
		if *matrix, err = relax.Unflatten(flat, rows, columns); err != nil {
			return err
		}
	}
	for name, number := range map[string]*int{stateCount: &p.Moments.Count, stateStep: &p.Steps} {
		values, err := whole(state, name, 1)
		if err != nil {
			return err
		}
		if values[0] < 0 || values[0] > math.MaxInt32 {
			return fmt.Errorf("tensor %q is %d, want a number of steps", name, values[0])
		}
		*number = int(values[0])
	}
	if err := p.loadKnobs(state, knobs); err != nil {
		return err
	}
	p.Weights = weights
	return nil
}

// loadKnobs replaces the values set by hand.
func (p *Parent) loadKnobs(state map[string]search.Tensor, knobs []search.Knob) error {
	values, err := floats(state, stateKnobs, len(knobs))
	if err != nil {
		return err
	}
	set, err := whole(state, stateSet, len(knobs))
	if err != nil {
		return err
	}
	p.knobs = map[string]float64{}
	for i, knob := range knobs {
		if set[i] == 0 {
			continue
		}
		if err := p.set(knobs, knob.Name, values[i]); err != nil {
			return err
		}
	}
	return nil
}

// floats reads n finite numbers of a state.
func floats(state map[string]search.Tensor, name string, n int) ([]float64, error) {
	values, err := read(state, name, n, search.Tensor.Float64s)
	if err != nil {
		return nil, err
	}
	return values, relax.CheckFinite(name, [][]float64{values})
}

// whole reads n whole numbers of a state.
func whole(state map[string]search.Tensor, name string, n int) ([]int64, error) {
	return read(state, name, n, search.Tensor.Int64s)
}

// read decodes a tensor of n numbers.
func read[T any](
	state map[string]search.Tensor, name string, n int, decode func(search.Tensor) ([]T, error),
) ([]T, error) {
	tensor, found := state[name]
	if !found {
		return nil, fmt.Errorf("no tensor %q", name)
	}
	values, err := decode(tensor)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if len(values) != n {
		return nil, fmt.Errorf("tensor %q has %d numbers, want %d", name, len(values), n)
	}
	return values, nil
}

// Set implements [search.Tunable] for the method's knobs.
func (p *Parent) Set(knobs []search.Knob, name string, value float64) error {
	if err := p.set(knobs, name, value); err != nil {
		return fmt.Errorf("%s: %w", p.method, err)
	}
	return nil
}

// set keeps a value that is allowed.
func (p *Parent) set(knobs []search.Knob, name string, value float64) error {
	for _, knob := range knobs {
		if knob.Name != name {
			continue
		}
		if !(value >= knob.Min && value <= knob.Max) {
			return fmt.Errorf("knob %s is set to %g, want %g to %g", name, value, knob.Min, knob.Max)
		}
		p.knobs = maps.Clone(p.knobs)
		p.knobs[name] = value
		return nil
	}
	return fmt.Errorf("knob %.40q is unknown", name)
}

// Tuned returns the value set by hand, or else the scheduled one.
func (p *Parent) Tuned(name string, scheduled float64) float64 {
	if value, found := p.knobs[name]; found {
		return value
	}
	return scheduled
}
