package credit

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Episode is one architecture as a trajectory: one action per decision, and a
// reward only at the end.
type Episode struct {
	Actions []int   // [T], the choice of every decision, from 0
	Return  float64 // what the finished architecture was worth
}

// Assigner says how much every decision of an episode earned.
type Assigner interface {
	// Name is the rule in a few words, as shown beside the credit.
	Name() string

	// Assign learns from the episode and then returns [T] what multiplies
	// the gradient of ln π(a_t|s_t): positive where the decision helped.
	Assign(e Episode) (advantages []float64, err error)

	// State returns all that has been learned, as plain numbers that the
	// Assigner does not touch any more.
	State() map[string][]float64

	// SetState replaces all that has been learned by what State returned.
	SetState(map[string][]float64) error
}

// ErrEpisode marks an episode that no rule can use.
var ErrEpisode = errors.New("credit: unusable episode")

// Finite returns an error that names a part of a state which holds something
// else than finite numbers; no rule can go on from there.
func Finite(state map[string][]float64) error {
	for _, name := range slices.Sorted(maps.Keys(state)) {
		for i, v := range state[name] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("credit: number %d of state %s is %g, want a finite number", i, name, v)
			}
		}
	}
	return nil
}

// Check returns an error that wraps [ErrEpisode] for an episode without
// decisions, with a negative action, or with a return that is no finite number.
func (e Episode) Check() error {
	if len(e.Actions) == 0 {
		return fmt.Errorf("%w: it has no decisions, want at least one", ErrEpisode)
	}
	for t, a := range e.Actions {
		if a < 0 {
			return fmt.Errorf("%w: action %d is %d, want at least 0", ErrEpisode, t, a)
		}
	}
	if math.IsNaN(e.Return) || math.IsInf(e.Return, 0) {
		return fmt.Errorf("%w: its return is %g, want a finite number", ErrEpisode, e.Return)
	}
	return nil
}
