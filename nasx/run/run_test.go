package run_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// start makes a run of the walk with that many steps and turns the rate to 0.1
// after step 7.
func start(t testing.TB, dir string, seed uint64, steps, every int) (*run.Writer, *walk) {
	t.Helper()
	s := newWalk(seed)
	w, err := run.Create(dir, s.Describe())
	must(t, err)
	w.Every = every
	for w.Finished() < steps {
		if w.Finished() == 7 {
			must(t, w.Set(s, "rate", 0.1))
		}
		_, err := w.Step(s)
		must(t, err)
	}
	return w, s
}

// traces steps a fresh walk as start does, without any run directory.
func traces(t testing.TB, seed uint64, steps int) []search.Trace {
	t.Helper()
	s := newWalk(seed)
	var all []search.Trace
	for i := range steps {
		if i == 7 {
			must(t, s.Set("rate", 0.1))
		}
		trace, err := s.Step()
		must(t, err)
		all = append(all, trace)
	}
	return all
}

// export returns an export as text.
func export(t testing.TB, r *run.Reader, format string) string {
	t.Helper()
	var b bytes.Buffer
	must(t, r.Export(&b, format))
	return b.String()
}

func TestStoredTracesAreTheSteps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "first")
	w, _ := start(t, dir, 3, 20, 0)
	want := traces(t, 3, 20)
	r, err := run.Open(dir) // beside the writer
	must(t, err)
	defer r.Close()
	got, err := r.Traces(1, 100)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("traces (-want +got):\n%s", diff)
	}
	if got, _ := r.Traces(5, 6); len(got) != 2 || got[0].Step != 5 || got[1].Step != 6 {
		t.Errorf("Traces(5, 6) = %v", got)
	}
	last, err := r.Last()
	must(t, err)
	if diff := cmp.Diff(want[19], last); diff != "" {
		t.Error(diff)
	}
	if _, err := r.Trace(21); !errors.Is(err, run.ErrNoStep) || !strings.Contains(err.Error(), "the last is 20") {
		t.Errorf("Trace(21): %v", err)
	}
	curves, err := w.Curves(search.ScalarChildArgmax, "nothing")
	must(t, err)
	if diff := cmp.Diff([]int{10, 20}, curves[0].Steps); diff != "" || len(curves[1].Steps) != 0 {
		t.Errorf("curves %v", curves)
	}
	if curves[0].Values[1] != want[19].Scalars[search.ScalarChildArgmax] {
		t.Errorf("curve ends at %v, want %v", curves[0].Values[1], want[19].Scalars[search.ScalarChildArgmax])
	}
	if s := curves[0].Seconds; !(0 < s[0] && s[0] < s[1] && s[1] < 60) {
		t.Errorf("seconds %v, want them to grow", s)
	}
	must(t, w.Close())
	if d := r.Meta().Description; d.Method != "walk" || d.Seed != 3 || len(d.Decisions) != 4 {
		t.Errorf("description %+v", d)
	}
}

func TestCurvesSeeNewSteps(t *testing.T) {
	w, s := start(t, filepath.Join(t.TempDir(), "r"), 1, 3, 0)
	defer w.Close()
	for want := 3; want < 6; want++ {
		curves, err := w.Curves()
		must(t, err)
		if len(curves) != 2 || len(curves[1].Values) != want || curves[1].Name != search.ScalarLoss {
			t.Fatalf("after %d steps: %v", want, curves)
		}
		_, err = w.Step(s)
		must(t, err)
	}
}

// clumsy takes half of a state before it refuses it.
// moody fails once, at step 4, without having moved.
type moody struct {
	*walk
	failed bool
}

func (m *moody) Step() (search.Trace, error) {
	if m.step == 3 && !m.failed {
		m.failed = true
		return search.Trace{}, errors.New("try again")
	}
	return m.walk.Step()
}

