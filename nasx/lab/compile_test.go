package lab_test

import (
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
