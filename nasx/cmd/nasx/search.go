package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// searchCmd starts a run.
type searchCmd struct {
	jsonFlag
	Method string `required:"" placeholder:"NAME" help:"Search method; an unknown name lists all."`
	Data   string `default:"digits" placeholder:"NAME" help:"Image set, folder or table (default ${default})."`
	Seed   uint64 `default:"1" placeholder:"S" help:"Seed of everything random (default ${default})."`
	Steps  int    `placeholder:"N" help:"Stop after so many steps (default: the method's plan)."`
	Out    string `placeholder:"DIR" help:"Folder of the run (default: runs/METHOD-DATA-SEED)."`

	seedsFlags
	enasFlags

	Epochs     int `placeholder:"N" help:"Length of the schedules (digits 50, others 10)." group:"Image sets"`
	Batch      int `placeholder:"N" default:"64" help:"Images per minibatch (default ${default})." group:"Image sets"`
	Cells      int `placeholder:"L" help:"Cells of the search network (default 3)." group:"Image sets"`
	Nodes      int `placeholder:"N" help:"Nodes per cell (default 3)." group:"Image sets"`
	Channels   int `placeholder:"C" help:"Channels of the first cell, even (default 8)." group:"Image sets"`
	TrainLimit int `placeholder:"N" help:"Use only so many training images." group:"Image sets"`
	Held       int `placeholder:"N" default:"1000" help:"Most held-out images (default ${default})." group:"Image sets"`
}

// Validate is called by kong.
func (c searchCmd) Validate() error {
	for name, n := range map[string]int{
		"steps": c.Steps, "epochs": c.Epochs, "cells": c.Cells, "nodes": c.Nodes, "channels": c.Channels,
		"train-limit": c.TrainLimit, "held": c.Held,
	} {
		if n < 0 {
			return fmt.Errorf("--%s is %d, want 0 or more", name, n)
		}
	}
	if c.Batch < 1 {
		return fmt.Errorf("--batch is %d, want 1 or more", c.Batch)
	}
	return c.check()
}

// otherEpochs is the number of epochs for sets other than digits, whose epochs
// are 16 minibatches long.
const otherEpochs = 10

// plan collects the flags.
func (c searchCmd) plan() plan {
	p := plan{Method: c.Method, Data: c.Data, Seed: c.Seed, Steps: c.Steps, Policy: c.Policy}
	if isTable(c.Data) {
		return p
	}
	p.Epochs, p.Batch, p.Cells, p.Nodes, p.Channels = c.Epochs, c.Batch, c.Cells, c.Nodes, c.Channels
	p.TrainLimit, p.Held = c.TrainLimit, c.Held
	if c.Data != "digits" && p.Epochs == 0 {
		p.Epochs = otherEpochs
	}
	return p
}

// mostParameters bounds a search network: its weights, momentum and gradients
// then take some 2 GB.
const mostParameters = 1 << 26

// checkSize refuses a search network that no machine could hold. Images change
// the size by next to nothing, so those of digits stand for all.
func (c searchCmd) checkSize() error {
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes = orDefault(c.Cells, cfg.Cells), orDefault(c.Nodes, cfg.Nodes)
	cfg.Reductions = supernet.DefaultReductions(cfg.Cells)
	cfg.Channels = orDefault(c.Channels, cfg.Channels)
	cfg.Stem = 2 * cfg.Channels
	count, err := cost.Search(space.Cells{Nodes: cfg.Nodes, Ops: cfg.Ops}, geometryOf(cfg))
	if err != nil {
		return usage("%w", err)
	}
	if count.Params > mostParameters {
		return usage("the search network would have %d parameters, want at most %d: take fewer channels, nodes or cells",
			count.Params, mostParameters)
	}
	return nil
}

// Run searches.
func (c searchCmd) Run(ctx context.Context, s std, given *kong.Context) error {
	m, err := lookUp(c.Method)
	if err != nil {
		return err
	}
	if err := c.checkFlags(given); err != nil {
		return err
	}
	if err := m.takes(c.plan()); err != nil {
		return err
	}
	m = m.on(c.Data)
	if c.given() {
		return c.repeat(ctx, s, m)
	}
	if m.rule != "" {
		if isTable(c.Data) {
			return usage("method %s searches on images, and %s is a table: name an image set with --data", c.Method, c.Data)
		}
		if err := checkData(c.Data); err != nil {
			return err
		}
		if err := c.checkSize(); err != nil {
			return err
		}
	}
	dir := c.Out
	if dir == "" {
		data := strings.Trim(strings.NewReplacer(string(filepath.Separator), "-", ":", "-").Replace(c.Data), "-.")
		dir = filepath.Join(run.Root(), fmt.Sprintf("%s-%s-%d", c.Method, data, c.Seed))
	}
	if err := refuseExisting(dir); err != nil {
		return err
	}
	p := c.plan()
	searcher, err := p.build()
	if err != nil {
		return err
	}
	d := searcher.(search.Describer).Describe()
	w, err := startRun(dir, p, d)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // every step is stored already
	p.Steps = orDefault(p.Steps, d.Steps)
	return work{c.jsonFlag, m, p, w, searcher, s}.do(ctx)
}

