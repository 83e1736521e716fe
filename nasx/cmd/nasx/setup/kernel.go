package setup

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Kernel says how to install the notebooks' kernels.
type Kernel struct {
	Repo  string // absolute path of the checkout
	Tools string // absolute path of the folder with gonb, goimports and gopls
	Go    string // absolute path of the folder with the go command
	Venv  string // absolute path of the Python environment that Jupyter runs in
}

// Names of the kernels, as notebooks name them.
const (
	KernelName    = "naslab"     // "Go (naslab)"
	KernelNameRaw = "naslab-raw" // the same with plain-text errors, for runs without a reader
)

// spec is a Jupyter kernel.json.
type spec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
}

// Path returns the kernel.json of a kernel.
func (k Kernel) Path(name string) string {
	return filepath.Join(k.Venv, "share", "jupyter", "kernels", name, "kernel.json")
}

// Install writes both kernels and returns the paths of their kernel.json files.
// A file that already says the same is left alone.
func (k Kernel) Install() ([]string, error) {
	if _, err := os.Stat(filepath.Join(k.Tools, "gonb")); err != nil {
		return nil, fmt.Errorf("setup: there is no gonb in %s: run `make tools`", k.Tools)
	}
	var paths []string
	for _, name := range []string{KernelName, KernelNameRaw} {
		path := k.Path(name)
		text, err := json.MarshalIndent(k.spec(name), "", "  ")
		if err != nil {
			return nil, fmt.Errorf("setup: kernel %s: %w", name, err)
		}
		if err := writeFile(path, append(text, '\n')); err != nil {
			return nil, fmt.Errorf("setup: kernel %s: %w", name, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// spec fills in kernel.json. GOPROXY=off makes imports come from the checkout's
// go.mod alone, without a network; -ldflags=-w halves the linking of a cell.
func (k Kernel) spec(name string) spec {
	s := spec{
		Argv: []string{
			filepath.Join(k.Tools, "gonb"), "--kernel", "{connection_file}", "-go_work=" + k.Repo,
			"-logtostderr=false", "-log_file=" + os.DevNull, "-stderrthreshold=FATAL", // it tells every step
		},
		DisplayName:   "Go (naslab)",
		Language:      "go",
		InterruptMode: "message",
		Env: map[string]string{
			"GOPROXY": "off",
			"GOFLAGS": "-ldflags=-w",
			"PATH":    strings.Join([]string{k.Tools, k.Go, "${PATH}"}, string(os.PathListSeparator)),
		},
	}
	if name == KernelNameRaw {
		s.Argv = append(s.Argv, "-raw_error=true")
		s.DisplayName = "Go (naslab, plain errors)"
	}
	return s
}

// writeFile replaces a file by a rename, unless it already has these bytes.
func writeFile(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
