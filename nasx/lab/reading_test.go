package lab_test

import (
	"fmt"
	"sync"
	"testing"
)

// A panel reads all the time, also while its session changes runs.
func TestReadingGoesOnWhileRunsAreForked(t *testing.T) {
	s := open(t, pair)
	if _, err := s.Step(40); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				_, err := s.Traces("a", 1, 40)
				if _, wrong := s.Curves("b"); err == nil {
					err = wrong
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 10 {
		if err := s.Fork(40, fmt.Sprint("f", i)); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}
