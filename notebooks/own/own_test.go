package own_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/notebooks/own"
)

func controller(t *testing.T, table *bench.Synthetic) *search.Driven {
	t.Helper()
	c, err := own.New(table.Space(), own.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return search.Drive(c, table, 40)
}

// Twenty steps are ten, a state, and ten more; every trace holds its equation
// and every row of probabilities sums to 1.
func TestItResumesAndExplains(t *testing.T) {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	whole, resumed := controller(t, table), controller(t, table)
	for step := 1; step <= 20; step++ {
		want, err := whole.Step()
		if err != nil {
			t.Fatal(err)
		}
		if err := want.CheckFormula(1e-12); err != nil {
			t.Error(err)
		}
		for d, row := range want.Probs {
			sum := 0.0
			for _, p := range row {
				sum += p
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Errorf("step %d, decision %d: probabilities sum to %v", step, d, sum)
			}
		}
		got, err := resumed.Step()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("step %d differs: %s", step, diff)
		}
		if step == 10 {
			state, err := resumed.State()
			if err != nil {
				t.Fatal(err)
			}
			resumed = controller(t, table)
			if err := resumed.SetState(state); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestBadSettingsAndStates(t *testing.T) {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []own.Config{
		{Elite: 0, Rate: .1}, {Elite: 1, Rate: 0}, {Elite: 1, Rate: math.NaN()}, {Elite: 1, Rate: 2},
	} {
		if _, err := own.New(table.Space(), cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
	c, err := own.New(table.Space(), own.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if c.SetState(map[string]search.Tensor{}) == nil {
		t.Error("an empty state was taken")
	}
}
