package cost

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Timing is a measured duration in seconds over several repetitions.
type Timing struct {
	Seconds  float64 `json:"seconds"`  // median
	Fastest  float64 `json:"fastest"`  // of all repetitions
	Slowest  float64 `json:"slowest"`  // of all repetitions
	Repeated int     `json:"repeated"` // repetitions measured
}

// Latency runs work once without measuring, so that what is made on first use
// is there, and then measures n repetitions, n from 1 to 1e6. An error of work
// ends it.
func Latency(work func() error, n int) (Timing, error) {
	if work == nil {
		return Timing{}, errors.New("cost: nothing to measure: the function is nil")
	}
	if n < 1 || n > 1_000_000 {
		return Timing{}, fmt.Errorf("cost: %d repetitions, want 1 to 1000000", n)
	}
	if err := work(); err != nil {
		return Timing{}, fmt.Errorf("cost: measured function: %w", err)
	}
	seconds := make([]float64, n)
	for i := range seconds {
		start := time.Now()
		if err := work(); err != nil {
			return Timing{}, fmt.Errorf("cost: measured function, repetition %d: %w", i+1, err)
		}
		seconds[i] = time.Since(start).Seconds()
	}
	slices.Sort(seconds)
	median := (seconds[(n-1)/2] + seconds[n/2]) / 2
	return Timing{Seconds: median, Fastest: seconds[0], Slowest: seconds[n-1], Repeated: n}, nil
}
