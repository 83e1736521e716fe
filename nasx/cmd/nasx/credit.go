package main

import (
	"context"
	"fmt"
	"io"
	"sort"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
)

// creditCmd times a rule of credit on a task with delayed reward.
type creditCmd struct {
	jsonFlag
	Task   string `enum:"additive,first" default:"additive" help:"additive (every decision adds) or first (only one counts)."`
	Delay  int    `default:"10" placeholder:"T" help:"Decisions up to the reward (default ${default})."`
	Method string `enum:"td0,mc,tdlambda,rudder" default:"rudder" help:"Rule: td0, mc, tdlambda or rudder."`
	Seeds  int    `default:"9" placeholder:"N" help:"Runs, with seeds 1 to N (default ${default})."`
	Cap    int    `default:"20000" placeholder:"N" help:"Most episodes of a run (default ${default})."`
}

// Bounds of what the command may be asked for.
const (
	mostDelay = 200
	mostSeeds = 10_000
	mostCap   = 10_000_000
)

// creditResult is the result of credit.
type creditResult struct {
	Median float64 `json:"median_episodes"`
	Mean   float64 `json:"mean_episodes"`
	SD     float64 `json:"sd_episodes"` // of the sample; 0 for one seed
	Capped int     `json:"capped"`      // runs that did not get there
}

// Run solves the task once per seed, as many at a time as there are processors.
func (c creditCmd) Run(ctx context.Context, s std) error {
	switch {
	case c.Delay < 1 || c.Delay > mostDelay:
		return usage("--delay is %d, want 1 to %d", c.Delay, mostDelay)
	case c.Seeds < 1 || c.Seeds > mostSeeds:
		return usage("--seeds is %d, want 1 to %d", c.Seeds, mostSeeds)
	case c.Cap < 1 || c.Cap > mostCap:
		return usage("--cap is %d, want 1 to %d", c.Cap, mostCap)
	}
	setup := func(seed uint64) (credit.Task, credit.Learner, error) {
		return rudder.Contest(c.Task, c.Method, c.Delay, seed)
	}
	episodes, unsolved, err := credit.SolveSeeds(ctx, c.Seeds, c.Cap, setup)
	if err != nil {
		return err
	}
	r := spreadOf(episodes)
	r.Capped = unsolved
	return c.print(s.out, r, func(w io.Writer) {
		fmt.Fprintf(w, "%s on the task %s with delay %d: %g episodes (median of %d seeds; mean %.1f, sd %.1f, "+
			"%d at the cap of %d)\n", c.Method, c.Task, c.Delay, r.Median, c.Seeds, r.Mean, r.SD, r.Capped, c.Cap)
	})
}

// spreadOf returns median, mean and standard deviation; values are not changed.
func spreadOf(values []float64) creditResult {
	n := len(values)
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	r := creditResult{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2}
	if r.Mean, r.SD = bench.MeanSD(values); n < 2 {
		r.SD = 0
	}
	return r
}
