// Package searchtest holds any searcher to the contract of [search.Stateful].
// It is for tests and knows no method, space or benchmark.
package searchtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"naslab.dev/nasx/search"
)

// half is how many steps are made before a state is saved, and after.
const half = 10

// Resumes holds a searcher to what saving and loading promise, bit for bit:
// twenty steps are ten, save, load into another searcher, and ten more;
// looking between two steps changes nothing; and the state of step 0 restores
// the beginning. build returns a fresh searcher at step 0, the same each time;
// it is called four times.
func Resumes(t *testing.T, build func(t *testing.T) search.Searcher) {
	t.Helper()
	whole, err := advance(build(t), 2*half)
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range facts {
		t.Run(fact.name, func(t *testing.T) {
			start := func() search.Searcher { return build(t) }
			if err := fact.check(start, whole); err != nil {
				t.Error(err)
			}
		})
	}
}

// facts are checked against the traces of twenty steps without a break.
var facts = []struct {
	name  string
	check func(start func() search.Searcher, whole []string) error
}{
	{"twenty steps are ten, save, load and ten", tenAndTen},
	{"looking changes nothing and the state of step 0 restores the beginning", lookAndRestart},
}

// tenAndTen saves after half of the steps and goes on in another searcher, which
// has been elsewhere: loading replaces all that was there. What was saved must
// not change with the search that it was taken from.
func tenAndTen(start func() search.Searcher, whole []string) error {
	first, err := stateful(start())
	if err != nil {
		return err
	}
	parts, err := advance(first, half)
	if err != nil {
		return err
	}
	state, err := first.State()
	if err != nil {
		return fmt.Errorf("state after %d steps: %w", half, err)
	}
	if _, err := advance(first, half/2); err != nil {
		return err
	}
	second, err := stateful(start())
	if err != nil {
		return err
	}
	if _, err := advance(second, half/3); err != nil {
		return err
	}
	if err := second.SetState(state); err != nil {
		return fmt.Errorf("loading the state of step %d: %w", half, err)
	}
	rest, err := advance(second, half)
	if err != nil {
		return err
	}
	return compare("saved and loaded after step 10", append(parts, rest...), whole)
}

// lookAndRestart looks after every step, then goes back to the beginning.
func lookAndRestart(start func() search.Searcher, whole []string) error {
	s, err := stateful(start())
	if err != nil {
		return err
	}
	origin, err := s.State()
	if err != nil {
		return fmt.Errorf("state of step 0: %w", err)
	}
	var watched []string
	for range half {
		line, err := advance(s, 1)
		if err != nil {
			return err
		}
		watched = append(watched, line...)
		if err := look(s); err != nil {
			return err
		}
	}
	if err := compare("looked at after every step", watched, whole[:half]); err != nil {
		return err
	}
	if err := s.SetState(origin); err != nil {
		return fmt.Errorf("loading the state of step 0: %w", err)
	}
	again, err := advance(s, half)
	if err != nil {
		return err
	}
	return compare("brought back to step 0", again, whole[:half])
}

// statefulSearcher is a searcher that can be saved.
type statefulSearcher interface {
	search.Searcher
	search.Stateful
}

// stateful says where a searcher cannot be saved.
func stateful(s search.Searcher) (statefulSearcher, error) {
	if saved, ok := s.(statefulSearcher); ok {
		return saved, nil
	}
	return nil, fmt.Errorf("%T has no State and SetState, want both", s)
}

// look asks for everything that can be asked between two steps, except for the
// accuracy on the test images, which takes long.
func look(s statefulSearcher) error {
	_, err := s.Best()
	_, stateErr := s.State()
	err = errors.Join(err, stateErr)
	if d, ok := s.(search.Describer); ok && d.Describe().Method == "" {
		err = errors.Join(err, errors.New("its description names no method"))
	}
	if t, ok := s.(search.Tunable); ok {
		t.Knobs()
	}
	if d, ok := s.(search.Deriver); ok {
		for _, rule := range []string{search.RuleDARTS, search.RuleArgmax} {
			if _, derived := d.Derive(rule); derived != nil {
				err = errors.Join(err, fmt.Errorf("network by the rule %q: %w", rule, derived))
			}
		}
	}
	return err
}

// advance makes steps and returns their traces as JSON, in which no two numbers
// are written alike.
func advance(s search.Searcher, steps int) ([]string, error) {
	var lines []string
	for range steps {
		trace, err := s.Step()
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(trace)
		if err != nil {
			return nil, fmt.Errorf("trace of step %d: %w", trace.Step, err)
		}
		lines = append(lines, string(line))
	}
	return lines, nil
}

// compare returns the first step whose trace differs.
func compare(how string, got, want []string) error {
	for i := range want {
		if got[i] != want[i] {
			return fmt.Errorf("a search that was %s differs at step %d:\n got %s\nwant %s", how, i+1, got[i], want[i])
		}
	}
	return nil
}
