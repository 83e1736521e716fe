package finished

import (
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

func final(parent, rule, argmax, entropy float64) Search {
	return Search{Final: Final{
		Search: parent, Child: Child{DARTSRule: rule, ArgmaxRule: argmax},
		Entropy: map[string]float64{"normal": entropy, "reduce": entropy},
	}}
}

// The numbers touch every bound; one step past it and the criterion fails.
func TestCriteriaAtTheirBounds(t *testing.T) {
	mixing := []Search{final(.9, .6, .6, 2), final(.9, .6, .6, 2)}
	sampling := []Search{final(.93, .9, .9, 1.9), final(.95, .92, .92, 2)}
	early := []float64{.9, .9}
	for i, c := range criteria(mixing, sampling, early, []float64{.94, .9}) {
		if !c.Holds {
			t.Errorf("criterion %d, %s: does not hold at its bound: %+v", i, c.Claim, c)
		}
	}
	mixing[1] = final(.97, .6701, .6701, 2)
	sampling = []Search{final(.97, .9399, .9399, 1.95), final(.9301, .9, .9, 1.9501)}
	mixing[0].Final.Search = .79
	for i, c := range criteria(mixing, sampling, early, []float64{.94, .9001}) {
		if c.Holds {
			t.Errorf("criterion %d, %s: holds past its bound: %+v", i, c.Claim, c)
		}
	}
}

// searcher makes steps that measure an accuracy at the end of an epoch.
type searcher struct{ step int }

func (s *searcher) Step() (search.Trace, error) {
	s.step++
	return search.Trace{Step: s.step, Scalars: map[string]float64{search.ScalarSearchAccuracy: float64(s.step) / 100}}, nil
}

func (s *searcher) Best() (space.Arch, error) { return nil, nil }

func TestFinishedSearchesAreFound(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	none, err := All("darts")
	if err != nil || len(none) != 0 {
		t.Fatalf("got %v, %v, want no search and no error where nothing was made", none, err)
	}
	folder, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"darts-1", "darts-3"} {
		dir := filepath.Join(folder, name)
		w, err := run.Create(dir, search.Description{Method: "darts", Label: "DARTS"})
		if err != nil {
			t.Fatal(err)
		}
		s := &searcher{}
		for range 4 {
			if _, err := w.Step(s); err != nil {
				t.Fatal(err)
			}
		}
		if name == "darts-3" { // the other one was interrupted
			if err := w.Put("summary", Final{Search: 0.5, TestImages: 497}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	found, err := All("darts")
	if err != nil || len(found) != 1 || found[0].Seed != 3 || found[0].Steps != 4 || found[0].Final.Search != 0.5 {
		t.Fatalf("got %+v, %v, want seed 3 alone", found, err)
	}
	if v, err := found[0].At(search.ScalarSearchAccuracy, 3); err != nil || v != 0.03 {
		t.Errorf("at step 3: got %v, %v, want 0.03", v, err)
	}
	if _, err := found[0].At(search.ScalarSearchAccuracy, 5); err == nil {
		t.Error("step 5 has a value, want an error")
	}
	r, err := Or(gone{}, "darts")
	if err != nil || len(r.Traces) != 4 || r.About.Label != "DARTS" {
		t.Errorf("got %+v, %v, want the four traces of the finished search", r, err)
	}
	if _, err := Or(gone{}, "snas"); err == nil {
		t.Error("neither a finished search nor a session: want an error")
	}
}

// gone is a session that cannot be reached.
type gone struct{}

func (gone) Name() string                                    { return "gone" }
func (gone) Status() (client.Status, error)                  { return client.Status{}, os.ErrNotExist }
func (gone) Traces(string, int, int) ([]client.Trace, error) { return nil, os.ErrNotExist }

func TestOnlyCommonSeedsAreCompared(t *testing.T) {
	ours, theirs := common([]Search{{Seed: 1}, {Seed: 2}}, []Search{{Seed: 2}, {Seed: 3}})
	if len(ours) != 1 || len(theirs) != 1 || ours[0].Seed != 2 || theirs[0].Seed != 2 {
		t.Errorf("got %v and %v, want seed 2 of both", seeds(ours), seeds(theirs))
	}
}
