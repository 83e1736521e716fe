package suspect_test

import (
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/searchtest"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/suspect"
)

func start(t *testing.T, seed uint64) (*suspect.Controller, *bench.Synthetic) {
	t.Helper()
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	cfg := suspect.DefaultConfig()
	cfg.Seed = seed
	c, err := suspect.New(table.Space(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, table
}

func TestResumes(t *testing.T) {
	searchtest.Resumes(t, func(t *testing.T) search.Searcher {
		c, table := start(t, 1)
		return search.Drive(c, table)
	})
}

// paid trains on a bandit with a known answer, the fourth choice of the first
// decision, and returns the probability of that choice at the end, as a mean
// over seeds. pay says whose reward a step gets.
func paid(t *testing.T, pay func(c *suspect.Controller, proposed space.Arch) space.Arch) float64 {
	t.Helper()
	const seeds, steps = 20, 300
	mean := 0.0
	for seed := range uint64(seeds) {
		c, _ := start(t, seed+1)
		var last search.Trace
		for step := 1; step <= steps; step++ {
			arch, err := c.Propose(step)
			if err != nil {
				t.Fatal(err)
			}
			reward := 0.0
			if pay(c, arch)[0] == 3 {
				reward = 1
			}
			if last, err = c.Learn(step, arch, reward); err != nil {
				t.Fatal(err)
			}
		}
		mean += last.Probs[0][3] / seeds
	}
	return mean
}

// The lesson needs its fault: paid as everybody pays, the controller learns
// nothing. And it needs this fault only: paid for the architecture that it
// credits, which its state names, it learns as well as package tabular.
func TestTheFaultIsWhoseRewardIsPaid(t *testing.T) {
	asProposed := paid(t, func(_ *suspect.Controller, proposed space.Arch) space.Arch { return proposed })
	if !(asProposed < 0.35) {
		t.Errorf("the right choice ends at probability %.3f, want about chance, 0.2", asProposed)
	}
	asCredited := paid(t, func(c *suspect.Controller, _ space.Arch) space.Arch {
		state, err := c.State()
		if err != nil {
			t.Fatal(err)
		}
		credited, err := state["arch"].Arch()
		if err != nil {
			t.Fatal(err)
		}
		return credited
	})
	if !(asCredited > 0.95) {
		t.Errorf("paid for what it credits, the right choice ends at probability %.3f, want above 0.95", asCredited)
	}
}

// What finds the fault in the lesson: the trace's own equation.
func TestTheEquationDoesNotAddUp(t *testing.T) {
	c, table := start(t, 1)
	d, wrong := search.Drive(c, table), 0
	for range 100 {
		tr, err := d.Step()
		if err != nil {
			t.Fatal(err)
		}
		if tr.CheckFormula(1e-9) != nil {
			wrong++
		}
	}
	if wrong < 95 {
		t.Errorf("the equation is wrong at %d of 100 steps, want nearly all", wrong)
	}
}
