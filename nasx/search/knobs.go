package search

import (
	"fmt"
)

// ByHand are the values of knobs that a person has set, by name; a knob without
// one follows its schedule. The zero value is empty. A ByHand is never changed:
// [ByHand.With] returns another one.
type ByHand map[string]float64

// Value returns what was set by hand, or else the scheduled value.
func (b ByHand) Value(name string, scheduled float64) float64 {
	if value, found := b[name]; found {
		return value
	}
	return scheduled
}

// With returns b with one value more. It fails where none of the knobs has this
// name, or the value is outside its bounds.
func (b ByHand) With(knobs []Knob, name string, value float64) (ByHand, error) {
	for _, knob := range knobs {
		if knob.Name != name {
			continue
		}
		if !(value >= knob.Min && value <= knob.Max) {
			return nil, fmt.Errorf("knob %s is set to %g, want %g to %g", name, value, knob.Min, knob.Max)
		}
		with := ByHand{name: value}
		for other, kept := range b {
			if other != name {
				with[other] = kept
			}
		}
		return with, nil
	}
	return nil, fmt.Errorf("knob %.40q is unknown", name)
}

// flags is what the name of the second tensor of a ByHand ends in.
const flags = "_set"

// State returns two tensors for the given knobs: under name their values, F64
// [knobs], and under name with "_set" I64 [knobs], 1 where a value was set.
func (b ByHand) State(name string, knobs []Knob) map[string]Tensor {
	values, set := make([]float64, len(knobs)), make([]int64, len(knobs))
	for i, knob := range knobs {
		if value, found := b[knob.Name]; found {
			values[i], set[i] = value, 1
		}
	}
	return map[string]Tensor{name: Float64Tensor(values), name + flags: Int64Tensor(set)}
}

// ReadByHand decodes what [ByHand.State] encodes.
func ReadByHand(state map[string]Tensor, name string, knobs []Knob) (ByHand, error) {
	values, err := Numbers(state, name, len(knobs))
	if err != nil {
		return nil, err
	}
	set, err := Wholes(state, name+flags, len(knobs))
	if err != nil {
		return nil, err
	}
	read := ByHand{}
	for i, knob := range knobs {
		if set[i] == 0 {
			continue
		}
		if read, err = read.With(knobs, knob.Name, values[i]); err != nil {
			return nil, err
		}
	}
	return read, nil
}
