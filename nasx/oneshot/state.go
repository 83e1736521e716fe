package oneshot

import (
	"fmt"
	"maps"

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
	stateKnobs  = "knobs"       // of [search.ByHand]
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
	maps.Copy(state, p.knobs.State(stateKnobs, knobs))
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
		flat, err := search.Numbers(state, name, rows*columns)
		if err != nil {
			return err
		}
		if *matrix, err = relax.Unflatten(flat, rows, columns); err != nil {
			return err
		}
	}
	for name, number := range map[string]*int{stateCount: &p.Moments.Count, stateStep: &p.Steps} {
		values, err := search.Counts(state, name, 1)
		if err != nil {
			return err
		}
		*number = values[0]
	}
	if p.knobs, err = search.ReadByHand(state, stateKnobs, knobs); err != nil {
		return err
	}
	p.Weights = weights
	return nil
}

// Set implements [search.Tunable] for the method's knobs.
func (p *Parent) Set(knobs []search.Knob, name string, value float64) error {
	with, err := p.knobs.With(knobs, name, value)
	if err != nil {
		return fmt.Errorf("%s: %w", p.method, err)
	}
	p.knobs = with
	return nil
}

// Tuned returns the value set by hand, or else the scheduled one.
func (p *Parent) Tuned(name string, scheduled float64) float64 { return p.knobs.Value(name, scheduled) }
