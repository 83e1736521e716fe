package search_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/search"
)

var twoKnobs = []search.Knob{{Name: "rate", Max: 1}, {Name: "warmth", Min: 0.5, Max: 9}}

func TestWhatIsSetByHandStays(t *testing.T) {
	var none search.ByHand
	one, err := none.With(twoKnobs, "warmth", 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := one.Value("warmth", 7); got != 2 {
		t.Errorf("the value set is %g, want 2", got)
	}
	if got := none.Value("warmth", 7); got != 7 {
		t.Errorf("the value that was not set is %g, want the scheduled 7", got)
	}
	both, err := one.With(twoKnobs, "rate", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != 1 || both.Value("rate", 1) != 0 || both.Value("warmth", 7) != 2 {
		t.Errorf("got %v and then %v, want the second with both and the first as it was", one, both)
	}
}

func TestValuesOutOfBoundsAreRefused(t *testing.T) {
	for name, value := range map[string]float64{"rate": 1.1, "warmth": 0.4, "Rate": 0.1} {
		if _, err := (search.ByHand{}).With(twoKnobs, name, value); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = %g: got %v, want an error that names the knob", name, value, err)
		}
	}
	if _, err := (search.ByHand{}).With(twoKnobs, "rate", math.NaN()); err == nil {
		t.Error("a rate that is no number is taken, want an error")
	}
}

func TestValuesSetByHandAreSaved(t *testing.T) {
	want, err := (search.ByHand{}).With(twoKnobs, "rate", 0)
	if err != nil {
		t.Fatal(err)
	}
	state := want.State("knobs", twoKnobs)
	got, err := search.ReadByHand(state, "knobs", twoKnobs)
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("read %v (%v), want %v: 0 set by hand is not the same as nothing set", got, err, want)
	}
	for name := range state {
		rest := map[string]search.Tensor{}
		for other, tensor := range state {
			if other != name {
				rest[other] = tensor
			}
		}
		if _, err := search.ReadByHand(rest, "knobs", twoKnobs); err == nil || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("without %s: got %v, want an error that names it", name, err)
		}
	}
}

func TestNumbersOfAStateAreChecked(t *testing.T) {
	state := map[string]search.Tensor{
		"numbers": search.Float64Tensor([]float64{1, math.Inf(1)}), "counts": search.Int64Tensor([]int64{3, -1}),
	}
	for what, read := range map[string]func() error{
		`"absent"`:                       func() error { _, err := search.Numbers(state, "absent", search.Any); return err },
		`"numbers" has +Inf at 1`:        func() error { _, err := search.Numbers(state, "numbers", 2); return err },
		`"counts" has 2 numbers, want 3`: func() error { _, err := search.Wholes(state, "counts", 3); return err },
		`"counts" has -1 at 1`:           func() error { _, err := search.Counts(state, "counts", 2); return err },
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want %s in it", err, what)
		}
	}
	if got, err := search.Wholes(state, "counts", search.Any); err != nil || !cmp.Equal(got, []int64{3, -1}) {
		t.Errorf("got %v (%v), want both numbers", got, err)
	}
}