// existing is the answer to a folder that is already there.
func existing(dir string) error {
	return fmt.Errorf("%s exists: nasx resume %s, or another --out", dir, dir)
}

// resumeCmd goes on with a run.
type resumeCmd struct {
	jsonFlag
	Dir   string `arg:"" help:"Folder of the run."`
	Steps int    `placeholder:"N" help:"Go on until the run has so many steps (default: those asked for before; once made, the method's plan)."`
}

// Run goes on.
func (c resumeCmd) Run(ctx context.Context, s std) error {
	p, err := readPlan(c.Dir)
	if err != nil {
		return err
	}
	m, err := lookUp(p.Method)
	if err != nil {
		return err
	}
	m = m.on(p.Data)
	own := 0 // planned steps of the method, whatever was asked for
	waiting := newWait(s.err, 0, false)
	waiting.say("rebuilding the search from its last checkpoint")
	w, searcher, err := run.Resume(c.Dir, func(search.Description) (search.Searcher, error) {
		unlimited := p
		unlimited.Steps = 0
		s, err := unlimited.build()
		if err == nil {
			own = s.(search.Describer).Describe().Steps
		}
		return s, err
	})
	waiting.end()
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // every step is stored already
	for _, notice := range w.Notices() {
		fmt.Fprintln(s.err, "nasx: "+notice)
	}
	if p.Steps = orDefault(c.Steps, p.goal(w.Finished(), own)); p.Steps > 0 {
		if err := w.Put(planKey, p); err != nil {
			return err
		}
	}
	return work{c.jsonFlag, m, p, w, searcher, s}.do(ctx)
}

// work is a run in progress.
type work struct {
	jsonFlag
	method   method
	plan     plan
	writer   *run.Writer
	searcher search.Searcher
	std      std
}

// do prepares, steps and sums up.
func (k work) do(ctx context.Context) error {
	start := time.Now()
	steps := k.plan.Steps
	if steps == 0 {
		return usage("method %s plans no number of steps: give one with --steps", k.plan.Method)
	}
	before, err := earlier(k.writer)
	if err != nil {
		return err
	}
	if done := k.writer.Finished(); done >= steps {
		fmt.Fprintf(k.std.err, "nasx: %s has %d steps already, so up to step %d there is none to make\n",
			k.writer.Dir(), done, steps)
	}
	compile, err := k.prepare(ctx, steps)
	if err != nil {
		return err
	}
	err = k.advance(ctx, steps)
	if _, kept := k.spend(before, start, compile); kept != nil && err == nil {
		err = kept
	}
	if err != nil {
		return err
	}
	sum, err := k.summarize(steps)
	if err != nil {
		return err
	}
	all, err := k.spend(before, start, compile)
	if err != nil {
		return err
	}
	sum.CompileSeconds, sum.WallSeconds = all.Compile, all.Wall
	if err := k.writer.Put(summaryKey, sum); err != nil {
		return err
	}
	return k.print(k.std.out, sum, func(w io.Writer) { sum.text(w) })
}

// advance steps up to a step and shows how far it is.
func (k work) advance(ctx context.Context, steps int) error {
	meter := newMeter(k.std.err, k.writer.Finished(), steps)
	err := k.writer.Run(ctx, k.searcher, steps, func(t search.Trace) error {
		meter.step(t)
		return nil
	})
	meter.end()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		if err := k.writer.Checkpoint(k.searcher); err != nil { // Run made it, or could not
			return fmt.Errorf("interrupted after step %d: %w", k.writer.Finished(), err)
		}
		return fmt.Errorf("interrupted after step %d, the state is saved: nasx resume %s: %w",
			k.writer.Finished(), k.writer.Dir(), err)
	}
	return err
}

// prepare compiles before the first step, where the method has something to
// compile, and returns the seconds it took.
func (k work) prepare(ctx context.Context, steps int) (float64, error) {
	p, ok := k.searcher.(interface {
		Prepare(report func(what string)) error
	})
	if !ok || k.writer.Finished() >= steps {
		return 0, nil
	}
	d := k.writer.Meta().Description
	last, alike := lab.LastPrepared(d)
	waiting := newWait(k.std.err, last, alike)
	err := p.Prepare(func(what string) { waiting.say("compiling " + what) })
	took := waiting.end()
	if err != nil {
		return 0, err
	}
	lab.KeepPrepared(d, took)
	return took.Seconds(), ctx.Err()
}
