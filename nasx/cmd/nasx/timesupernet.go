package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

// sizeFlags are the sizes of a search network and of its minibatches.
type sizeFlags struct {
	Channels int `default:"8" help:"Channels of the first cell, even (default ${default})."`
	Cells    int `default:"1" help:"Number of cells (default ${default})."`
	Nodes    int `default:"4" help:"Nodes per cell (default ${default})."`
	Classes  int `default:"10" help:"Number of classes (default ${default})."`
	Batch    int `default:"32" help:"Images per minibatch (default ${default})."`
	Image    int `default:"32" help:"Side of an image in pixels (default ${default})."`
	Inputs   int `default:"3" help:"Channels of an image (default ${default})."`
	Stem     int `placeholder:"N" help:"Channels of the stem (default: 3 times --channels)."`
}

// timeSupernetCmd times the steps of a method on images that are noise.
type timeSupernetCmd struct {
	jsonFlag
	sizeFlags
	Steps  int    `default:"10" help:"Steps to measure (default ${default})."`
	Method string `default:"weights" enum:"weights,darts,darts2,snas" help:"What a step does (default ${default})."`
	Dump   string `placeholder:"FILE" help:"Write the first step down: state, loss, gradients (safetensors)."`
	Double bool   `help:"Compute in float64, for comparisons with other programs."`
	Paced  bool   `help:"Measure once for every line on standard input, one JSON value each."`
}

// mostBatch keeps a mistyped number from asking for more memory than there is.
const mostBatch = 1 << 16

// Validate is called by kong.
func (c timeSupernetCmd) Validate() error {
	if c.Steps < 1 {
		return fmt.Errorf("--steps is %d, want 1 or more", c.Steps)
	}
	return c.checkBatch()
}

// checkBatch refuses sizes of a minibatch that cannot be.
func (f sizeFlags) checkBatch() error {
	if f.Batch < 1 || f.Batch > mostBatch {
		return fmt.Errorf("--batch is %d, want 1 to %d", f.Batch, mostBatch)
	}
	return nil
}

// network is the configuration that the flags ask for.
func (f sizeFlags) network() supernet.Config {
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Classes = f.Cells, f.Nodes, f.Channels, f.Classes
	cfg.Reductions, cfg.Stem = supernet.DefaultReductions(f.Cells), orDefault(f.Stem, 3*f.Channels)
	cfg.Height, cfg.Width, cfg.InputChannels = f.Image, f.Image, f.Inputs
	return cfg
}

// Run measures.
func (c timeSupernetCmd) Run(ctx context.Context, s std) error {
	step, t, first, err := c.start(s)
	if err != nil {
		return err
	}
	return c.measure(ctx, s, step, t, first)
}

// start compiles a network and makes its first step; first is the time that this took.
func (c timeSupernetCmd) start(s std) (step stated, t timing, first time.Duration, err error) {
	cfg := c.network()
	if c.Double {
		cfg.DType = dtypes.Float64
	}
	net, err := supernet.New(cfg)
	if err != nil {
		return nil, t, 0, usage("%w", err)
	}
	engine, err := openEngine(net)
	if err != nil {
		return nil, t, 0, err
	}
	images := newNoise(net.Config(), c.Batch)
	if step, err = stepper(c.Method, engine, images); err != nil {
		return nil, t, 0, err
	}
	start := time.Now()
	err = engine.Prepare(func(what string) { fmt.Fprintln(s.err, "compiling", what) }, c.Batch)
	if err != nil {
		return nil, t, 0, err
	}
	compiled := time.Since(start)
	if err := c.first(engine, images, step); err != nil {
		return nil, t, 0, err
	}
	first = time.Since(start)
	t.What, t.Parameters = fmt.Sprintf("a step of %s, C=%d, %d cells", c.Method, c.Channels, c.Cells), net.Size()
	if t.Backend, err = backendName(); err != nil {
		return nil, t, 0, err
	}
	fmt.Fprintf(s.err, "compiled in %.1f s, now %d steps\n", compiled.Seconds(), c.Steps)
	return step, t, first, nil
}

// openEngine opens the backend for a network.
func openEngine(net *supernet.Network) (*supernet.Engine, error) {
	if err := backend.NeedXLA("a search network"); err != nil {
		return nil, err
	}
	b, err := backend.Open()
	if err != nil {
		return nil, err
	}
	return supernet.NewEngine(b, net)
}

// first makes the first step, which still compiles a little, and writes it down
// where that is asked for.
func (c timeSupernetCmd) first(engine *supernet.Engine, images *noise, step stated) error {
	if c.Dump == "" {
		_, err := step.Step()
		return err
	}
	return dump(c.Dump, engine, images, step)
}

// measure makes the steps and prints what they took; first is the time from the
// beginning to the end of the first one.
func (c timeSupernetCmd) measure(ctx context.Context, s std, step search.Searcher, t timing, first time.Duration) error {
	once := func() error { return c.steps(ctx, step, &t, first) }
	if !c.Paced {
		if err := once(); err != nil {
			return err
		}
		return c.print(s.out, t, t.text)
	}
	lines, results := bufio.NewScanner(os.Stdin), json.NewEncoder(s.out)
	for lines.Scan() {
		if err := once(); err != nil {
			return err
		}
		if err := results.Encode(t); err != nil {
			return err
		}
	}
	return lines.Err()
}

// steps makes the steps once.
func (c timeSupernetCmd) steps(ctx context.Context, step search.Searcher, t *timing, first time.Duration) error {
	seconds, err := timeSteps(ctx, step, c.Steps)
	if err != nil {
		return err
	}
	t.summarize(seconds)
	t.Compile, t.Memory = max(0, first.Seconds()-t.Median), peakMemory()
	return nil
}

// backendName names the backend of this process without a path: its kind and,
// where it is known, the beginning of the plugin's SHA-256.
func backendName() (string, error) {
	info, err := backend.Describe()
	if err != nil {
		return "", err
	}
	name := "GoMLX's Go backend"
	if info.XLA {
		name = "XLA CPU"
	}
	if info.GPU {
		name = "XLA CUDA"
	}
	if info.SHA256 != "" {
		name += ", plugin " + info.SHA256[:12]
	}
	return name, nil
}
