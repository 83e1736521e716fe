package main

import (
	"encoding/json"
	"math"
	"testing"
)

func TestCreditPrintsItsResult(t *testing.T) {
	for _, method := range []string{"td0", "mc", "tdlambda", "rudder"} {
		r := must(t, t.TempDir(), "credit", "--task", "first", "--delay", "10", "--method", method, "--seeds", "3", "--json")
		var got map[string]float64
		if err := json.Unmarshal([]byte(r.out), &got); err != nil {
			t.Fatalf("%s: %v in %q", method, err, r.out)
		}
		for _, name := range []string{"median_episodes", "mean_episodes", "sd_episodes", "capped"} {
			if _, ok := got[name]; !ok || len(got) != 4 {
				t.Errorf("%s: got %v, want four values with %s among them", method, got, name)
			}
		}
	}
}

func TestACappedRunCountsAsTheCap(t *testing.T) {
	r := must(t, t.TempDir(), "credit", "--delay", "20", "--method", "td0", "--seeds", "2", "--cap", "30", "--json")
	var got creditResult
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatal(err)
	}
	if want := (creditResult{Median: 30, Mean: 30, Capped: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// By hand: mean 4, deviations −3, −1, 4 with squares 9, 1, 16 over two.
func TestSpread(t *testing.T) {
	got := spreadOf([]float64{8, 1, 3})
	if got.Median != 3 || got.Mean != 4 || !(math.Abs(got.SD-math.Sqrt(13)) <= 1e-12) {
		t.Errorf("got %+v, want median 3, mean 4, sd √13", got)
	}
	if got := spreadOf([]float64{4, 2}); got.Median != 3 {
		t.Errorf("median of 4 and 2 is %g, want 3", got.Median)
	}
}
