package lab_test

import (
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// TestPausedMeansThatNoStepIsBeingMade pauses inside a step of half a second:
// the session is called running until that step is finished.
func TestPausedMeansThatNoStepIsBeingMade(t *testing.T) {
	s := open(t, func() ([]search.Searcher, error) {
		a := newFake("a", 1)
		a.delay = 500 * time.Millisecond
		return []search.Searcher{a}, nil
	})
	if err := s.Run(0); err != nil {
		t.Fatal(err)
	}
	waitFor(t, s, "one step", func(st lab.Status) bool { return st.Step == 1 })
	time.Sleep(50 * time.Millisecond) // inside the second
	paused := make(chan error, 1)
	go func() { paused <- s.Pause() }()
	first := waitFor(t, s, "paused", func(st lab.Status) bool { return st.State == client.StatePaused })
	if err := <-paused; err != nil {
		t.Fatal(err)
	}
	time.Sleep(700 * time.Millisecond)
	if later := status(t, s); later.Step != first.Step || later.State != client.StatePaused {
		t.Errorf("called paused at step %d, then %s at step %d", first.Step, later.State, later.Step)
	}
}
