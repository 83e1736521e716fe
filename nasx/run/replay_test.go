package run_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

func TestTwentyStepsAreTenAndTen(t *testing.T) {
	root := t.TempDir()
	whole, _ := start(t, filepath.Join(root, "whole"), 5, 20, 0)
	defer whole.Close()
	for _, every := range []int{0, 1, 4, 7, 10} { // none, one at the knob's step, …
		t.Run(fmt.Sprint("every ", every), func(t *testing.T) {
			dir := filepath.Join(root, "half"+strconv.Itoa(every))
			half, _ := start(t, dir, 5, 10, every)
			must(t, half.Close())
			w, s, err := run.Resume(dir, buildWalk)
			must(t, err)
			defer w.Close()
			for w.Finished() < 20 {
				_, err := w.Step(s)
				must(t, err)
			}
			if got, want := export(t, w.Reader, run.FormatJSONL), export(t, whole.Reader, run.FormatJSONL); got != want {
				t.Errorf("resumed run exports\n%s\nwant\n%s", got, want)
			}
			if notices := w.Notices(); len(notices) != 0 {
				t.Errorf("notices %q, want none", notices)
			}
		})
	}
}

func TestAtGoesOnAsTheRunDid(t *testing.T) {
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 9, 30, 10)
	defer w.Close()
	want := traces(t, 9, 30)
	for _, step := range []int{0, 1, 6, 7, 8, 10, 13, 29} {
		s, err := w.At(step, buildWalk)
		must(t, err)
		got, err := s.Step()
		must(t, err)
		if diff := cmp.Diff(want[step], got); diff != "" {
			t.Errorf("step after At(%d) (-want +got):\n%s", step, diff)
		}
	}
	for _, step := range []int{-1, 31} {
		if _, err := w.At(step, buildWalk); !errors.Is(err, run.ErrNoStep) {
			t.Errorf("At(%d): %v", step, err)
		}
	}
}

func TestAtWithoutState(t *testing.T) {
	s := newWalk(2)
	w, err := run.Create(filepath.Join(t.TempDir(), "r"), s.Describe())
	must(t, err)
	defer w.Close()
	var want search.Trace
	for range 6 {
		want, err = w.Step(blind{s})
		must(t, err)
	}
	again, err := w.At(5, func(d search.Description) (search.Searcher, error) { return blind{newWalk(d.Seed)}, nil })
	must(t, err)
	got, err := again.Step()
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestForkSharesThePastOnly(t *testing.T) {
	root := t.TempDir()
	w, _ := start(t, filepath.Join(root, "parent"), 4, 20, 6)
	defer w.Close()
	must(t, w.Genotype(8, search.RuleArgmax, space.Genotype{Space: "pairs", Edges: space.EdgesAll}))
	must(t, w.Genotype(13, search.RuleArgmax, space.Genotype{Space: "pairs"}))
	must(t, w.Event("remark", "after step 20"))
	f, s, err := w.Fork(12, filepath.Join(root, "child"), buildWalk)
	must(t, err)
	defer f.Close()
	events, err := f.Events()
	must(t, err)
	want := []run.Event{
		{Step: 7, Kind: run.EventKnob, Data: json.RawMessage(`{"name":"rate","value":0.1}`)},
		{Step: 12, Kind: run.EventFork, Data: json.RawMessage(`{"run":"parent","step":12}`)},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&run.Origin{Run: "parent", Step: 12}, f.Meta().Origin); diff != "" {
		t.Error(diff)
	}
	genotypes, err := f.Genotypes()
	must(t, err)
	if len(genotypes) != 1 || genotypes[0].Step != 8 || genotypes[0].Genotype.Edges != space.EdgesAll {
		t.Errorf("genotypes %v, want the one of step 8", genotypes)
	}
	must(t, f.Set(s, "rate", 2))
	for f.Finished() < 20 {
		_, err := f.Step(s)
		must(t, err)
	}
	parent := strings.SplitAfter(export(t, w.Reader, run.FormatJSONL), "\n")
	child := strings.SplitAfter(export(t, f.Reader, run.FormatJSONL), "\n")
	for i := range 20 {
		if same := parent[i] == child[i]; same != (i < 12) {
			t.Errorf("step %d equal: %v", i+1, same)
		}
	}
	// The fork stands on its own: it replays from its own files.
	must(t, w.Close())
	must(t, os.RemoveAll(filepath.Join(root, "parent")))
	again, err := f.At(19, buildWalk)
	must(t, err)
	got, err := again.Step()
	must(t, err)
	last, err := f.Last()
	must(t, err)
	if diff := cmp.Diff(last, got); diff != "" {
		t.Error(diff)
	}
}

type clumsy struct{ *walk }

func (c clumsy) SetState(state map[string]search.Tensor) error {
	if err := c.walk.SetState(state); err != nil {
		return err
	}
	return errors.New("clumsy")
}

func TestHalfTakenStatesAreThrownAway(t *testing.T) {
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 6, 25, 10)
	defer w.Close()
	s, err := w.At(25, func(d search.Description) (search.Searcher, error) { return clumsy{newWalk(d.Seed)}, nil })
	must(t, err)
	got, err := s.Step()
	must(t, err)
	if diff := cmp.Diff(traces(t, 6, 26)[25], got); diff != "" || len(w.Notices()) != 2 {
		t.Errorf("notices %q, trace %s", w.Notices(), diff)
	}
}

