// Package credittest holds any rule of credit to what it promises about its state.
// It is for tests.
package credittest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/credit"
)

// Credits returns what a rule gives for the episodes from first to before last.
func Credits(
	t testing.TB, a credit.Assigner, episode func(n int) credit.Episode, first, last int,
) [][]float64 {
	t.Helper()
	var out [][]float64
	for n := first; n < last; n++ {
		c, err := a.Assign(episode(n))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// Resumes holds a rule to bit-for-bit saving and loading: twenty episodes are ten,
// save, load into another rule, and ten more; what was saved does not change with
// the rule; and the state of a new rule restores the beginning. build returns a new
// rule, the same each time.
func Resumes(t testing.TB, build func() credit.Assigner, episode func(n int) credit.Episode) {
	t.Helper()
	run := func(a credit.Assigner, first, last int) [][]float64 { return Credits(t, a, episode, first, last) }
	first, second := build(), build()
	want := run(build(), 0, 20)
	got := run(first, 0, 10)
	state := first.State()
	run(first, 90, 95)
	run(second, 70, 75)
	if err := second.SetState(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, append(got, run(second, 10, 20)...)); diff != "" {
		t.Errorf("%s (-whole +parts):\n%s", first.Name(), diff)
	}
	if err := second.SetState(build().State()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, run(second, 0, 20)); diff != "" {
		t.Errorf("%s (-fresh +emptied):\n%s", first.Name(), diff)
	}
}
