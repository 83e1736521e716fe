package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// A search that is killed while it compiles leaves a run without a step. It has
// nothing to lose, so the same command takes it over.

// startRun makes the run of a search, or takes over what the same command left
// before its first step.
func startRun(dir string, p plan, d search.Description) (*run.Writer, error) {
	w, err := run.Create(dir, d)
	if errors.Is(err, run.ErrExists) {
		if w, err = takeOver(dir, p, d); w == nil && err == nil {
			err = existing(dir)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := w.Put(planKey, p); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// takeOver opens a run that has no step and is of the same plan; it returns nil
// where there is another run, and an error where another process writes it.
func takeOver(dir string, p plan, d search.Description) (*run.Writer, error) {
	if !withoutSteps(dir) {
		return nil, nil
	}
	w, err := run.OpenWriter(dir)
	if err != nil {
		return nil, err
	}
	var stored plan
	found, err := w.Get(planKey, &stored)
	same := err == nil && w.Finished() == 0 && (!found || equal(stored, p)) && equal(w.Meta().Description, d)
	if !same {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// withoutSteps says whether a folder is a run in which nothing has happened.
func withoutSteps(dir string) bool {
	r, err := run.Open(dir)
	if err != nil {
		return false
	}
	defer r.Close() //nolint:errcheck // opened for reading
	steps, err := r.Steps()
	return err == nil && steps == 0
}

// equal compares what is stored of two values.
func equal(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// refuseExisting answers early where a folder is there that nothing can be made
// of, before anything is built.
func refuseExisting(dir string) error {
	if _, err := os.Stat(dir); err == nil && !withoutSteps(dir) {
		return existing(dir)
	}
	return nil
}
