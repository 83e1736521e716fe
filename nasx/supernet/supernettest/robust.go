package supernettest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/searchtest"
	"naslab.dev/nasx/supernet"
)

// Build starts a search at step 0 on a set; the same each time.
type Build func(t *testing.T, set *Images) search.Searcher

// Robust holds a method to what it promises about its state: it resumes bit for
// bit, also with knobs set by hand; a state that does not fit changes nothing; a
// NaN stops the step and keeps the state; and a step that fails at its end is
// undone. knobs are values to set after step 5; denied are parts of the images
// that the method must leave alone.
func Robust(t *testing.T, knobs map[string]float64, denied []string, build Build) {
	t.Helper()
	fresh := func() *Images { return &Images{Denied: denied} }
	t.Run("resumes", func(t *testing.T) {
		searchtest.Resumes(t, func(t *testing.T) search.Searcher { return build(t, fresh()) })
	})
	t.Run("keeps what was set by hand", func(t *testing.T) { keepsKnobs(t, knobs, build, fresh) })
	t.Run("refuses a state that does not fit", func(t *testing.T) { refuses(t, build(t, fresh())) })
	t.Run("NaN stops the step and keeps the state", func(t *testing.T) { stopsAtNaN(t, build, fresh) })
	t.Run("a step that fails at its end is undone", func(t *testing.T) { undoes(t, build, fresh) })
}

func keepsKnobs(t *testing.T, knobs map[string]float64, build Build, fresh func() *Images) {
	s := build(t, fresh())
	Steps(t, s, 5)
	for name, value := range knobs {
		if err := s.(search.Tunable).Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	Steps(t, s, 1)
	state, err := s.(search.Stateful).State()
	if err != nil {
		t.Fatal(err)
	}
	resumed := build(t, fresh())
	if err := resumed.(search.Stateful).SetState(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Steps(t, s, 3), Steps(t, resumed, 3)); diff != "" {
		t.Errorf("the resumed search differs: %s", diff)
	}
	for _, knob := range resumed.(search.Tunable).Knobs() {
		if want, set := knobs[knob.Name]; set && knob.Value != want {
			t.Errorf("knob %s is %g after loading, want %g", knob.Name, knob.Value, want)
		}
	}
}

func refuses(t *testing.T, s search.Searcher) {
	Steps(t, s, 1)
	saved := s.(search.Stateful)
	good, err := saved.State()
	if err != nil {
		t.Fatal(err)
	}
	for name := range good {
		bad := map[string]search.Tensor{}
		for other, tensor := range good {
			if other != name {
				bad[other] = tensor
			}
		}
		if err := saved.SetState(bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: got %v, want an error that names it", name, err)
		}
	}
	after, err := saved.State()
	if err != nil || !cmp.Equal(good, after) {
		t.Errorf("the state changed, %v", err)
	}
}

func stopsAtNaN(t *testing.T, build Build, fresh func() *Images) {
	set := fresh()
	s := build(t, set)
	want := Steps(t, build(t, fresh()), 2)
	Steps(t, s, 1)
	set.Broken = true
	_, err := s.Step()
	if !errors.Is(err, supernet.ErrNotFinite) || !strings.Contains(err.Error(), "step 2") ||
		!strings.Contains(err.Error(), "loss") {
		t.Errorf("got %v, want a sentence about the loss of step 2", err)
	}
	set.Broken = false
	tr, err := s.Step()
	if err != nil || !cmp.Equal(tr, want[1]) {
		t.Errorf("step 2 once the images are whole: %v, %s", err, cmp.Diff(tr, want[1]))
	}
}

// undoes looks at the last step of an epoch, which fails after its update.
func undoes(t *testing.T, build Build, fresh func() *Images) {
	set := fresh()
	s := build(t, set)
	Steps(t, s, PerEpoch-1)
	set.Gone = true
	if _, err := s.Step(); err == nil || !strings.Contains(err.Error(), "step 4") {
		t.Errorf("got %v, want an error that names step 4", err)
	}
	set.Gone = false
	got := Steps(t, s, 1)[0]
	want := Steps(t, build(t, fresh()), PerEpoch)[PerEpoch-1]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the step made again differs: %s", diff)
	}
}