func TestFailedStepsStoreNothing(t *testing.T) {
	s := &moody{walk: newWalk(1)}
	w, err := run.Create(filepath.Join(t.TempDir(), "r"), s.Describe())
	must(t, err)
	defer w.Close()
	err = w.Run(t.Context(), s, 10, nil)
	if err == nil || err.Error() != "run: step 4: try again" || w.Finished() != 3 {
		t.Errorf("got %v after %d steps", err, w.Finished())
	}
	if err := w.Checkpoint(s); err == nil || !strings.Contains(err.Error(), "step 4 failed") {
		t.Errorf("Checkpoint after a failed step: %v", err)
	}
	must(t, w.Run(t.Context(), s, 10, nil))
	checkpoints, err := w.Checkpoints()
	must(t, err)
	if w.Finished() != 10 || len(checkpoints) != 1 || checkpoints[0].Step != 10 {
		t.Errorf("%d steps, checkpoints %v", w.Finished(), checkpoints)
	}
}

func TestNaNIsRefusedAndTheRunGoesOn(t *testing.T) {
	s := newWalk(8)
	s.poison = 6
	w, err := run.Create(filepath.Join(t.TempDir(), "r"), s.Describe())
	must(t, err)
	defer w.Close()
	for range 5 {
		_, err = w.Step(s)
		must(t, err)
	}
	_, err = w.Step(s)
	want := "run: step 6: probs of decision 2 (2→3, normal cell), choice 1 (right), is not finite (NaN):" +
		" the step is refused and the 5 before it are kept"
	if !errors.Is(err, run.ErrNotFinite) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := w.Checkpoint(s); err == nil {
		t.Error("the state after a NaN was saved")
	}
	if n, _ := w.Steps(); n != 5 {
		t.Errorf("%d steps stored, want 5", n)
	}
	good, err := w.Restore(buildWalk)
	must(t, err)
	trace, err := w.Step(good)
	must(t, err)
	if trace.Step != 6 || w.Finished() != 6 {
		t.Errorf("went on with step %d", trace.Step)
	}
	must(t, w.Checkpoint(good))
}

func TestKnobThatIsRefusedLeavesNothing(t *testing.T) {
	w, s := start(t, filepath.Join(t.TempDir(), "r"), 1, 3, 0)
	defer w.Close()
	before := s.rate
	if err := w.Set(s, "rate", 11); err == nil {
		t.Error("rate 11 was taken")
	}
	events, err := w.Events()
	must(t, err)
	if len(events) != 0 || s.rate != before {
		t.Errorf("events %v, rate %v", events, s.rate)
	}
	if err := w.Event(run.EventKnob, json.RawMessage(`{"name":""}`)); err == nil {
		t.Error("a knob change without a name was taken")
	}
}

func TestKnobThatCannotBeRecordedStaysOnItsSchedule(t *testing.T) {
	w, s := start(t, filepath.Join(t.TempDir(), "r"), 1, 3, 0)
	must(t, w.Close()) // nothing can be stored any more, as on a full disk
	if err := w.Set(s, "rate", 0.1); err == nil {
		t.Fatal("the knob's change was stored in a closed run")
	}
	if s.fixed {
		t.Errorf("the rate is fixed to %v although no event says so: a replay would not do that", s.rate)
	}
}

func TestValuesOfTheCaller(t *testing.T) {
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 1, 1, 0)
	defer w.Close()
	must(t, w.Put("result", map[string]float64{"accuracy": 0.5}))
	var got map[string]float64
	if ok, err := w.Get("result", &got); !ok || err != nil || got["accuracy"] != 0.5 {
		t.Errorf("Get: %v %v %v", ok, err, got)
	}
	if ok, err := w.Get("other", &got); ok || err != nil {
		t.Errorf("Get of nothing: %v %v", ok, err)
	}
	if err := w.Put("description", 1); err == nil {
		t.Error("the description was overwritten")
	}
}
