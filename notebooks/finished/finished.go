// Package finished reads the long searches that `make gates` made and kept, so
// that a lesson can show fifty epochs of three seeds without repeating them.
package finished

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"naslab.dev/nasx/run"
	"naslab.dev/viz"
	"naslab.dev/viz/nb"
)

// Seeds are the seeds that `make gates` searches with.
var Seeds = []uint64{1, 2, 3}

// Search is one finished search.
type Search struct {
	Method string
	Seed   uint64
	Dir    string // its run directory
	Steps  int    // updates made
	Final  Final  // on the test images, after the last update
}

// Final is what a search measured of itself at its end: accuracies as
// fractions of the test images, children with inherited weights.
type Final struct {
	Search     float64            `json:"search_accuracy"`
	Child      Child              `json:"child_accuracy"`
	TestImages int                `json:"test_images"`
	Entropy    map[string]float64 `json:"entropy"` // nats per decision, by cell
}

// Child are the accuracies of the derived child under both rules.
type Child struct {
	DARTSRule  float64 `json:"darts_rule"`
	ArgmaxRule float64 `json:"argmax_rule"`
}

// MeanEntropy returns the mean entropy over both cells, in nats per decision.
func (f Final) MeanEntropy() float64 { return (f.Entropy["normal"] + f.Entropy["reduce"]) / 2 }

// Folder returns where `make gates` keeps its latest searches: gates/latest in
// $NASX_CACHE or, without it, in naslab in the user's cache folder.
func Folder() (string, error) {
	cache := os.Getenv("NASX_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finished: %w", err)
		}
		cache = filepath.Join(dir, "naslab")
	}
	return filepath.Join(cache, "gates", "latest"), nil
}

// All returns the finished searches of a method by seed, as many as there are:
// a search that was not made, or did not reach its end, is left out.
func All(method string) ([]Search, error) {
	folder, err := Folder()
	if err != nil {
		return nil, err
	}
	var found []Search
	for _, seed := range Seeds {
		s := Search{Method: method, Seed: seed, Dir: filepath.Join(folder, fmt.Sprintf("%s-%d", method, seed))}
		switch ok, err := s.read(); {
		case err != nil:
			return nil, err
		case ok:
			found = append(found, s)
		}
	}
	return found, nil
}

// read fills in what a run directory says and whether it is a finished search.
func (s *Search) read() (bool, error) {
	r, err := run.Open(s.Dir)
	if errors.Is(err, run.ErrNotRun) || errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("finished: %w", err)
	}
	defer r.Close() //nolint:errcheck // opened for reading
	if s.Steps, err = r.Steps(); err != nil {
		return false, fmt.Errorf("finished: %w", err)
	}
	ok, err := r.Get("summary", &s.Final)
	if err != nil {
		return false, fmt.Errorf("finished: %w", err)
	}
	return ok && s.Final.TestImages > 0, nil
}

// Run returns the search with all its traces, ready to be drawn.
func (s Search) Run() (viz.Run, error) {
	r, err := run.Open(s.Dir)
	if err != nil {
		return viz.Run{}, fmt.Errorf("finished: %w", err)
	}
	defer r.Close() //nolint:errcheck // opened for reading
	return viz.RunOf(r.Meta().Description, r)
}

// At returns the value of a scalar at a step; the error says that it has none.
func (s Search) At(scalar string, step int) (float64, error) {
	r, err := run.Open(s.Dir)
	if err != nil {
		return 0, fmt.Errorf("finished: %w", err)
	}
	defer r.Close() //nolint:errcheck // opened for reading
	curves, err := r.Curves(scalar)
	if err != nil {
		return 0, fmt.Errorf("finished: %w", err)
	}
	for i, at := range curves[0].Steps {
		if at == step {
			return curves[0].Values[i], nil
		}
	}
	return 0, fmt.Errorf("finished: %s has no %s at step %d", s.Dir, scalar, step)
}

// Each collects one number of every search.
func Each(searches []Search, number func(Search) float64) []float64 {
	out := make([]float64, len(searches))
	for i, s := range searches {
		out[i] = number(s)
	}
	return out
}

// Or returns the first finished search of a method, or the steps that a running
// session made of it, and prints in one sentence which of the two.
func Or(s nb.Recorder, method string) (viz.Run, error) {
	searches, err := All(method)
	if err != nil {
		return viz.Run{}, err
	}
	if len(searches) > 0 {
		one := searches[0]
		fmt.Printf("A finished search: %s, seed %d, %d updates, made by `make gates`.\n", method, one.Seed, one.Steps)
		return one.Run()
	}
	r, err := nb.Recorded(s, method)
	if err != nil {
		return r, err
	}
	fmt.Printf("No finished search of %s is on this machine (`make gates` makes them); "+
		"this is the session: %d updates, too few to decide anything.\n", method, len(r.Traces))
	return r, nil
}
