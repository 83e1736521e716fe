package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"naslab.dev/nasx/backend"
)

// Where an XLA plugin may come from.
const (
	FromAuto  = "auto"  // go-xla's release page, and the wheel where that gives nothing
	FromGoXLA = "goxla" // go-xla's release page
	FromWheel = "wheel" // the Python wheel that this version pins; linux/amd64 only
)

const usualSilence = 30 * time.Second

// XLA says how to install a plugin.
type XLA struct {
	Cache   string    // the cache folder, see [backend.Cache]
	Program string    // path of the nasx command, which runs parts of this in processes of their own
	Python  string    // a Python with pip, used for the wheel
	From    string    // one of the From constants
	Log     io.Writer // progress, one line a step

	// Silence is how long a download may bring no byte before it is given
	// up; 0 stands for 30 seconds.
	Silence time.Duration
}

// Result says which plugin is installed.
type Result struct {
	Plugin    string  `json:"plugin"`  // path of the plugin
	SHA256    string  `json:"sha256"`  // its digest
	Source    string  `json:"source"`  // "present", FromGoXLA or FromWheel
	Megabytes float64 `json:"mb"`      // its size in units of 10⁶ bytes
	Seconds   float64 `json:"seconds"` // what installing took
}

// Install makes sure that the cache holds a plugin that loads, and returns it.
// A plugin whose bytes do not match the name of its folder is an error, because
// only a person can say whether anything still uses it.
func (x XLA) Install(ctx context.Context) (Result, error) {
	start := time.Now()
	folder := filepath.Join(x.Cache, "xla")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return Result{}, fmt.Errorf("setup: cannot make the cache folder: %w", err)
	}
	lock := flock.New(filepath.Join(folder, ".lock"))
	if free, err := lock.TryLock(); err == nil && !free {
		fmt.Fprintln(x.Log, "another set-up is at work on the XLA plugin; waiting for it")
	}
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return Result{}, fmt.Errorf("setup: cannot lock %s: %w", lock.Path(), err)
	}
	defer lock.Unlock() //nolint:errcheck // the lock ends with the process

	result := Result{Source: "present"}
	if paths := backend.Plugins(x.Cache); len(paths) > 0 {
		result.Plugin = paths[0]
		if err := Verify(paths[0]); err != nil {
			return Result{}, err
		}
	} else {
		var err error
		if result.Plugin, result.Source, err = x.fetch(ctx, folder); err != nil {
			return Result{}, err
		}
	}
	result.SHA256 = filepath.Base(filepath.Dir(result.Plugin))
	if info, err := os.Stat(result.Plugin); err == nil {
		result.Megabytes = float64(info.Size()) / 1e6
	}
	result.Seconds = time.Since(start).Seconds()
	return result, nil
}

// fetch tries the sources in order and moves the plugin it gets into place.
func (x XLA) fetch(ctx context.Context, folder string) (path, source string, err error) {
	var failures []error
	for _, source := range x.sources() {
		staging, err := os.MkdirTemp(folder, ".staging-")
		if err != nil {
			return "", "", fmt.Errorf("setup: cannot write to the cache: %w", err)
		}
		path, err := x.fetchFrom(ctx, source, staging, folder)
		os.RemoveAll(staging) //nolint:errcheck // a leftover is harmless and named as such
		if err == nil {
			return path, source, nil
		}
		if ctx.Err() != nil {
			return "", "", ctx.Err()
		}
		fmt.Fprintf(x.Log, "XLA plugin by %s: %v\n", source, err)
		failures = append(failures, fmt.Errorf("by %s: %w", source, err))
	}
	return "", "", fmt.Errorf("setup: no XLA plugin could be installed: %w", errors.Join(failures...))
}

// sources lists where to look, in order.
func (x XLA) sources() []string {
	if x.From != FromAuto && x.From != "" {
		return []string{x.From}
	}
	if wheelFits {
		return []string{FromGoXLA, FromWheel}
	}
	return []string{FromGoXLA}
}

// fetchFrom gets a plugin into staging, tries whether it loads, and moves it.
func (x XLA) fetchFrom(ctx context.Context, source, staging, folder string) (string, error) {
	var plugin, digest string
	var err error
	switch source {
	case FromGoXLA:
		plugin, digest, err = x.goXLA(ctx, staging)
	case FromWheel:
		plugin, digest, err = x.wheel(ctx, staging)
	default:
		err = fmt.Errorf("unknown source %q, want auto, goxla or wheel", source)
	}
	if err != nil {
		return "", err
	}
	ready := filepath.Join(staging, "ready")
	if err := os.Mkdir(ready, 0o755); err != nil {
		return "", err
	}
	moved := filepath.Join(ready, backend.PluginFile)
	if err := os.Rename(plugin, moved); err != nil {
		return "", err
	}
	fmt.Fprintln(x.Log, "trying the plugin")
	if out, err := exec.CommandContext(ctx, x.Program, "setup", "probe", moved).CombinedOutput(); err != nil {
		return "", fmt.Errorf("the plugin does not load here: %s", lastLine(out, err))
	}
	if err := sync(moved); err != nil {
		return "", err
	}
	final := filepath.Join(folder, digest)
	if err := os.Rename(ready, final); err != nil {
		return "", fmt.Errorf("cannot move the plugin into place: %w", err)
	}
	return filepath.Join(final, backend.PluginFile), nil
}

// sync flushes a file to the disk.
func sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close() //nolint:errcheck // the first error says more
		return err
	}
	return f.Close()
}
