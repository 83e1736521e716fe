package run

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"naslab.dev/nasx/search"
)

// Build makes a searcher at its beginning from a run's description; see
// [Config] for its configuration.
type Build func(search.Description) (search.Searcher, error)

// Resume takes a run over for writing and rebuilds its searcher after the last
// stored step: from the newest sound checkpoint, with the steps after it
// replayed. See [Reader.At] for what is compared and [Reader.Notices] for what
// was noticed.
func Resume(dir string, build Build) (*Writer, search.Searcher, error) {
	w, err := OpenWriter(dir)
	if err != nil {
		return nil, nil, err
	}
	s, err := w.Restore(build)
	if err != nil {
		return nil, nil, errors.Join(err, w.Close())
	}
	return w, s, nil
}

// Restore rebuilds the searcher after the last stored step, for example after a
// step that was refused. A step that waits to be stored is stored first.
func (w *Writer) Restore(build Build) (search.Searcher, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending != nil {
		if err := w.store(); err != nil {
			return nil, err
		}
	}
	before := len(w.Notices())
	s, err := w.At(w.last, build)
	if err != nil {
		return nil, err
	}
	for _, text := range w.Notices()[before:] {
		if err := w.event(EventNotice, text); err != nil {
			return nil, err
		}
	}
	w.bad = nil
	return s, nil
}

// At rebuilds the searcher as it was when it went on from a step, knob changes
// made there included: its next step is the stored step after it. 0 is the
// beginning.
//
// The replayed traces must equal the stored ones in every bit, as they do on
// the same machine with the same backend. Where they only agree to 1e-4 of the
// field's largest number a notice says so; else the error is [ErrDiverged].
func (r *Reader) At(step int, build Build) (search.Searcher, error) {
	last, err := r.Steps()
	if err != nil {
		return nil, err
	}
	if step < 0 || step > last {
		return nil, fmt.Errorf("run: step %d of %s %w: the last is %d", step, r.dir, ErrNoStep, last)
	}
	changes, err := r.knobChanges(step)
	if err != nil {
		return nil, err
	}
	s, from, err := r.load(step, build)
	if err != nil {
		return nil, err
	}
	// A state may or may not hold the knobs; setting them again is harmless.
	for done := 0; done <= from; done++ {
		if err := turn(s, changes[done]); err != nil {
			return nil, fmt.Errorf("run: %s: knob after step %d: %w", r.dir, done, err)
		}
	}
	if err := r.replay(s, from, step, changes); err != nil {
		return nil, err
	}
	return s, nil
}

// load builds a searcher and gives it the newest sound checkpoint that is not
// after the step. It returns the step it now stands at.
func (r *Reader) load(step int, build Build) (s search.Searcher, from int, err error) {
	checkpoints, err := r.Checkpoints()
	if err != nil {
		return nil, 0, err
	}
	if s, err = r.build(build); err != nil {
		return nil, 0, err
	}
	if _, ok := s.(search.Stateful); !ok {
		return s, 0, nil
	}
	for _, c := range slices.Backward(checkpoints) {
		if c.Step > step {
			continue
		}
		state, err := loadCheckpoint(r.dir, c)
		if err == nil {
			if err = s.(search.Stateful).SetState(state); err == nil {
				return s, c.Step, nil
			}
			// It may have taken half of the state: start afresh.
			fresh, buildErr := r.build(build)
			if buildErr != nil {
				return nil, 0, buildErr
			}
			s = fresh
		}
		r.notice("checkpoint of step %d of %s cannot be used (%v); an older one is", c.Step, r.dir, err)
	}
	return s, 0, nil
}

// build makes a searcher and holds its description to the run's.
func (r *Reader) build(build Build) (search.Searcher, error) {
	s, err := build(r.meta.Description)
	if err != nil {
		return nil, fmt.Errorf("run: build the searcher of %s: %w", r.dir, err)
	}
	if d, ok := s.(search.Describer); ok {
		if err := sameSearch(d.Describe(), r.meta.Description); err != nil {
			return nil, fmt.Errorf("run: %s: %w", r.dir, err)
		}
	}
	return s, nil
}

// replay makes the steps from+1 … to and compares each with the stored one.
func (r *Reader) replay(s search.Searcher, from, to int, changes map[int][]KnobChange) error {
	noticed := false
	next := from + 1
	err := r.Raw(next, to, func(step int, raw []byte, _ float64) error {
		if step != next {
			return fmt.Errorf("run: step %d of %s %w, but step %d does", next, r.dir, ErrNoStep, step)
		}
		next++
		exact, err := r.repeat(s, step, raw)
		if err != nil {
			return err
		}
		if !exact && !noticed {
			noticed = true
			r.notice("replay of step %d of %s agrees with the stored trace to 1e-4, not in every bit:"+
				" it was made on another machine or with another backend", step, r.dir)
		}
		if err := turn(s, changes[step]); err != nil {
			return fmt.Errorf("run: %s: knob after step %d: %w", r.dir, step, err)
		}
		return nil
	})
	if err == nil && next != to+1 {
		err = fmt.Errorf("run: step %d of %s %w", next, r.dir, ErrNoStep)
	}
	return err
}

// repeat makes one step and says whether its trace is the stored one, bit for
// bit; if it is not even close, that is an error.
func (r *Reader) repeat(s search.Searcher, step int, stored []byte) (exact bool, err error) {
	got, err := s.Step()
	if err != nil {
		return false, fmt.Errorf("run: replay of step %d of %s: %w", step, r.dir, err)
	}
	if err := checkFinite(got, r.meta.Description.Decisions); err != nil {
		return false, fmt.Errorf("run: replay of step %d of %s: %w", step, r.dir, err)
	}
	raw, err := encodeTrace(got)
	if err != nil {
		return false, fmt.Errorf("run: replay of step %d of %s: %w", step, r.dir, err)
	}
	if bytes.Equal(raw, stored) {
		return true, nil
	}
	want, err := decodeTrace(step, stored, r.meta.Description.Decisions)
	if err != nil {
		return false, fmt.Errorf("run: step %d of %s: %w", step, r.dir, err)
	}
	if err := compare(got, want); err != nil {
		return false, fmt.Errorf("run: replay of step %d of %s %w: %w; fork the run at a checkpoint to go on from there",
			step, r.dir, ErrDiverged, err)
	}
	return false, nil
}

// knobChanges returns the knob events up to a step by the step they followed.
func (r *Reader) knobChanges(step int) (map[int][]KnobChange, error) {
	events, err := r.Events()
	if err != nil {
		return nil, err
	}
	changes := map[int][]KnobChange{}
	for i, e := range events {
		if e.Kind != EventKnob || e.Step > step {
			continue
		}
		change, err := decodeKnob(e.Data)
		if err == nil && e.Step < 0 {
			err = fmt.Errorf("step %d is negative", e.Step)
		}
		if err != nil {
			return nil, fmt.Errorf("run: event %d of %s: %w", i, r.dir, err)
		}
		changes[e.Step] = append(changes[e.Step], change)
	}
	return changes, nil
}

// turn sets knobs in order.
func turn(s search.Searcher, changes []KnobChange) error {
	for _, change := range changes {
		t, ok := s.(search.Tunable)
		if !ok {
			return fmt.Errorf("the searcher has no knobs, so %q cannot be set", change.Name)
		}
		if err := t.Set(change.Name, change.Value); err != nil {
			return fmt.Errorf("%q: %w", change.Name, err)
		}
	}
	return nil
}
