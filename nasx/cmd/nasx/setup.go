package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/cmd/nasx/setup"
)

// setupCmd groups what can be installed.
type setupCmd struct {
	XLA    setupXLACmd    `cmd:"" name:"xla" help:"Install the XLA plugin into the cache."`
	Kernel setupKernelCmd `cmd:"" help:"Install the notebooks' kernels into the checkout's Python environment."`
	All    setupAllCmd    `cmd:"" help:"Install both."`
	Probe  setupProbeCmd  `cmd:"" hidden:"" help:"Load a plugin and compute with it."`
	Fetch  setupFetchCmd  `cmd:"" hidden:"" help:"Run go-xla's installer."`
}

// setupXLACmd installs the XLA plugin.
type setupXLACmd struct {
	jsonFlag
	From   string `enum:"auto,goxla,wheel" default:"auto" help:"Release page, wheel, or one after the other."`
	Python string `placeholder:"FILE" help:"Python whose pip fetches the wheel (default: the checkout's, then python3)."`
}

// Run installs the plugin.
func (c setupXLACmd) Run(ctx context.Context, s std) error {
	result, err := c.install(ctx, s.err)
	if err != nil {
		return err
	}
	return c.print(s.out, result, func(w io.Writer) {
		fmt.Fprintf(w, "XLA plugin %s (%.0f MB, %s)\n", result.Plugin, result.Megabytes, result.Source)
	})
}

func (c setupXLACmd) install(ctx context.Context, log io.Writer) (setup.Result, error) {
	cache, err := backend.Cache()
	if err != nil {
		return setup.Result{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return setup.Result{}, fmt.Errorf("cannot find this program's own file: %w", err)
	}
	x := setup.XLA{Cache: cache, Program: program, Python: c.Python, From: c.From, Log: log}
	if x.Python == "" {
		x.Python = findPython()
	}
	return x.Install(ctx)
}

// findPython prefers the Python of the checkout one stands in.
func findPython() string {
	if repo, err := checkout(); err == nil {
		python := filepath.Join(repo, ".venv", "bin", "python")
		if _, err := os.Stat(python); err == nil {
			return python
		}
	}
	return "python3"
}

// setupKernelCmd installs the kernels.
type setupKernelCmd struct {
	jsonFlag
}

// Run installs the kernels.
func (c setupKernelCmd) Run(s std) error {
	paths, err := c.install()
	if err != nil {
		return err
	}
	return c.print(s.out, map[string][]string{"kernels": paths}, func(w io.Writer) {
		for _, path := range paths {
			fmt.Fprintln(w, "kernel", path)
		}
	})
}

func (c setupKernelCmd) install() ([]string, error) {
	kernel, err := kernelHere()
	if err != nil {
		return nil, err
	}
	return kernel.Install()
}

// kernelHere describes the kernels of the checkout one stands in.
func kernelHere() (setup.Kernel, error) {
	repo, err := checkout()
	if err != nil {
		return setup.Kernel{}, err
	}
	goPath, err := exec.LookPath("go")
	if err != nil {
		return setup.Kernel{}, fmt.Errorf("the go command is not in PATH: add its folder, often /usr/local/go/bin")
	}
	return setup.Kernel{
		Repo:  repo,
		Tools: filepath.Join(repo, ".tools"),
		Go:    filepath.Dir(goPath),
		Venv:  filepath.Join(repo, ".venv"),
	}, nil
}

// setupAllCmd installs plugin and kernels.
type setupAllCmd struct {
	jsonFlag
	From string `enum:"auto,goxla,wheel" default:"auto" help:"Source of the XLA plugin."`
}

// Run installs plugin and kernels.
func (c setupAllCmd) Run(ctx context.Context, s std) error {
	plugin, err := setupXLACmd{From: c.From}.install(ctx, s.err)
	if err != nil {
		return err
	}
	kernels, err := setupKernelCmd{}.install()
	if err != nil {
		return err
	}
	value := struct {
		XLA     setup.Result `json:"xla"`
		Kernels []string     `json:"kernels"`
	}{plugin, kernels}
	return c.print(s.out, value, func(w io.Writer) {
		fmt.Fprintf(w, "XLA plugin %s (%.0f MB, %s)\n", plugin.Plugin, plugin.Megabytes, plugin.Source)
		for _, path := range kernels {
			fmt.Fprintln(w, "kernel", path)
		}
	})
}

// setupProbeCmd runs in a process of its own, because a broken plugin may end
// the process that loads it.
type setupProbeCmd struct {
	Plugin string `arg:"" help:"Absolute path of a plugin."`
}

// Run loads the plugin and adds two numbers with it.
func (c setupProbeCmd) Run() error {
	b, err := compute.NewWithConfig("xla:" + c.Plugin)
	if err != nil {
		return err
	}
	exec, err := graph.NewExec(b, func(x, y *graph.Node) *graph.Node { return graph.Add(x, y) })
	if err != nil {
		return err
	}
	sum, err := exec.Call1(float32(2), float32(3))
	if err != nil {
		return err
	}
	if got, ok := sum.Value().(float32); !ok || got != 5 {
		return fmt.Errorf("the plugin says that 2 + 3 is %v", sum.Value())
	}
	return nil
}

// setupFetchCmd runs in a process of its own, because go-xla's installer has no
// time-out.
type setupFetchCmd struct {
	Staging string `arg:"" help:"Folder to install into."`
}

// Run installs go-xla's plugin.
func (c setupFetchCmd) Run() error { return setup.Fetch(c.Staging) }
