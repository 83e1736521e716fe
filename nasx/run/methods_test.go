package run_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
)

// builders makes the methods that need no backend, from a run's description.
var builders = map[string]func(space.Space, search.Description) (search.Controller, error){
	"random": func(s space.Space, d search.Description) (search.Controller, error) {
		cfg := random.DefaultConfig()
		return orNil(run.Config(d, &cfg), func() (search.Controller, error) { return random.New(s, cfg) })
	},
	"evolution": func(s space.Space, d search.Description) (search.Controller, error) {
		cfg := evolution.DefaultConfig()
		return orNil(run.Config(d, &cfg), func() (search.Controller, error) { return evolution.New(s, cfg) })
	},
	"tabular": func(s space.Space, d search.Description) (search.Controller, error) {
		cfg := tabular.DefaultConfig()
		return orNil(run.Config(d, &cfg), func() (search.Controller, error) { return tabular.New(s, cfg) })
	},
}

// orNil makes a controller unless its configuration was broken.
func orNil(err error, make func() (search.Controller, error)) (search.Controller, error) {
	if err != nil {
		return nil, err
	}
	return make()
}

// buildMethod is a run.Build over the synthetic benchmark.
func buildMethod(d search.Description) (search.Searcher, error) {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		return nil, err
	}
	controller, err := builders[d.Method](table.Space(), d)
	if err != nil {
		return nil, err
	}
	return search.Drive(controller, table, 60), nil
}

func TestMethodsResumeForkAndStop(t *testing.T) {
	for name := range builders {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			first, err := buildMethod(search.Description{Method: name, Config: struct{}{}})
			must(t, err)
			d := first.(search.Describer).Describe()
			whole, err := run.Create(filepath.Join(root, "whole"), d)
			must(t, err)
			defer whole.Close()
			must(t, whole.Run(t.Context(), first, 60, nil))
			want := export(t, whole.Reader, run.FormatJSONL)

			interrupted(t, filepath.Join(root, "part"), d)
			part, again, err := run.Resume(filepath.Join(root, "part"), buildMethod)
			must(t, err)
			endsAs(t, part, again, want)
			fork, forked, err := whole.Fork(33, filepath.Join(root, "fork"), buildMethod)
			must(t, err)
			endsAs(t, fork, forked, want)
		})
	}
}

// interrupted starts a run, interrupts it after 20 steps, as by Ctrl-C, and leaves
// it after 25 as if killed, so that five steps are replayed.
func interrupted(t *testing.T, dir string, d search.Description) {
	t.Helper()
	s, err := buildMethod(d)
	must(t, err)
	part, err := run.Create(dir, d)
	must(t, err)
	part.Every = 9
	ctx, cancel := context.WithCancel(t.Context())
	err = part.Run(ctx, s, 60, func(trace search.Trace) error {
		if trace.Step == 20 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || part.Finished() != 20 {
		t.Fatalf("interrupted at %d: %v", part.Finished(), err)
	}
	for range 5 {
		_, err := part.Step(s)
		must(t, err)
	}
	must(t, part.Close())
}

// endsAs walks a run on to step 60 and compares its traces with those of a run
// that went there at once.
func endsAs(t *testing.T, w *run.Writer, s search.Searcher, want string) {
	t.Helper()
	defer w.Close()
	must(t, w.Run(t.Context(), s, 60, nil))
	if got := export(t, w.Reader, run.FormatJSONL); got != want {
		t.Error("the run exports other traces than the one that went on without a break")
	}
	if n := w.Notices(); len(n) != 0 {
		t.Errorf("notices %q", n)
	}
}