func TestDamagedCheckpointsFallBack(t *testing.T) {
	damage := map[string]func(t *testing.T, dir string){
		"a bit flips": func(t *testing.T, dir string) {
			path := filepath.Join(dir, "checkpoints/20/state.safetensors")
			raw, err := os.ReadFile(path)
			must(t, err)
			raw[len(raw)-3] ^= 1
			must(t, os.WriteFile(path, raw, 0o644))
		},
		"it is gone": func(t *testing.T, dir string) { must(t, os.RemoveAll(filepath.Join(dir, "checkpoints/20"))) },
		"it is cut": func(t *testing.T, dir string) {
			must(t, os.Truncate(filepath.Join(dir, "checkpoints/20/state.safetensors"), 9))
		},
		"it is another step's": func(t *testing.T, dir string) {
			must(t, os.RemoveAll(filepath.Join(dir, "checkpoints/20")))
			must(t, os.Rename(filepath.Join(dir, "checkpoints/10"), filepath.Join(dir, "checkpoints/20")))
		},
	}
	for name, break20 := range damage {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "r")
			w, _ := start(t, dir, 6, 25, 10)
			must(t, w.Close())
			break20(t, dir)
			w, s, err := run.Resume(dir, buildWalk)
			must(t, err)
			defer w.Close()
			if notices := w.Notices(); len(notices) == 0 || !strings.Contains(notices[0], "checkpoint of step 20") {
				t.Errorf("notices %q, want one of step 20", notices)
			}
			got, err := w.Step(s)
			must(t, err)
			if diff := cmp.Diff(traces(t, 6, 26)[25], got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReplayNoticesAndRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	w, _ := start(t, dir, 6, 25, 0)
	must(t, w.Close())
	noisy := func(noise float64) run.Build {
		return func(d search.Description) (search.Searcher, error) {
			s := newWalk(d.Seed)
			s.noise = noise
			return s, nil
		}
	}
	_, _, err := run.Resume(dir, noisy(0.01))
	if !errors.Is(err, run.ErrDiverged) || !strings.Contains(err.Error(), "scalar loss") {
		t.Errorf("noise 0.01: %v", err)
	}
	w, _, err = run.Resume(dir, noisy(1e-8)) // the first refusal gave the lock back
	must(t, err)
	defer w.Close()
	events, err := w.Events()
	must(t, err)
	if n := len(w.Notices()); n != 1 || len(events) != 2 || events[1].Kind != run.EventNotice || events[1].Step != 25 {
		t.Errorf("noise 1e-8: notices %q, events %v", w.Notices(), events)
	}
}

func TestResumeRefusesAnotherSearch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	w, _ := start(t, dir, 6, 5, 0)
	must(t, w.Close())
	_, _, err := run.Resume(dir, func(d search.Description) (search.Searcher, error) {
		s := newWalk(d.Seed)
		s.cfg.Rate = 0.25
		return s, nil
	})
	if err == nil || !strings.Contains(err.Error(), "config.rate is 0.25 in this program, but 0.5 in the run") {
		t.Errorf("got %v", err)
	}
}
