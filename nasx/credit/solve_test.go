package credit_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"naslab.dev/nasx/credit"
)

// learnerFunc is a learner that is one function.
type learnerFunc func() error

func (f learnerFunc) Learn([]float64, []int, credit.Episode) error { return f() }

// A run that nobody waits for any more ends after the episode that it is in.
func TestSolvingEndsWithItsContext(t *testing.T) {
	task, err := credit.First(3)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	episodes := 0
	_, _, err = credit.SolveSeeds(ctx, 1, 1000, func(uint64) (credit.Task, credit.Learner, error) {
		return task, learnerFunc(func() error {
			if episodes++; episodes == 5 {
				cancel()
			}
			return nil
		}), nil
	})
	if !errors.Is(err, context.Canceled) || episodes != 5 {
		t.Errorf("got error %v after %d episodes, want that it was cancelled in the fifth", err, episodes)
	}
}

func TestSolvingRefusesWhatMakesNoSense(t *testing.T) {
	task, err := credit.First(3)
	if err != nil {
		t.Fatal(err)
	}
	setup := func(uint64) (credit.Task, credit.Learner, error) {
		return task, learnerFunc(func() error { return nil }), nil
	}
	for _, n := range [][2]int{{-1, 5}, {0, 5}, {1, 0}} {
		if _, _, err := credit.SolveSeeds(t.Context(), n[0], n[1], setup); err == nil {
			t.Errorf("%d seeds with %d episodes: no error", n[0], n[1])
		}
	}
	for _, rule := range []credit.ActionValues{
		{StepSize: 0}, {StepSize: math.NaN()}, {StepSize: 0.1, Lambda: 2}, {StepSize: 2},
	} {
		if _, _, err := credit.Solve(t.Context(), task, rule, 1, 9); err == nil {
			t.Errorf("learner %+v: no error", rule)
		}
	}
}
