package lab_test

import (
	"math"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
)

// The seconds of a method are those of its own steps, also after a fork.
func TestCurvesTellTheSecondsOfTheSteps(t *testing.T) {
	const slow = 20 * time.Millisecond
	s := open(t, func() ([]search.Searcher, error) {
		a, b := newFake("a", 1), newFake("b", 1)
		b.delay = slow
		return []search.Searcher{a, b}, nil
	})
	must(t, lab.Range{})(second(s.Step(5)))
	seconds := func(method string, steps int) []float64 {
		t.Helper()
		c, err := s.Curves(method)
		if err != nil || len(c.Seconds) != steps {
			t.Fatalf("curves of %s have %d seconds (%v), want %d", method, len(c.Seconds), err, steps)
		}
		return c.Seconds
	}
	a, b := seconds("a", 5), seconds("b", 5)
	for n := range 5 {
		if least := slow.Seconds() * float64(n+1); b[n] < least || a[n] >= b[n] || (n > 0 && a[n] < a[n-1]) {
			t.Errorf("after step %d: a %.3f s, b %.3f s, want a below b and b at least %.3f", n+1, a[n], b[n], least)
		}
	}
	must(t, 0)(s.Fork(3, "twig"))
	must(t, lab.Range{})(second(s.Step(1)))
	if after := seconds("b", 4); math.Abs(after[2]-b[2]) > 1e-9 || after[3] < b[2]+slow.Seconds() {
		t.Errorf("after a fork at step 3 the seconds are %v, want those of %v and a step more", after, b[:3])
	}
}
