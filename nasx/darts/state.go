package darts

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

// State implements [search.Stateful].
func (s *Searcher) State() (map[string]search.Tensor, error) {
	state, err := s.weights.State()
	if err != nil {
		return nil, fmt.Errorf("darts: %w", err)
	}
	rows, columns := len(s.logits), len(s.cells.Ops)
	for name, matrix := range map[string][][]float64{
		stateLogits: s.logits, stateFirst: s.moments.First, stateSecond: s.moments.Second,
	} {
		state[name] = search.Float64Tensor(relax.Flatten(matrix), rows, columns)
	}
	state[stateCount] = search.Int64Tensor([]int64{int64(s.moments.Count)})
	state[stateStep] = search.Int64Tensor([]int64{int64(s.step)})
	var values []float64
	var set []int64
	for _, knob := range s.Knobs() {
		value, found := s.knobs[knob.Name]
		values = append(values, value)
		set = append(set, 0)
		if found {
			set[len(set)-1] = 1
		}
	}
	state[stateKnobs], state[stateSet] = search.Float64Tensor(values), search.Int64Tensor(set)
	return state, nil
}

// SetState implements [search.Stateful]. A state that does not fit changes
// nothing.
func (s *Searcher) SetState(state map[string]search.Tensor) error {
	loaded := *s
	if err := loaded.load(state); err != nil {
		return fmt.Errorf("darts: state: %w", err)
	}
	*s = loaded
	return nil
}

// load replaces every part of the state, on a copy of the Searcher.
func (s *Searcher) load(state map[string]search.Tensor) error {
	weights, err := s.engine.Restore(state)
	if err != nil {
		return err
	}
	for name, matrix := range map[string]*[][]float64{
		stateLogits: &s.logits, stateFirst: &s.moments.First, stateSecond: &s.moments.Second,
	} {
		flat, err := floats(state, name, len(s.cells.Decisions())*len(s.cells.Ops))
		if err != nil {
			return err
		}
		if *matrix, err = relax.Unflatten(flat, len(s.cells.Decisions()), len(s.cells.Ops)); err != nil {
			return err
		}
	}
	for name, number := range map[string]*int{stateCount: &s.moments.Count, stateStep: &s.step} {
		values, err := whole(state, name, 1)
		if err != nil {
			return err
		}
		if values[0] < 0 || values[0] > math.MaxInt32 {
			return fmt.Errorf("tensor %q is %d, want a number of steps", name, values[0])
		}
		*number = int(values[0])
	}
	if err := s.loadKnobs(state); err != nil {
		return err
	}
	s.weights = weights
	return nil
}

// loadKnobs replaces the values set by hand.
func (s *Searcher) loadKnobs(state map[string]search.Tensor) error {
	knobs := s.Knobs()
	values, err := floats(state, stateKnobs, len(knobs))
	if err != nil {
		return err
	}
	set, err := whole(state, stateSet, len(knobs))
	if err != nil {
		return err
	}
	s.knobs = map[string]float64{}
	for i, knob := range knobs {
		if set[i] == 0 {
			continue
		}
		if err := s.Set(knob.Name, values[i]); err != nil {
			return err
		}
	}
	return nil
}

// floats reads n finite numbers of a state.
func floats(state map[string]search.Tensor, name string, n int) ([]float64, error) {
	tensor, found := state[name]
	if !found {
		return nil, fmt.Errorf("no tensor %q", name)
	}
	values, err := tensor.Float64s()
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if len(values) != n {
		return nil, fmt.Errorf("tensor %q has %d numbers, want %d", name, len(values), n)
	}
	return values, relax.CheckFinite(name, [][]float64{values})
}

// whole reads n whole numbers of a state.
func whole(state map[string]search.Tensor, name string, n int) ([]int64, error) {
	tensor, found := state[name]
	if !found {
		return nil, fmt.Errorf("no tensor %q", name)
	}
	values, err := tensor.Int64s()
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	if len(values) != n {
		return nil, fmt.Errorf("tensor %q has %d numbers, want %d", name, len(values), n)
	}
	return values, nil
}

// Knobs implements [search.Tunable].
func (s *Searcher) Knobs() []search.Knob {
	at := s.now()
	return []search.Knob{
		{Name: search.ScalarWeightRate, Label: "lr w", Value: at.rate, Max: maxRate},
		{Name: search.ScalarArchRate, Label: "lr a", Value: at.archRate, Max: maxRate},
	}
}

const maxRate = 1 // learning rates above it only diverge

// Set implements [search.Tunable].
func (s *Searcher) Set(name string, value float64) error {
	for _, knob := range s.Knobs() {
		if knob.Name != name {
			continue
		}
		if !(value >= knob.Min && value <= knob.Max) {
			return fmt.Errorf("darts: knob %s is set to %g, want %g to %g", name, value, knob.Min, knob.Max)
		}
		s.knobs = maps.Clone(s.knobs)
		s.knobs[name] = value
		return nil
	}
	return fmt.Errorf("darts: knob %.40q is unknown", name)
}

// tuned returns the value set by hand, or else the scheduled one.
func (s *Searcher) tuned(name string, scheduled float64) float64 {
	if value, found := s.knobs[name]; found {
		return value
	}
	return scheduled
}

// Describe implements [search.Describer].
func (s *Searcher) Describe() search.Description {
	size, perEpoch := s.batches.Schedule()
	d := search.Description{
		Method: "darts", Label: "DARTS", Note: "first order, mixes all operations",
		Seed: s.cfg.Seed, Steps: s.cfg.Epochs * perEpoch, StepsPerEpoch: perEpoch, ImagesPerStep: 2 * size,
		Config: struct {
			Search  Config `json:"search"`
			Network any    `json:"network"`
		}{s.cfg, s.engine.Network().Config()},
		Space: s.cells.Name(), Decisions: s.cells.Decisions(),
	}
	if s.cfg.SecondOrder {
		d.Method, d.Label, d.Note = "darts2", "DARTS second order", "looks one weight step ahead, mixes all operations"
	}
	if named, ok := s.batches.(interface{ Name() string }); ok {
		d.Data = named.Name()
	}
	return d
}
