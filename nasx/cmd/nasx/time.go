package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// timeCmd groups measurements on this machine.
type timeCmd struct {
	Supernet   timeSupernetCmd   `cmd:"" help:"Time the steps of a method on images."`
	Controller timeControllerCmd `cmd:"" help:"Time the steps of a method in a table."`
	Open       timeOpenCmd       `cmd:"" help:"Time how long it takes to open a run and read it."`
}

// timing is the result of a measurement, in seconds.
type timing struct {
	What    string  `json:"what"`
	Prepare float64 `json:"prepare_seconds"` // compiling
	Median  float64 `json:"median_seconds"`  // of a step
	Fastest float64 `json:"fastest_seconds"`
	Slowest float64 `json:"slowest_seconds"`
	Steps   int     `json:"steps"`
}

func (t timing) text(w io.Writer) {
	fmt.Fprintf(w, "%s: %.3g ms (%.3g to %.3g, %d times), preparing %.1f s\n",
		t.What, 1e3*t.Median, 1e3*t.Fastest, 1e3*t.Slowest, t.Steps, t.Prepare)
}

// timeSupernetCmd times a method on images.
type timeSupernetCmd struct {
	jsonFlag
	Method string `default:"darts" help:"Method (default ${default})."`
	Data   string `default:"digits" help:"Image set (default ${default})."`
	Steps  int    `default:"20" help:"Steps to measure (default ${default})."`
}

// Run measures.
func (c timeSupernetCmd) Run(ctx context.Context, s std) error {
	p := plan{Method: c.Method, Data: c.Data, Seed: 1, Batch: 64, Held: 1000}
	t, err := measure(ctx, p, c.Steps, s.err)
	if err != nil {
		return err
	}
	return c.print(s.out, t, t.text)
}

// timeControllerCmd times a method in a table.
type timeControllerCmd struct {
	jsonFlag
	Method string `default:"tabular" help:"Method (default ${default})."`
	Steps  int    `default:"1000" help:"Steps to measure (default ${default})."`
	updateFlags
}

// Run measures.
func (c timeControllerCmd) Run(ctx context.Context, s std) error {
	var t timing
	var err error
	if c.Update {
		t, err = timeUpdate(ctx, c.Steps, c.Dump)
	} else {
		t, err = measure(ctx, plan{Method: c.Method, Data: dataSynthetic, Seed: 1}, c.Steps, s.err)
	}
	if err != nil {
		return err
	}
	return c.print(s.out, t, t.text)
}

// measure prepares a method and times its steps, the first one left out.
func measure(ctx context.Context, p plan, steps int, log io.Writer) (timing, error) {
	t := timing{What: "a step of " + p.Method + " on " + p.Data, Steps: steps}
	if steps < 1 {
		return t, usage("--steps is %d, want 1 or more", steps)
	}
	s, err := p.build()
	if err != nil {
		return t, err
	}
	start := time.Now()
	if preparer, ok := s.(interface{ Prepare(func(string)) error }); ok {
		if err := preparer.Prepare(func(what string) { fmt.Fprintln(log, "compiling", what) }); err != nil {
			return t, err
		}
	}
	t.Prepare = time.Since(start).Seconds()
	if _, err := s.Step(); err != nil {
		return t, err
	}
	var seconds []float64
	for range steps {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		start := time.Now()
		if _, err := s.Step(); err != nil {
			return t, err
		}
		seconds = append(seconds, time.Since(start).Seconds())
	}
	t.summarize(seconds)
	return t, nil
}

// summarize takes median and extremes.
func (t *timing) summarize(seconds []float64) {
	slices.Sort(seconds)
	t.Median = seconds[len(seconds)/2]
	t.Fastest, t.Slowest = seconds[0], seconds[len(seconds)-1]
}

// timeOpenCmd times opening a run.
type timeOpenCmd struct {
	jsonFlag
	Steps int `default:"800" help:"Steps of the run (default ${default})."`
}

// Run makes a run of a tabular search in a temporary folder and reads it.
func (c timeOpenCmd) Run(ctx context.Context, s std) error {
	dir, err := os.MkdirTemp("", "nasx-time-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	searcher, err := plan{Method: "tabular", Data: dataSynthetic, Seed: 1, Steps: c.Steps}.build()
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, "run")
	w, err := run.Create(dir, searcher.(search.Describer).Describe())
	if err != nil {
		return err
	}
	start := time.Now()
	if err := w.Run(ctx, searcher, c.Steps, nil); err != nil {
		w.Close() //nolint:errcheck // the first error says more
		return err
	}
	t := timing{What: fmt.Sprintf("open a run of %d steps and read its curves", c.Steps), Steps: 10}
	t.Prepare = time.Since(start).Seconds()
	if err := w.Close(); err != nil {
		return err
	}
	var seconds []float64
	for range t.Steps {
		start := time.Now()
		r, err := run.Open(dir)
		if err != nil {
			return err
		}
		_, err = r.Curves()
		r.Close() //nolint:errcheck // opened for reading
		if err != nil {
			return err
		}
		seconds = append(seconds, time.Since(start).Seconds())
	}
	t.summarize(seconds)
	return c.print(s.out, t, t.text)
}
