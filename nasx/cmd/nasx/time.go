package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"naslab.dev/nasx/search"
)

// timeCmd groups measurements on this machine.
type timeCmd struct {
	Supernet   timeSupernetCmd   `cmd:"" help:"Time the steps of a search network on made-up images."`
	Floor      timeFloorCmd      `cmd:"" help:"Count what a step takes at least, and measure how fast this machine could do it."`
	Controller timeControllerCmd `cmd:"" help:"Time the steps of a method in a table."`
	Open       timeOpenCmd       `cmd:"" help:"Time how long it takes from a program's start to a session's first step."`
	Panel      timePanelCmd      `cmd:"" help:"Time how long a click on Step in a session's panel takes until it is painted."`
}

// timing is the result of a measurement, in seconds and bytes.
type timing struct {
	What       string  `json:"what"`
	Compile    float64 `json:"compile_seconds"`  // until the first step is done, less the median step
	Median     float64 `json:"step_seconds"`     // the first step left out
	Fastest    float64 `json:"step_seconds_min"` // the same
	Slowest    float64 `json:"step_seconds_max"` // the same
	Steps      int     `json:"steps"`            // measured
	Parameters int     `json:"parameters"`       // weights that the steps move; 0 where there are none
	Memory     int64   `json:"peak_memory_bytes"`
	Backend    string  `json:"backend"`
}

func (t timing) text(w io.Writer) {
	fmt.Fprintf(w, "%s: %.3g ms (%.3g to %.3g, %d times), compiling %.1f s, %d parameters, %.0f MB at most, %s\n",
		t.What, 1e3*t.Median, 1e3*t.Fastest, 1e3*t.Slowest, t.Steps, t.Compile, t.Parameters, float64(t.Memory)/1e6,
		t.Backend)
}

// plainGo is the backend of what runs without GoMLX.
const plainGo = "Go"

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
	if c.Dump != "" && !c.Update {
		return usage("--dump writes the update of --update: give both")
	}
	if c.Update {
		t, err = timeUpdate(ctx, c.Steps, c.Dump)
	} else {
		t, err = timeInTable(ctx, c.Method, c.Steps)
	}
	if err != nil {
		return err
	}
	t.Memory, t.Backend = peakMemory(), plainGo
	return c.print(s.out, t, t.text)
}

// timeInTable times the steps of a method in the synthetic table.
func timeInTable(ctx context.Context, name string, steps int) (timing, error) {
	t := timing{What: "a step of " + name + " in a table"}
	m, err := lookUp(name)
	if err != nil {
		return t, err
	}
	if m = m.on(dataSynthetic); m.controller == nil {
		return t, usage("method %s searches on images: nasx time supernet --method %s", name, name)
	}
	s, err := plan{Method: name, Data: dataSynthetic, Seed: 1}.build()
	if err != nil {
		return t, err
	}
	start := time.Now()
	if _, err := s.Step(); err != nil {
		return t, err
	}
	first := time.Since(start).Seconds()
	seconds, err := timeSteps(ctx, s, steps)
	if err != nil {
		return t, err
	}
	t.summarize(seconds)
	t.Compile = max(0, first-t.Median)
	return t, nil
}

// timeSteps times steps one by one.
func timeSteps(ctx context.Context, s search.Searcher, steps int) (seconds []float64, err error) {
	return timeEach(ctx, steps, func() error {
		_, err := s.Step()
		return err
	})
}

// timeEach does something some times and returns the seconds of each.
func timeEach(ctx context.Context, times int, do func() error) (seconds []float64, err error) {
	if times < 1 {
		return nil, usage("--steps is %d, want 1 or more", times)
	}
	for range times {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(start).Seconds())
	}
	return seconds, nil
}

// summarize takes number, median and extremes of one measurement or more.
func (t *timing) summarize(seconds []float64) {
	slices.Sort(seconds)
	n := len(seconds)
	t.Steps, t.Median = n, (seconds[(n-1)/2]+seconds[n/2])/2
	t.Fastest, t.Slowest = seconds[0], seconds[n-1]
}
