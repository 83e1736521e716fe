package lab_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// compiled is a fake that takes its time before the first step.
type compiled struct {
	*fake
	space string
	took  time.Duration
}

func (c *compiled) Prepare(report func(string)) error {
	report("a graph")
	time.Sleep(c.took)
	return nil
}

func (c *compiled) Describe() search.Description {
	d := c.fake.Describe()
	schedule := map[string]any{"Seed": c.seed, "Epochs": c.steps}
	d.Config = map[string]any{"seed": c.seed, "network": c.space, "search": schedule}
	return d
}

// Another seed and another length are compiled to the same program, so the
// session says how long that took; another network is told an estimate.
func TestCompilingSaysHowLongItTookTheLastTime(t *testing.T) {
	fresh(t)
	cache := t.TempDir()
	t.Setenv("NASX_CACHE", cache)
	const took = 400 * time.Millisecond
	for _, c := range []struct {
		name         string
		seed         uint64
		steps        int
		space        string
		known, alike bool
	}{
		{"the first time", 1, 1000, "small", false, false},
		{"with another seed and length", 7, 20, "small", true, false},
		{"with another network", 7, 20, "large", true, true},
	} {
		s, err := lab.TryOpen("test", func() ([]search.Searcher, error) {
			f := newFake("a", lab.Seed(c.seed))
			f.steps = c.steps
			return []search.Searcher{&compiled{f, c.space, took}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { _, err := s.Step(1); done <- err }()
		got := waitFor(t, s, "compiling", func(st lab.Status) bool {
			return st.State == client.StateCompiling && st.Compiling.What == "a graph"
		}).Compiling
		if got.Restoring {
			t.Errorf("%s: a search that compiles is said to be restored", c.name)
		}
		if known := got.LastSeconds > 0; known != c.known || got.Alike != c.alike {
			t.Errorf("%s: got %+v, want known %v, alike %v", c.name, got, c.known, c.alike)
		}
		if c.known && (got.LastSeconds < took.Seconds() || got.LastSeconds > 10*took.Seconds()) {
			t.Errorf("%s: got %.2f s as the last time, want %v or a little more", c.name, got.LastSeconds, took)
		}
		must(t, 0)(<-done)
		must(t, 0)(s.Stop())
	}
}

// Beginning again builds searchers again: a page must not call that compiling.
func TestBuildingAgainIsNotCompiling(t *testing.T) {
	fresh(t)
	var builds atomic.Int64
	again := make(chan struct{})
	s, err := lab.TryOpen("test", func() ([]search.Searcher, error) {
		if builds.Add(1) > 1 {
			<-again
		}
		return []search.Searcher{newFake("a", lab.Seed(1))}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Reset(2) }()
	waitFor(t, s, "building", func(st lab.Status) bool {
		return st.State == client.StateCompiling && st.Compiling.Restoring
	})
	close(again)
	if err := errors.Join(<-done, s.Stop()); err != nil {
		t.Error(err)
	}
}
