package lab_test

import (
	"strings"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// fresh gives a test its own folders.
func fresh(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("NASX_STATE", dir+"/state")
	t.Setenv("NASX_RUNS", dir+"/runs")
	t.Setenv("NASX_CACHE", dir+"/cache")
	t.Setenv("NASX_DRIVER", "")
	t.Setenv("GONB_PIPE", "")
}

func pair() ([]search.Searcher, error) {
	return []search.Searcher{newFake("a", lab.Seed(1)), newFake("b", lab.Seed(1))}, nil
}

// open opens an in-process session that ends with the test.
func open(t *testing.T, build lab.Build, options ...lab.Option) *lab.Session {
	t.Helper()
	fresh(t)
	session, err := lab.TryOpen("test", build, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Stop() })
	return session
}

// must fails the test on an error.
func must[T any](t *testing.T, value T) func(error) T {
	return func(err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func status(t *testing.T, s *lab.Session) lab.Status {
	t.Helper()
	got, err := s.Status()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// waitFor waits until a session is as it should be.
func waitFor(t *testing.T, s *lab.Session, what string, ok func(lab.Status) bool) lab.Status {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		got := status(t, s)
		if ok(got) {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("session never was %s: state %s, step %d, message %q", what, got.State, got.Step, got.Message)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// losses returns the loss of each recorded step of a method.
func losses(t *testing.T, s *lab.Session, method string, to int) []float64 {
	t.Helper()
	traces, err := s.Traces(method, 1, to)
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for i, trace := range traces {
		if trace.Step != i+1 {
			t.Fatalf("trace %d of %s is of step %d", i+1, method, trace.Step)
		}
		all = append(all, trace.Scalars[search.ScalarLoss])
	}
	return all
}

func TestOneClockStepsEveryMethod(t *testing.T) {
	s := open(t, pair)
	if got := status(t, s); got.State != client.StateEmpty || got.Step != 0 || got.Steps != 1000 {
		t.Fatalf("new session is %+v, want empty at step 0 of 1000", got)
	}
	made, err := s.Step(3)
	if err != nil || made.From != 1 || made.To != 3 {
		t.Fatalf("Step(3) = %+v, %v, want 1 to 3", made, err)
	}
	made, err = s.Step(2)
	if err != nil || made.From != 4 || made.To != 5 {
		t.Fatalf("Step(2) = %+v, %v, want 4 to 5", made, err)
	}
	for _, method := range []string{"a", "b"} {
		got := losses(t, s, method, 5)
		if len(got) != 5 || got[4] != want(1, 5) {
			t.Errorf("losses of %s = %v, want 5 ending with %v", method, got, want(1, 5))
		}
	}
	got := status(t, s)
	if got.State != client.StatePaused || len(got.Methods) != 2 || got.Methods[1].Step != 5 {
		t.Errorf("status = %+v, want two methods paused at step 5", got)
	}
	if got.Methods[0].Run == got.Methods[1].Run {
		t.Errorf("both methods write %s", got.Methods[0].Run)
	}
}

func TestRunPausesExactlyAndEndsWithThePlan(t *testing.T) {
	s := open(t, func() ([]search.Searcher, error) {
		f := newFake("a", 1)
		f.steps, f.delay = 30, time.Millisecond
		return []search.Searcher{f}, nil
	})
	must(t, 0)(s.Run(100))
	if _, err := s.Step(1); err == nil || !strings.Contains(err.Error(), "running") {
		t.Errorf("Step while running = %v, want a refusal that says running", err)
	}
	waitFor(t, s, "at step 5", func(st lab.Status) bool { return st.Step >= 5 })
	must(t, 0)(s.Pause())
	paused := status(t, s)
	time.Sleep(50 * time.Millisecond)
	if again := status(t, s); paused.State != client.StatePaused || again.Step != paused.Step {
		t.Errorf("paused at %d in state %s, then at %d", paused.Step, paused.State, again.Step)
	}
	must(t, 0)(s.Run(0))
	end := waitFor(t, s, "paused at its end", func(st lab.Status) bool { return st.State == client.StatePaused })
	if end.Step != 30 {
		t.Errorf("the plan of 30 steps ended at %d", end.Step)
	}
	must(t, 0)(s.At(28))
	if made, err := s.Step(10); err != nil || made.To != 30 {
		t.Errorf("ten steps from step 28 of 30 made %+v, %v", made, err)
	}
	if _, err := s.Step(1); err == nil || !strings.Contains(err.Error(), "all its 30 steps") {
		t.Errorf("Step after the plan = %v, want a refusal", err)
	}
}

func TestKnobsActFromTheNextStep(t *testing.T) {
	s := open(t, pair)
	must(t, lab.Range{})(second(s.Step(2)))
	must(t, 0)(s.Set("rate", 2, "a"))
	must(t, lab.Range{})(second(s.Step(1)))
	a, b := losses(t, s, "a", 3), losses(t, s, "b", 3)
	if a[2] != 2*want(1, 2) || b[2] != want(1, 3) {
		t.Errorf("after rate 2 of a only: a %v, b %v", a, b)
	}
	for _, bad := range []error{s.Set("rate", 3), s.Set("none", 1), s.Set("rate", 1, "c")} {
		if bad == nil {
			t.Error("a knob out of range, an unknown knob or method was taken")
		}
	}
}

func TestGoingBackAndOnForks(t *testing.T) {
	s := open(t, pair, lab.CheckpointEvery(4))
	must(t, lab.Range{})(second(s.Step(10)))
	first := status(t, s).Methods[0].Run
	must(t, 0)(s.At(6))
	at := status(t, s)
	if at.Step != 6 || at.Head != 10 || at.Methods[0].Step != 6 {
		t.Fatalf("after At(6): step %d, head %d", at.Step, at.Head)
	}
	if got := losses(t, s, "a", 10); len(got) != 10 {
		t.Errorf("going back lost traces: %d left of 10", len(got))
	}
	must(t, 0)(s.Set("rate", 1))
	must(t, lab.Range{})(second(s.Step(2)))
	got := losses(t, s, "a", 20)
	if len(got) != 8 || got[5] != want(1, 6) || got[7] != want(1, 6) {
		t.Errorf("fork at 6 with rate 1 has losses %v", got)
	}
	after := status(t, s)
	m := after.Methods[0]
	if len(m.Forks) != 1 || m.Forks[0].Step != 6 || m.Run == first || after.Head != 8 {
		t.Errorf("after stepping on: %+v, want a fork at 6 in another run", m)
	}
	must(t, 0)(s.Fork(3, "warm"))
	must(t, lab.Range{})(second(s.Step(1)))
	if got := losses(t, s, "b", 20); len(got) != 4 || got[3] != want(1, 4) {
		t.Errorf("fork at 3 has losses %v, want four with the first rate", got)
	}
	if err := s.At(5); err == nil {
		t.Error("At(5) of a run with 4 steps was taken")
	}
	if err := s.Fork(2, "../x"); err == nil {
		t.Error("a fork was named ../x")
	}
}

func TestFailedStepKeepsTheLastGoodState(t *testing.T) {
	for _, tc := range []struct {
		name, say string
		spoil     func(*fake)
	}{
		{"a loss that is NaN", "loss", func(f *fake) { f.nanAt = 4 }},
		{"an error of the method", "disk of the fake", func(f *fake) { f.errAt = 4 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := open(t, func() ([]search.Searcher, error) {
				f := newFake("a", 1)
				tc.spoil(f)
				return []search.Searcher{f}, nil
			})
			made, err := s.Step(9)
			if err == nil || !strings.Contains(err.Error(), tc.say) || !strings.Contains(err.Error(), "step 4") {
				t.Fatalf("error = %v, want one that names %q and step 4", err, tc.say)
			}
			if made.To != 3 {
				t.Errorf("steps made end at %d, want 3", made.To)
			}
			got := status(t, s)
			if got.State != client.StateError || !strings.Contains(got.Message, tc.say) || got.Step != 3 {
				t.Errorf("state %s at step %d: %q", got.State, got.Step, got.Message)
			}
			if _, err := s.Step(1); err == nil {
				t.Error("a failed session made another step")
			}
			must(t, 0)(s.At(3))
			if _, err := s.Step(1); err == nil || !strings.Contains(err.Error(), tc.say) {
				t.Errorf("the step made again gave %v, want the same error", err)
			}
			must(t, 0)(s.At(2))
			if got := status(t, s); got.State != client.StatePaused || got.Step != 2 {
				t.Errorf("after At(2): state %s at step %d", got.State, got.Step)
			}
		})
	}
}

func TestGoingBackKeepsWhatIsCompiled(t *testing.T) {
	builds := 0
	s := open(t, func() ([]search.Searcher, error) {
		builds++
		return pair()
	}, lab.CheckpointEvery(4))
	must(t, lab.Range{})(second(s.Step(10)))
	for _, step := range []int{2, 9, 0} {
		must(t, 0)(s.At(step))
		must(t, lab.Range{})(second(s.Step(3)))
		if got := losses(t, s, "a", 99); len(got) != step+3 || got[step+2] != want(1, step+3) {
			t.Errorf("three steps from %d give %v", step, got)
		}
		must(t, lab.Range{})(second(s.Step(7)))
	}
	if builds != 1 {
		t.Errorf("the searchers were built %d times, so compiled %d times, want once", builds, builds)
	}
}

func TestResetTakesTheSeedOfTheBuild(t *testing.T) {
	s := open(t, pair)
	must(t, lab.Range{})(second(s.Step(2)))
	must(t, 0)(s.Reset(7))
	if got := status(t, s); got.Step != 0 || got.Methods[0].Description.Seed != 7 {
		t.Errorf("after Reset(7): step %d, seed %d", got.Step, got.Methods[0].Description.Seed)
	}
	must(t, lab.Range{})(second(s.Step(1)))
	if got := losses(t, s, "b", 9); len(got) != 1 || got[0] != want(7, 1) {
		t.Errorf("losses with seed 7 = %v", got)
	}
	stubborn := open(t, func() ([]search.Searcher, error) { return []search.Searcher{newFake("a", 1)}, nil })
	if err := stubborn.Reset(2); err == nil || !strings.Contains(err.Error(), "lab.Seed") {
		t.Errorf("Reset of a build with a fixed seed = %v, want the remedy", err)
	}
	must(t, lab.Range{})(second(stubborn.Step(1)))
}

// second pairs a value that is not needed with its error.
func second[T any](_ T, err error) error { return err }
