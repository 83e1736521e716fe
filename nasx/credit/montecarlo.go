package credit

import (
	"errors"
	"fmt"
	"math"
)

// MonteCarloConfig holds the settings of [MonteCarlo].
type MonteCarloConfig struct {
	Decay float64 `json:"decay"` // of the moving average of returns, 0 to below 1
}

// DefaultMonteCarloConfig returns a baseline that remembers some ten episodes.
func DefaultMonteCarloConfig() MonteCarloConfig { return MonteCarloConfig{Decay: 0.9} }

// MonteCarlo gives every decision the same credit, the return minus a moving
// average of the returns: the rule of plain REINFORCE [Williams92].
type MonteCarlo struct {
	mean movingMean
}

// NewMonteCarlo returns a rule that has seen no episode.
func NewMonteCarlo(cfg MonteCarloConfig) (*MonteCarlo, error) {
	if !(cfg.Decay >= 0 && cfg.Decay < 1) {
		return nil, fmt.Errorf("credit: baseline decay %g, want 0 to below 1", cfg.Decay)
	}
	return &MonteCarlo{movingMean{decay: cfg.Decay}}, nil
}

// Name implements [Assigner].
func (m *MonteCarlo) Name() string { return "Monte Carlo, G − b" }

// Assign implements [Assigner] with G − b for every decision. The baseline b
// has seen this return too, which only scales G − b: with the mean b' of the
// episodes before, after n of them and with the decay β,
//
//	G − b = β·(1 − βⁿ)/(1 − βⁿ⁺¹)·(G − b')
func (m *MonteCarlo) Assign(e Episode) ([]float64, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	baseline := m.mean.add(e.Return)
	out := make([]float64, len(e.Actions))
	for t := range out {
		out[t] = e.Return - baseline
	}
	return out, nil
}

// Baseline returns b, the average return so far; 0 before the first episode.
func (m *MonteCarlo) Baseline() float64 { return m.mean.value() }

// State implements [Assigner].
func (m *MonteCarlo) State() map[string][]float64 {
	return map[string][]float64{"baseline": {m.mean.average, m.mean.count}}
}

// SetState implements [Assigner].
func (m *MonteCarlo) SetState(state map[string][]float64) error {
	if err := Finite(state); err != nil {
		return err
	}
	b := state["baseline"]
	if len(b) != 2 || !(b[1] >= 0) {
		return errors.New("credit: state baseline is missing or wrong, want the average and the episodes")
	}
	m.mean.average, m.mean.count = b[0], b[1]
	return nil
}

// movingMean is an exponential moving average that is corrected for its start
// at 0.
type movingMean struct {
	decay, average, count float64
}

// add takes one value in and returns the mean with it.
func (m *movingMean) add(v float64) float64 {
	m.average = m.decay*m.average + (1-m.decay)*v
	m.count++
	return m.value()
}

func (m *movingMean) value() float64 {
	if m.count == 0 {
		return 0
	}
	return m.average / (1 - math.Pow(m.decay, m.count))
}
