package lab_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

func TestTwoWritersAreRefused(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 2", "do=step 2")
	t.Setenv("NASX_DRIVER", lab.DriverCheckpoint)
	_, err := lab.TryOpen("s", pair)
	if err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second writer got %v", err)
	}
	c, err := client.Attach("s")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := c.Step(context.Background(), 300)
			done <- err
		}()
	}
	first, other := <-done, <-done
	var refusal *client.Refusal
	if err := errors.Join(first, other); !errors.As(err, &refusal) || refusal.Code != 409 || (first != nil && other != nil) {
		t.Errorf("two steps at once: %v and %v, want one made and one refused with 409", first, other)
	}
}

func TestCheckpointDriverGoesOnInTheNextProcess(t *testing.T) {
	fresh(t)
	t.Setenv("NASX_DRIVER", lab.DriverCheckpoint)
	next := func(do func(*lab.Session)) {
		t.Helper()
		s, err := lab.TryOpen("s", pair, lab.CheckpointEvery(100))
		if err != nil {
			t.Fatal(err)
		}
		do(s)
		must(t, 0)(s.Stop())
	}
	next(func(s *lab.Session) { must(t, lab.Range{})(second(s.Step(3))) })
	next(func(s *lab.Session) {
		must(t, lab.Range{})(second(s.Step(4)))
		must(t, 0)(s.Set("rate", 1))
	})
	next(func(s *lab.Session) {
		made, err := s.Step(1)
		if err != nil || made.From != 8 {
			t.Errorf("third process made %+v, %v, want step 8", made, err)
		}
		if got := losses(t, s, "a", 8); got[7] != want(1, 7) {
			t.Errorf("losses = %v, want the last unchanged by rate 1", got)
		}
		must(t, 0)(s.At(5))
	})
	next(func(s *lab.Session) {
		if st := status(t, s); st.Step != 5 || st.Head != 8 {
			t.Errorf("fourth process stands at %d of %d, want 5 of 8", st.Step, st.Head)
		}
	})
}

func TestBuildErrorsAreOneSentence(t *testing.T) {
	fresh(t)
	for name, build := range map[string]lab.Build{
		"no data":  func() ([]search.Searcher, error) { return nil, errors.New("no data") },
		"no searc": func() ([]search.Searcher, error) { return nil, nil },
		"is nil":   func() ([]search.Searcher, error) { return []search.Searcher{nil}, nil },
		"tensor":   func() ([]search.Searcher, error) { panic(fmt.Errorf("tensor")) },
	} {
		if _, err := lab.TryOpen("x", build); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("build %q gave %v", name, err)
		}
	}
	if _, err := lab.TryOpen("../x", pair); err == nil {
		t.Error("a session was named ../x")
	}
}
