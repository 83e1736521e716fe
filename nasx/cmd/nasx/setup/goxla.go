package setup

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"
)

// goXLA runs go-xla's own installer in a process of its own, because it knows
// no time-out, and ends it when nothing arrives for [XLA.Silence].
func (x XLA) goXLA(ctx context.Context, staging string) (plugin, digest string, err error) {
	fmt.Fprintln(x.Log, "fetching the XLA plugin by go-xla's installer")
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, x.Program, "setup", "fetch", staging)
	cmd.Env = append(os.Environ(), "TMPDIR="+staging, "TMP="+staging)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return "", "", err
	}
	go x.watch(ctx, staging, cancel)
	if err := cmd.Wait(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return "", "", cause
		}
		return "", "", fmt.Errorf("%s", lastLine(out.Bytes(), err))
	}
	found, err := filepath.Glob(filepath.Join(staging, "lib", "pjrt_c_api_cpu_*plugin*"))
	if err != nil || len(found) != 1 {
		return "", "", fmt.Errorf("the installer left %d plugins, want 1", len(found))
	}
	digest, err = fileDigest(found[0])
	return found[0], digest, err
}

// watch reports how much has arrived and cancels when that stands still.
func (x XLA) watch(ctx context.Context, folder string, cancel context.CancelCauseFunc) {
	silence := x.Silence
	if silence == 0 {
		silence = usualSilence
	}
	last, since, reported := int64(-1), time.Now(), int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
		size := folderSize(folder)
		if size != last {
			last, since = size, time.Now()
		}
		if size-reported >= 20e6 {
			reported = size
			fmt.Fprintf(x.Log, "  %d MB\n", size/1e6)
		}
		if time.Since(since) > silence {
			cancel(fmt.Errorf("nothing arrived for %v", silence))
			return
		}
	}
}

// folderSize adds up the bytes of all files below a folder.
func folderSize(folder string) (size int64) {
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // a file that has just gone counts nothing
		}
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

// Fetch runs go-xla's installer into the folder "lib" of staging. It has no
// time-out and writes to stdout; [XLA.Install] runs it in a process of its own.
func Fetch(staging string) error {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	lib := filepath.Join(staging, "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		return err
	}
	return installer.CPUInstall(platform, pjrt.DefaultCPUVersion, lib, false, installer.Quiet)
}

// lastLine is the last line that a failed program wrote, or else its error.
func lastLine(out []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return strings.TrimPrefix(last, "nasx: ")
	}
	return err.Error()
}
