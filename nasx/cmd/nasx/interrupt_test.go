package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/space"
)

// unsaved is a searcher that is interrupted in its second step and whose state
// cannot be saved.
type unsaved struct {
	step      int
	interrupt func()
}

func (u *unsaved) Step() (search.Trace, error) {
	if u.step++; u.step == 2 {
		u.interrupt()
	}
	return search.Trace{Step: u.step, Scalars: map[string]float64{search.ScalarLoss: 1}}, nil
}

func (u *unsaved) Best() (space.Arch, error) { return nil, nil }

func (u *unsaved) State() (map[string]search.Tensor, error) {
	return nil, errors.New("the disk is full")
}

func (u *unsaved) SetState(map[string]search.Tensor) error { return nil }

func TestInterruptDoesNotSayThatWhatFailedWasSaved(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w, err := run.Create(filepath.Join(t.TempDir(), "r"), search.Description{Method: "unsaved"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nothing more is written
	err = work{
		plan: plan{Steps: 5}, writer: w, searcher: &unsaved{interrupt: cancel}, std: std{io.Discard, io.Discard},
	}.do(ctx)
	var out strings.Builder
	if code := report(ctx, err, &out); code != exitFailed {
		t.Errorf("got exit code %d, want %d", code, exitFailed)
	}
	if said := out.String(); strings.Contains(said, "is saved") || !strings.Contains(said, "the disk is full") ||
		strings.Count(said, "\n") != 1 {
		t.Errorf("got %q, want one line that says why nothing was saved", said)
	}
}

// fifth is a controller that is interrupted in its fifth query.
type fifth struct {
	search.Controller
	queries   *int
	interrupt func()
}

func (f fifth) Propose(step int) (space.Arch, error) {
	if *f.queries++; *f.queries == 5 {
		f.interrupt()
	}
	return f.Controller.Propose(step)
}

// A search of a million queries does not go on for long after an interrupt.
func TestInterruptEndsASearchInATableAtItsNextQuery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	queries := 0
	m := method{controller: func(s space.Space, p plan) (search.Controller, error) {
		c, err := random.New(s, random.Config{Seed: p.Seed})
		return fifth{c, &queries, cancel}, err
	}}
	c := searchCmd{Method: "random", Data: dataSynthetic, Seed: 1}
	c.Budget = 1000
	var out, said strings.Builder
	err := c.repeat(ctx, std{&out, io.Discard}, m)
	if code := report(ctx, err, &said); code != exitInterrupted || queries != 5 || out.String() != "" {
		t.Errorf("got exit code %d after %d queries, %q, want %d after 5", code, queries, out.String(), exitInterrupted)
	}
	if said.String() != "nasx: interrupted\n" {
		t.Errorf("got %q, want that it was interrupted", said.String())
	}
}
