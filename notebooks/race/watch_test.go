package race_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/race"
)

// stubborn proposes one architecture.
type stubborn struct {
	search.Controller
	arch space.Arch
}

func (s stubborn) Propose(int) (space.Arch, error) { return s.arch, nil }

func TestRegretIsTheGapToTheBestOfTheTable(t *testing.T) {
	arch := space.Arch{0, 1, 2, 3, 4, 0}
	entrants := played("stubborn", func(c search.Controller) search.Controller { return stubborn{c, arch} })
	lines, err := race.Regrets(entrants, 3, 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || len(lines[0].Gaps) != 3 || len(lines[0].Gaps[0]) != 5 {
		t.Fatalf("got %v, want one line of three seeds and five queries", lines)
	}
	accuracy, best := lookUp(t, arch)
	for _, gaps := range lines[0].Gaps {
		for _, gap := range gaps {
			if want := best - accuracy; !(math.Abs(gap-want) <= 1e-15) {
				t.Errorf("gap is %g, want %g", gap, want)
			}
		}
	}
}

// An entrant has the colour of the method that its controller says it is.
func TestARegretHasTheColourOfItsMethod(t *testing.T) {
	for want, e := range map[string]race.Entrant{
		"tabular": race.Reinforce(), "evolution": race.Evolution(), "random": race.Random(), "suspect": race.Suspect(),
	} {
		lines, err := race.Regrets([]race.Entrant{e}, 1, 2)
		if err != nil || lines[0].Method != want {
			t.Errorf("%s: got %v, %v, want the method %s", e.Name, lines, err, want)
		}
	}
}

func TestARecordHasEveryStep(t *testing.T) {
	run, err := race.Record(race.Suspect(), 3, 20)
	if err != nil {
		t.Fatal(err)
	}
	if run.About.Method != "suspect" || run.About.Seed != 3 || len(run.Traces) != 20 || run.Traces[19].Step != 20 {
		t.Errorf("got %d steps of %+v, want 20 of the suspect with seed 3", len(run.Traces), run.About)
	}
}
