package searchtest

import (
	"errors"
	"strings"
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// counter is a searcher whose reward is the sum of the steps made, and which can
// be broken in every way that the facts are about.
type counter struct {
	step, sum int
	kept      []byte // of the last state, where it is shared

	forgets, shares, moves, keeps bool
}

func (c *counter) Step() (search.Trace, error) {
	c.step++
	c.sum += c.step
	if c.kept != nil {
		c.kept[0]++
	}
	return search.Trace{Step: c.step, Scalars: map[string]float64{search.ScalarReward: float64(c.sum)}}, nil
}

func (c *counter) Best() (space.Arch, error) {
	if c.moves {
		c.sum++
	}
	return space.Arch{0}, nil
}

func (c *counter) State() (map[string]search.Tensor, error) {
	t := search.Int64Tensor([]int64{int64(c.step), int64(c.sum)})
	if c.shares {
		c.kept = t.Data
	}
	return map[string]search.Tensor{"counter": t}, nil
}

func (c *counter) SetState(state map[string]search.Tensor) error {
	values, err := state["counter"].Int64s()
	if err != nil || len(values) != 2 {
		return errors.Join(errors.New("no counter"), err)
	}
	if c.keeps && values[0] == 0 {
		return nil
	}
	c.step = int(values[0])
	if !c.forgets {
		c.sum = int(values[1])
	}
	return nil
}

func TestACounterResumes(t *testing.T) {
	Resumes(t, func(*testing.T) search.Searcher { return &counter{} })
}

func TestEveryFaultIsFound(t *testing.T) {
	whole, err := advance(&counter{}, 2*half)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, say string
		fact      int
		broken    counter
	}{
		{"a value that is not loaded", "saved and loaded after step 10 differs at step 11", 0, counter{forgets: true}},
		{"a state that goes on changing", "differs at step 11", 0, counter{shares: true}},
		{"looking that moves the search", "looked at after every step differs at step 2", 1, counter{moves: true}},
		{"a beginning that is not restored", "brought back to step 0 differs at step 1", 1, counter{keeps: true}},
	} {
		start := func() search.Searcher { c := tc.broken; return &c }
		if err := facts[tc.fact].check(start, whole); err == nil || !strings.Contains(err.Error(), tc.say) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.say)
		}
	}
	if _, err := stateful(unsaved{}); err == nil {
		t.Error("a searcher that cannot be saved: got no error")
	}
}

type unsaved struct{ search.Searcher }
