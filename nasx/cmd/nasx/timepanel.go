package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
	"naslab.dev/viz/panel"
	"naslab.dev/viz/panel/browser"
)

// timePanelCmd times the way from a click on Step in a session's panel to the
// painted frame, in a real browser, less what the step itself takes.
type timePanelCmd struct {
	jsonFlag
	Steps int           `default:"20" help:"Clicks to measure (default ${default})."`
	Own   time.Duration `default:"60ms" help:"What a step of each of the two methods takes by itself, not counted (default ${default})."`
}

const (
	recordedSteps = 100 // before the first click, so that there are curves to draw
	firstClicks   = 5   // not counted: the browser compiles the page's functions
	plannedSteps  = 800 // or more, where so many are asked for; the curves' axis ends there
)

// panelTiming is a timing with what the clicks add to it, all in seconds beyond
// the steps themselves.
type panelTiming struct {
	timing
	P95       float64 `json:"step_seconds_p95"`   // nearest rank
	Curves    float64 `json:"curves_seconds"`     // until the curves have the step too: median
	CurvesP95 float64 `json:"curves_seconds_p95"` // the same, nearest rank
	Browser   string  `json:"browser"`
}

func (t panelTiming) text(w io.Writer) {
	fmt.Fprintf(w, "%s: %.1f ms (%.1f to %.1f, p95 %.1f, %d times), with curves %.1f ms (p95 %.1f), %.0f MB at most, %s\n",
		t.What, 1e3*t.Median, 1e3*t.Fastest, 1e3*t.Slowest, 1e3*t.P95, t.Steps, 1e3*t.Curves, 1e3*t.CurvesP95,
		float64(t.Memory)/1e6, t.Browser)
}

// errNoBrowser says what is missing and how to get it.
var errNoBrowser = errors.New("there is no Chromium here: install chromium (on Debian: apt-get install chromium), " +
	"or name one in NASX_BROWSER")

// Run measures.
func (c timePanelCmd) Run(ctx context.Context, s std) (err error) {
	if c.Steps < 1 {
		return usage("--steps is %d, want 1 or more", c.Steps)
	}
	if c.Own < 0 || c.Own > time.Minute {
		return usage("--own is %s, want 0s to 1m", c.Own)
	}
	program := browser.Find()
	if program == "" {
		return errNoBrowser
	}
	session, remove, err := openSlow(c.Own, max(plannedSteps, recordedSteps+firstClicks+c.Steps))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Stop(), remove()) }()
	if _, err := session.Step(recordedSteps); err != nil {
		return err
	}
	address, err := session.URL()
	if err != nil {
		return err
	}
	b, err := browser.Start(program, 1100, 830)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.Open(address + "?theme=light"); err != nil {
		return err
	}
	t, err := c.click(ctx, b, s.err)
	if err != nil {
		return err
	}
	return c.print(s.out, t, t.text)
}

// click makes the clicks and says what they took.
func (c timePanelCmd) click(ctx context.Context, b *browser.Browser, log io.Writer) (panelTiming, error) {
	t := panelTiming{timing: timing{What: "from a click on Step to the painted panel, beyond the step", Backend: plainGo}}
	var painted, curves []float64
	fmt.Fprintf(log, "clicking %d times, the first %d are not counted\n", firstClicks+c.Steps, firstClicks)
	for i := range firstClicks + c.Steps {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		click, err := b.ClickStep()
		if err != nil {
			return t, err
		}
		if i >= firstClicks {
			painted = append(painted, (click.Painted-click.Own)/1e3)
			curves = append(curves, (click.Curves-click.Own)/1e3)
		}
	}
	var err error
	if t.Browser, err = b.Version(); err != nil {
		return t, err
	}
	late := timing{}
	t.summarize(painted)
	late.summarize(curves)
	t.P95, t.Curves, t.CurvesP95 = nearest(painted, 0.95), late.Median, nearest(curves, 0.95)
	t.Memory = peakMemory()
	return t, nil
}

// nearest returns a quantile of sorted numbers by the nearest rank: the smallest
// that so large a part of them does not exceed.
func nearest(sorted []float64, part float64) float64 {
	return sorted[int(math.Ceil(part*float64(len(sorted))))-1]
}

// openSlow opens a session of two methods in a folder of its own, which remove
// takes away again.
func openSlow(own time.Duration, plan int) (session *lab.Session, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "nasx-time-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	settings := map[string]string{
		"NASX_RUNS": filepath.Join(dir, "runs"), "NASX_STATE": filepath.Join(dir, "state"), "NASX_DRIVER": lab.DriverInProcess,
	}
	for name, value := range settings {
		if err := os.Setenv(name, value); err != nil {
			return nil, nil, errors.Join(err, remove())
		}
	}
	build := func() ([]search.Searcher, error) { return slowPair(own, plan) }
	session, err = lab.TryOpen("time", build, lab.Page(panel.Handler()))
	if err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return session, remove, nil
}

// slowPair are two methods on the cells of preset digits, eight operations on
// nine edges of two cells: what the panel shows in most lessons.
func slowPair(own time.Duration, plan int) ([]search.Searcher, error) {
	cells := space.Cells{Nodes: 3, Ops: space.DefaultOps()}
	var pair []search.Searcher
	for seed := range uint64(2) {
		cfg := tabular.DefaultConfig()
		cfg.Seed = seed
		controller, err := tabular.New(cells, cfg)
		if err != nil {
			return nil, err
		}
		pair = append(pair, slow{search.Drive(controller, chance{}, plan), own})
	}
	return pair, nil
}

// slow is a search whose steps take their time, as those of a network do, once
// there is something to look at.
type slow struct {
	*search.Driven
	own time.Duration
}

// Step implements [search.Searcher].
func (p slow) Step() (search.Trace, error) {
	trace, err := p.Driven.Step()
	if trace.Step > recordedSteps {
		time.Sleep(p.own)
	}
	return trace, err
}

// Describe implements [search.Describer]: the panel counts epochs and images too.
func (p slow) Describe() search.Description {
	d := p.Driven.Describe()
	d.ImagesPerStep, d.StepsPerEpoch = 64, 16
	return d
}

// chance rewards every architecture by chance.
type chance struct{}

// Evaluate implements [search.Evaluator].
func (chance) Evaluate(step int, _ space.Arch) (float64, error) {
	return key.Rand(1, "nasx/time panel", step, 0).Float64(), nil
}
