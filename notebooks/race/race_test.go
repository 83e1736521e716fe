package race_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/race"
)

// fixed names one architecture whatever it sees.
type fixed struct {
	search.Controller
	arch space.Arch
}

func (f fixed) Best() (space.Arch, error) { return f.arch, nil }

// played is an entrant that is random search but for what change replaces.
func played(name string, change func(search.Controller) search.Controller) []race.Entrant {
	return []race.Entrant{{Name: name, Make: func(s space.Space, seed uint64) (search.Controller, error) {
		c, err := random.New(s, random.Config{Seed: seed})
		return change(c), err
	}}}
}

// lookUp returns the accuracy of an architecture without noise, and the best one
// of the table.
func lookUp(t *testing.T, arch space.Arch) (accuracy, best float64) {
	t.Helper()
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	accuracy, err = table.Accuracy(arch)
	if err != nil {
		t.Fatal(err)
	}
	return accuracy, table.Best()
}

func TestARaceLooksUpWhatIsNamed(t *testing.T) {
	arch := space.Arch{0, 1, 2, 3, 4, 0}
	entrants := played("fixed", func(c search.Controller) search.Controller { return fixed{c, arch} })
	results, err := race.Run(entrants, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := lookUp(t, arch)
	for _, got := range results[0].Accuracies {
		if got != want {
			t.Errorf("got %v, want the table's %v without noise", got, want)
		}
	}
}

func TestVerdictsByHand(t *testing.T) {
	mean, err := race.Mean([]float64{1, 2, 3, 6}) // variance 14/3
	if mean != 3 || math.Abs(err-math.Sqrt(14./12)) > 1e-15 {
		t.Errorf("got %v ± %v, want 3 ± %v", mean, err, math.Sqrt(14./12))
	}
	one := race.Result{Accuracies: []float64{.9, .8, .7, .6}}
	for _, c := range []struct {
		other []float64
		want  string
	}{
		{[]float64{.9, .8, .7, .6}, "a tie"},
		{[]float64{.8, .7, .59, .5}, "better"},
		{[]float64{1, .7, .8, .5}, "a tie"},
		{[]float64{.91, .82, .71, .62}, "worse"},
	} {
		if got := race.Against(one, race.Result{Accuracies: c.other}); got.Verdict() != c.want {
			t.Errorf("against %v: %+v is %q, want %q", c.other, got, got.Verdict(), c.want)
		}
	}
	p := race.Against(one, race.Result{Accuracies: []float64{.9, .9, .6, .5}})
	if p.Better != 2 || p.Equal != 1 || p.Worse != 1 {
		t.Errorf("got %+v, want 2 better, 1 equal, 1 worse", p)
	}
}
