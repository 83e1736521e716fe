package darts_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

func TestTwentyStepsAreTenSavedAndTenMore(t *testing.T) {
	for name, change := range orders() {
		s := searcher(t, dtypes.Float32, change)
		steps(t, s, 5)
		if err := s.Set(search.ScalarArchRate, 0.03); err != nil {
			t.Fatal(err)
		}
		steps(t, s, 5)
		state, err := s.State()
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(steps(t, s, 10))
		if err != nil {
			t.Fatal(err)
		}
		resumed := searcher(t, dtypes.Float32, func(c *darts.Config) {
			if change != nil {
				change(c)
			}
		})
		if err := resumed.SetState(state); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(steps(t, resumed, 10))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: the resumed search differs: %s", name, diff)
		}
	}
}

func TestAStateThatDoesNotFitChangesNothing(t *testing.T) {
	s := searcher(t, dtypes.Float32, nil)
	steps(t, s, 1)
	good, err := s.State()
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
		if err := s.SetState(bad); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: got %v, want an error that names it", name, err)
		}
	}
	after, err := s.State()
	if err != nil || !cmp.Equal(good, after) {
		t.Errorf("the state changed, %v", err)
	}
}

func TestNaNStopsTheStepAndKeepsTheState(t *testing.T) {
	broken := &images{}
	s := searcherOn(t, broken, dtypes.Float32, nil)
	want := steps(t, searcher(t, dtypes.Float32, nil), 2)
	steps(t, s, 1)
	broken.broken = true
	_, err := s.Step()
	if !errors.Is(err, supernet.ErrNotFinite) || !strings.Contains(err.Error(), "step 2") ||
		!strings.Contains(err.Error(), "loss") {
		t.Errorf("got %v, want a sentence about the loss of step 2", err)
	}
	broken.broken = false
	tr, err := s.Step()
	if err != nil || !cmp.Equal(tr, want[1]) {
		t.Errorf("step 2 once the images are whole: %v, %s", err, cmp.Diff(tr, want[1]))
	}
}

// The last step of an epoch fails after its update: that is undone too.
func TestAStepThatFailsAtItsEndIsUndone(t *testing.T) {
	set := &images{}
	s := searcherOn(t, set, dtypes.Float32, nil)
	steps(t, s, perEpoch-1)
	set.gone = true
	if _, err := s.Step(); err == nil || !strings.Contains(err.Error(), "step 4") {
		t.Errorf("got %v, want an error that names step 4", err)
	}
	set.gone = false
	got := steps(t, s, 1)[0]
	want := steps(t, searcher(t, dtypes.Float32, nil), perEpoch)[perEpoch-1]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the step made again differs: %s", diff)
	}
}
