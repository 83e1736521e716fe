package lab_test

import (
	"errors"
	"strings"
	"testing"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// unsavable is a fake whose state cannot be saved.
type unsavable struct{ *fake }

func (u unsavable) State() (map[string]search.Tensor, error) {
	return nil, errors.New("no room for it")
}

func TestAFailedCheckpointNamesTheStepThatWasMade(t *testing.T) {
	s := open(t, func() ([]search.Searcher, error) {
		return []search.Searcher{unsavable{newFake("a", 1)}}, nil
	}, lab.CheckpointEvery(3))
	_, err := s.Step(5)
	if err == nil || !strings.Contains(err.Error(), "a: saving after step 3: ") || strings.Contains(err.Error(), "step 4") {
		t.Errorf("got %v, want step 3 named and no other", err)
	}
	if got := status(t, s); got.Step != 3 || got.State != client.StateError {
		t.Errorf("state %s at step %d, want an error at step 3, which is kept", got.State, got.Step)
	}
}
