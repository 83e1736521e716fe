package snas

import "naslab.dev/nasx/search"

// State implements [search.Stateful].
func (s *Searcher) State() (map[string]search.Tensor, error) { return s.parent.State(s.Knobs()) }

// SetState implements [search.Stateful]. A state that does not fit changes
// nothing.
func (s *Searcher) SetState(state map[string]search.Tensor) error {
	return s.parent.SetState(state, s.Knobs())
}

const (
	maxRate        = 1   // learning rates and penalty weights above it only diverge
	maxTemperature = 100 // far above it samples are uniform
)

// Knobs implements [search.Tunable].
func (s *Searcher) Knobs() []search.Knob {
	at := s.now()
	return []search.Knob{
		{
			Name: search.ScalarTemperature, Label: "temperature λ", Value: at.temperature,
			Min: minTemperature, Max: maxTemperature,
		},
		{Name: search.ScalarWeightRate, Label: "lr w", Value: at.rate, Max: maxRate},
		{Name: search.ScalarArchRate, Label: "lr a", Value: at.archRate, Max: maxRate},
		{Name: search.ScalarResourceWeight, Label: "penalty η", Value: at.resourceWeight, Max: maxRate},
	}
}

// Set implements [search.Tunable].
func (s *Searcher) Set(name string, value float64) error { return s.parent.Set(s.Knobs(), name, value) }

// Describe implements [search.Describer].
func (s *Searcher) Describe() search.Description {
	size, _ := s.parent.Batches.Schedule()
	return s.parent.Describe(search.Description{
		Method: "snas", Label: "SNAS", Note: "samples one architecture a step", Seed: s.cfg.Seed, ImagesPerStep: size,
	}, s.cfg.Epochs, s.cfg)
}
