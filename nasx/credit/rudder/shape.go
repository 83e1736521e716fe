package rudder

import "fmt"

// shape says which input stands for which choice of which decision.
type shape struct {
	choices []int // [T]
	offsets []int // [T], input of every decision's first choice
	size    int   // inputs in all
}

func newShape(choices []int) (*shape, error) {
	s := &shape{choices: append([]int(nil), choices...)}
	if len(choices) == 0 {
		return nil, fmt.Errorf("rudder: no decisions, want at least one")
	}
	for t, n := range choices {
		if n < 1 {
			return nil, fmt.Errorf("rudder: decision %d has %d choices, want at least 1", t, n)
		}
		s.offsets = append(s.offsets, s.size)
		s.size += n
	}
	return s, nil
}

// columns returns the input that every action sets to 1, [T].
func (s *shape) columns(actions []int) ([]int, error) {
	if len(actions) != len(s.choices) {
		return nil, fmt.Errorf("rudder: episode has %d decisions, want %d", len(actions), len(s.choices))
	}
	out := make([]int, len(actions))
	for t, a := range actions {
		if a < 0 || a >= s.choices[t] {
			return nil, fmt.Errorf("rudder: action %d is %d, want 0 to %d", t, a, s.choices[t]-1)
		}
		out[t] = s.offsets[t] + a
	}
	return out, nil
}
