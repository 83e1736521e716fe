package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/cmd/nasx/setup"
)

// Levels of a finding.
const (
	levelOK      = "ok"
	levelWarning = "warning" // something is slower or missing, most things work
	levelFailure = "failure" // the laboratory will not work
)

// finding is one line of the doctor's report.
type finding struct {
	Check  string `json:"check"`
	Level  string `json:"level"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

// doctorCmd checks the machine.
type doctorCmd struct {
	jsonFlag
}

// Run prints all findings; it fails if one of them is a failure.
func (c doctorCmd) Run(ctx context.Context, s std) error {
	var findings []finding
	for _, check := range checks {
		f := check.run(ctx)
		f.Check = check.name
		findings = append(findings, f)
	}
	err := c.print(s.out, findings, func(w io.Writer) {
		for _, f := range findings {
			fmt.Fprintf(w, "%-8s %-12s %s\n", f.Level, f.Check, f.Found)
			if f.Remedy != "" {
				fmt.Fprintf(w, "%-8s %-12s → %s\n", "", "", f.Remedy)
			}
		}
	})
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Level == levelFailure {
			return errSilent
		}
	}
	return nil
}

// checks are all checks in the order of the report.
var checks = []struct {
	name string
	run  func(context.Context) finding
}{
	{"go", checkGo},
	{"c compiler", checkCompiler},
	{"python", checkPython},
	{"tools", checkTools},
	{"kernels", checkKernels},
	{"cache", checkCache},
	{"disk", checkDisk},
	{"xla plugin", checkPlugin},
	{"backend", checkBackend},
}

func checkGo(ctx context.Context) finding {
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return finding{
			Level: levelFailure, Found: "the go command does not run",
			Remedy: "install Go 1.26.5 or newer and add its bin folder to PATH",
		}
	}
	return finding{Level: levelOK, Found: strings.TrimSpace(string(out))}
}

func checkCompiler(ctx context.Context) finding {
	for _, name := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		if name == "" {
			continue
		}
		if out, err := exec.CommandContext(ctx, name, "--version").Output(); err == nil {
			line, _, _ := strings.Cut(string(out), "\n")
			return finding{Level: levelOK, Found: line}
		}
	}
	return finding{
		Level: levelFailure, Found: "no C compiler",
		Remedy: "install one, on Debian or Ubuntu: apt-get install gcc libc6-dev",
	}
}

func checkPython(ctx context.Context) finding {
	python := findPython()
	script := "import sys, jupyterlab; print('Python', '.'.join(map(str, sys.version_info[:3]))," +
		" 'with JupyterLab', jupyterlab.__version__)"
	out, err := exec.CommandContext(ctx, python, "-c", script).Output()
	if err != nil {
		return finding{
			Level: levelWarning, Found: python + " has no JupyterLab",
			Remedy: "run `make setup` in the checkout",
		}
	}
	return finding{Level: levelOK, Found: strings.TrimSpace(string(out))}
}

func checkTools(context.Context) finding {
	repo, err := checkout()
	if err != nil {
		return finding{Level: levelWarning, Found: err.Error(), Remedy: "run this in the checkout, with go in PATH"}
	}
	var missing []string
	for _, tool := range []string{"gonb", "goimports", "gopls"} {
		if _, err := os.Stat(filepath.Join(repo, ".tools", tool)); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) > 0 {
		return finding{
			Level: levelWarning, Found: "missing: " + strings.Join(missing, ", "),
			Remedy: "run `make tools` in the checkout",
		}
	}
	return finding{Level: levelOK, Found: "gonb, goimports and gopls in " + filepath.Join(repo, ".tools")}
}

func checkKernels(context.Context) finding {
	kernel, err := kernelHere()
	if err != nil {
		return finding{Level: levelWarning, Found: err.Error(), Remedy: "run this in the checkout, with go in PATH"}
	}
	path := kernel.Path(setup.KernelName)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return finding{Level: levelWarning, Found: "no kernel in " + path, Remedy: "run `nasx setup kernel`"}
	case err != nil:
		return finding{Level: levelFailure, Found: err.Error(), Remedy: "make that file readable"}
	case !strings.Contains(string(text), `"-go_work=`+kernel.Repo+`"`):
		return finding{
			Level: levelFailure, Found: path + " belongs to another checkout",
			Remedy: "run `nasx setup kernel`",
		}
	}
	return finding{Level: levelOK, Found: path}
}

func checkCache(context.Context) finding {
	cache, err := backend.Cache()
	if err != nil {
		return finding{Level: levelFailure, Found: err.Error(), Remedy: "set NASX_CACHE to a folder you can write to"}
	}
	if err := os.MkdirAll(cache, 0o755); err == nil {
		var f *os.File
		if f, err = os.CreateTemp(cache, ".doctor-"); err == nil {
			f.Close()           //nolint:errcheck // empty
			os.Remove(f.Name()) //nolint:errcheck // ours, just made
			return finding{Level: levelOK, Found: cache}
		}
	}
	return finding{
		Level: levelFailure, Found: "cannot write to " + cache,
		Remedy: "set NASX_CACHE to a folder you can write to",
	}
}

func checkPlugin(context.Context) finding {
	cache, err := backend.Cache()
	if err != nil {
		return finding{Level: levelFailure, Found: err.Error(), Remedy: "set NASX_CACHE to a folder you can write to"}
	}
	paths := backend.Plugins(cache)
	if len(paths) == 0 {
		return finding{Level: levelWarning, Found: "none in the cache", Remedy: "run `nasx setup xla`"}
	}
	for _, path := range paths {
		if err := setup.Verify(path); err != nil {
			return finding{
				Level: levelFailure, Found: err.Error(),
				Remedy: "remove " + filepath.Dir(path) + " and run `nasx setup xla`",
			}
		}
	}
	return finding{Level: levelOK, Found: paths[0]}
}

func checkBackend(context.Context) finding {
	info, err := backend.Describe()
	switch {
	case err != nil:
		return finding{Level: levelFailure, Found: err.Error(), Remedy: "unset GOMLX_BACKEND or run `nasx setup xla`"}
	case !info.XLA:
		return finding{
			Level: levelWarning, Found: "Go: tabular searches work, supernets need XLA",
			Remedy: "run `nasx setup xla`",
		}
	case info.GPU:
		return finding{Level: levelOK, Found: "XLA on a GPU: " + info.Description}
	}
	return finding{Level: levelOK, Found: "XLA on the CPU: " + info.Description}
}
