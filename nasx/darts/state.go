package darts

import "naslab.dev/nasx/search"

// State implements [search.Stateful].
func (s *Searcher) State() (map[string]search.Tensor, error) { return s.parent.State(s.Knobs()) }

// SetState implements [search.Stateful]. A state that does not fit changes
// nothing.
func (s *Searcher) SetState(state map[string]search.Tensor) error {
	return s.parent.SetState(state, s.Knobs())
}

const maxRate = 1 // learning rates above it only diverge

// Knobs implements [search.Tunable].
func (s *Searcher) Knobs() []search.Knob {
	at := s.now()
	return []search.Knob{
		{Name: search.ScalarWeightRate, Label: "lr w", Value: at.rate, Max: maxRate},
		{Name: search.ScalarArchRate, Label: "lr a", Value: at.archRate, Max: maxRate},
	}
}

// Set implements [search.Tunable].
func (s *Searcher) Set(name string, value float64) error { return s.parent.Set(s.Knobs(), name, value) }

// Describe implements [search.Describer].
func (s *Searcher) Describe() search.Description {
	size, _ := s.parent.Batches.Schedule()
	d := search.Description{
		Method: "darts", Label: "DARTS", Note: "first order, mixes all operations",
		Seed: s.cfg.Seed, ImagesPerStep: 2 * size,
	}
	if s.cfg.SecondOrder {
		d.Method, d.Label, d.Note = "darts2", "DARTS second order", "looks one weight step ahead, mixes all operations"
	}
	return s.parent.Describe(d, s.cfg.Epochs, s.cfg)
}
