package random_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/random"
)

// start returns a fresh search on the synthetic benchmark.
func start(t *testing.T) *search.Driven {
	t.Helper()
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	c, err := random.New(table.Space(), random.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return search.Drive(c, table)
}

// advance makes steps and returns their traces as JSON, one a line.
func advance(t *testing.T, d *search.Driven, steps int) string {
	t.Helper()
	lines := ""
	for range steps {
		tr, err := d.Step()
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(tr)
		if err != nil {
			t.Fatal(err)
		}
		lines += string(line) + "\n"
	}
	return lines
}

func TestTwentyStepsAreTenSaveLoadAndTen(t *testing.T) {
	whole := advance(t, start(t), 20)
	first := start(t)
	parts := advance(t, first, 10)
	state, err := first.State()
	if err != nil {
		t.Fatal(err)
	}
	advance(t, first, 5) // what is saved does not change with the search
	second := start(t)
	advance(t, second, 3) // loading replaces all that was there
	if err := second.SetState(state); err != nil {
		t.Fatal(err)
	}
	parts += advance(t, second, 10)
	if diff := cmp.Diff(whole, parts); diff != "" {
		t.Errorf("(-whole +parts):\n%s", diff)
	}
}

func TestEmptyStateRestoresTheBeginning(t *testing.T) {
	state, err := start(t).State()
	if err != nil {
		t.Fatal(err)
	}
	d := start(t)
	advance(t, d, 12)
	if err := d.SetState(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(advance(t, start(t), 12), advance(t, d, 12)); diff != "" {
		t.Errorf("(-fresh +restored):\n%s", diff)
	}
}

// Looking between two steps changes nothing.
func TestLookingChangesNothing(t *testing.T) {
	plain, watched := start(t), start(t)
	for range 12 {
		want := advance(t, plain, 1)
		if diff := cmp.Diff(want, advance(t, watched, 1)); diff != "" {
			t.Fatalf("(-plain +watched):\n%s", diff)
		}
		if _, err := watched.Best(); err != nil {
			t.Fatal(err)
		}
		if _, err := watched.State(); err != nil {
			t.Fatal(err)
		}
		if watched.Describe().Method != "random" {
			t.Fatalf("method is %q, want random", watched.Describe().Method)
		}
	}
}
