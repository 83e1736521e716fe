package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// isTable says whether a name of data is a tabular benchmark.
func isTable(data string) bool {
	if data == dataSynthetic {
		return true
	}
	_, ok := bench.TableOf(data)
	return ok
}

// tableData lists the names of tabular benchmarks.
func tableData() string { return dataSynthetic + ", or one of " + strings.Join(bench.Tasks(), ", ") }

// benchmarks opens the benchmark of a name and returns what makes it for a seed;
// all share one table.
func benchmarks(data string) (func(seed uint64) (bench.Benchmark, error), error) {
	if data == dataSynthetic {
		return func(seed uint64) (bench.Benchmark, error) {
			cfg := bench.DefaultConfig()
			cfg.NoiseSeed = seed
			return bench.NewSynthetic(cfg)
		}, nil
	}
	name, ok := bench.TableOf(data)
	if !ok {
		return nil, usage("there is no table %q to search in, want %s", data, tableData())
	}
	table, err := bench.OpenNamed(name)
	if err != nil {
		return nil, err
	}
	task, err := bench.NewTask(table, data, 1)
	if err != nil {
		return nil, err
	}
	return func(seed uint64) (bench.Benchmark, error) { return task.WithSeed(seed), nil }, nil
}

// inTable makes methods that learn from rewards, on the benchmark of the plan.
func inTable(name string, controller func(space.Space, plan) (search.Controller, error)) method {
	return method{name: name, controller: controller, make: func(p plan) (search.Searcher, error) {
		if !isTable(p.Data) {
			return nil, usage("method %s searches in a table: use --data %s", p.Method, tableData())
		}
		make, err := benchmarks(p.Data)
		if err != nil {
			return nil, err
		}
		b, err := make(p.Seed)
		if err != nil {
			return nil, err
		}
		c, err := controller(b.Space(), p)
		if err != nil {
			return nil, err
		}
		return search.Drive(c, b, orDefault(p.Steps, defaultQueries)), nil
	}}
}

// seedsFlags ask for a search in a table to be repeated.
type seedsFlags struct {
	Budget  int     `placeholder:"N" help:"Queries of each search; prints figures and keeps no run." group:"Tables"`
	Seconds float64 `placeholder:"S" help:"Simulated seconds of each search, in place of --budget." group:"Tables"`
	Seeds   int     `placeholder:"N" help:"Repeat with N seeds, from --seed on (default 1)." group:"Tables"`
}

// given says whether any of them was.
func (f seedsFlags) given() bool { return f.Budget != 0 || f.Seconds != 0 || f.Seeds != 0 }

// mostTableSeeds and mostQueries bound what is kept in memory.
const (
	mostTableSeeds = 100000
	mostQueries    = 1000000
)

func (f seedsFlags) check() error {
	switch {
	case f.Budget < 0 || f.Budget > mostQueries:
		return fmt.Errorf("--budget is %d, want 1 to %d queries", f.Budget, mostQueries)
	case !(f.Seconds >= 0 && f.Seconds <= bench.MostSeconds):
		return fmt.Errorf("--seconds is %g, want more than 0 and at most %g", f.Seconds, bench.MostSeconds)
	case f.Seeds < 0 || f.Seeds > mostTableSeeds:
		return fmt.Errorf("--seeds is %d, want 1 to %d", f.Seeds, mostTableSeeds)
	case f.Seeds > 0 && f.Budget == 0 && f.Seconds == 0:
		return fmt.Errorf("--seeds without --budget: say how many queries each search has")
	}
	return nil
}

// imageFlags is the group of the flags about images and their network.
const imageFlags = "Image sets"

// checkFlags refuses flags that say nothing about a table.
func (c searchCmd) checkFlags(given *kong.Context) error {
	for _, p := range given.Path {
		if f := p.Flag; f != nil && f.Group != nil && f.Group.Key == imageFlags && isTable(c.Data) {
			return usage("--%s is for image sets, and %s is a table", f.Name, c.Data)
		}
	}
	return nil
}

// repeat searches once per seed and prints the figures.
func (c searchCmd) repeat(ctx context.Context, s std, m method) error {
	switch {
	case m.controller == nil:
		return usage("method %s searches on images: --budget and --seeds are for tables", m.name)
	case c.Steps != 0 || c.Out != "":
		return usage("--budget and --seeds keep no run: use them without --steps and --out")
	case !isTable(c.Data):
		return usage("--budget and --seeds are for tables: use --data %s", tableData())
	}
	benchmark, err := benchmarks(c.Data)
	if err != nil {
		return err
	}
	r := repeated{
		Method: c.Method, Policy: c.Policy, Data: c.Data, Budget: c.Budget, Seconds: c.Seconds, Seeds: max(c.Seeds, 1),
	}
	outcomes, err := bench.Repeat(ctx, r.Seeds, func(nth uint64) (bench.Outcome, error) {
		seed := c.Seed + nth - 1
		b, err := benchmark(seed)
		if err != nil {
			return bench.Outcome{}, err
		}
		p := c.plan()
		p.Seed, p.Steps = seed, c.Budget
		controller, err := m.controller(b.Space(), p)
		if err != nil {
			return bench.Outcome{}, err
		}
		out, err := bench.Search(b, interruptible{controller, ctx}, bench.Budget{Queries: c.Budget, Seconds: c.Seconds})
		out.Truth = nil // of many long searches it would fill the memory
		return out, err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	b, err := benchmark(c.Seed)
	if err != nil {
		return err
	}
	if c.Data == protocolTask {
		r.Published = bench.Published(c.Method)
	}
	if err := r.judge(b, outcomes); err != nil {
		return err
	}
	return c.print(s.out, &r, r.text)
}

// interruptible is a controller that proposes nothing after its context's end.
type interruptible struct {
	search.Controller
	ctx context.Context
}

// Propose implements [search.Controller].
func (i interruptible) Propose(step int) (space.Arch, error) {
	if err := i.ctx.Err(); err != nil {
		return nil, err
	}
	return i.Controller.Propose(step)
}
