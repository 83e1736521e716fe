package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
)

// timeOpenCmd times the way from a program's start to a session's first step, as
// somebody waits for it who runs the first cell of a notebook.
type timeOpenCmd struct {
	jsonFlag
	Method string `default:"snas" help:"Method (default ${default})."`
	Data   string `default:"digits" help:"Image set or table (default ${default})."`
	Steps  int    `default:"1" help:"How often; each time anew, in a folder of its own (default ${default})."`
	Cell   bool   `hidden:"" help:"Be the cell: open the session, make a step, say so and stop the session."`
}

// Run measures.
func (c timeOpenCmd) Run(ctx context.Context, s std) error {
	if c.Cell {
		return c.cell(s.out)
	}
	if c.Steps < 1 {
		return usage("--steps is %d, want 1 or more", c.Steps)
	}
	if _, err := lookUp(c.Method); err != nil {
		return err
	}
	t := timing{What: fmt.Sprintf("from start to the first step of %s on %s", c.Method, c.Data)}
	var seconds []float64
	for i := range c.Steps {
		fmt.Fprintf(s.err, "opening a session, %d of %d\n", i+1, c.Steps)
		took, err := c.once(ctx, &t, s.err)
		if err != nil {
			return err
		}
		seconds = append(seconds, took.Seconds())
	}
	t.summarize(seconds)
	return c.print(s.out, t, t.text)
}

// once starts a cell in an empty folder and waits for its first step.
func (c timeOpenCmd) once(ctx context.Context, t *timing, log io.Writer) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "nasx-time-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, program, "time", "open", "--cell", "--method", c.Method, "--data", c.Data)
	cmd.Env = append(os.Environ(), "NASX_DRIVER=resident",
		"NASX_STATE="+filepath.Join(dir, "state"), "NASX_RUNS="+filepath.Join(dir, "runs"))
	cmd.Stderr = log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(out)
	stepped := lines.Scan()
	took := time.Since(start)
	lines.Scan()
	rest := slices.Clone(lines.Bytes())
	if err := cmd.Wait(); err != nil {
		return 0, errors.Join(fmt.Errorf("the session's cell: %w", err), ctx.Err())
	}
	if !stepped {
		return 0, errors.New("the session's cell ended without a step")
	}
	var known timing
	err = json.Unmarshal(rest, &known)
	t.Compile, t.Memory, t.Backend = known.Compile, max(t.Memory, known.Memory), known.Backend
	return took, err
}

// cell is what a notebook's first cell does. Its first line on standard output
// says that a step is made, its second what is known of the session.
func (c timeOpenCmd) cell(out io.Writer) (err error) {
	session, err := lab.TryOpen("time", func() ([]search.Searcher, error) {
		s, err := plan{Method: c.Method, Data: c.Data, Seed: 1, Batch: 64}.build()
		return []search.Searcher{s}, err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Stop()) }()
	start := time.Now()
	if _, err := session.Step(1); err != nil {
		return err
	}
	fmt.Fprintln(out, "one step")
	first, start := time.Since(start), time.Now()
	if _, err := session.Step(1); err != nil {
		return err
	}
	known := timing{Compile: max(0, (first - time.Since(start)).Seconds())}
	infos, err := lab.List()
	if err != nil {
		return err
	}
	for _, info := range infos {
		if info.Name == session.Name() {
			known.Memory = info.Memory
		}
	}
	known.Backend = plainGo
	if m, err := lookUp(c.Method); err == nil && m.on(c.Data).rule != "" {
		if known.Backend, err = backendName(); err != nil {
			return err
		}
	}
	return json.NewEncoder(out).Encode(known)
}
