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

			second, err := buildMethod(d)
			must(t, err)
			part, err := run.Create(filepath.Join(root, "part"), d)
			must(t, err)
			part.Every = 9
			// Interrupted after 20 steps, as by Ctrl-C; then killed after 25, so
			// that five steps are replayed.
			ctx, cancel := context.WithCancel(t.Context())
			err = part.Run(ctx, second, 60, func(trace search.Trace) error {
				if trace.Step == 20 {
					cancel()
				}
				return nil
			})
			if !errors.Is(err, context.Canceled) || part.Finished() != 20 {
				t.Fatalf("interrupted at %d: %v", part.Finished(), err)
			}
			for range 5 {
				_, err := part.Step(second)
				must(t, err)
			}
			must(t, part.Close())
			part, again, err := run.Resume(filepath.Join(root, "part"), buildMethod)
			must(t, err)
			defer part.Close()
			must(t, part.Run(t.Context(), again, 60, nil))
			want := export(t, whole.Reader, run.FormatJSONL)
			if got := export(t, part.Reader, run.FormatJSONL); got != want {
				t.Error("the interrupted run exports other traces")
			}
			fork, forked, err := whole.Fork(33, filepath.Join(root, "fork"), buildMethod)
			must(t, err)
			defer fork.Close()
			must(t, fork.Run(t.Context(), forked, 60, nil))
			if got := export(t, fork.Reader, run.FormatJSONL); got != want {
				t.Error("the fork, where nothing was changed, exports other traces")
			}
			if n := append(part.Notices(), fork.Notices()...); len(n) != 0 {
				t.Errorf("notices %q", n)
			}
		})
	}
}
