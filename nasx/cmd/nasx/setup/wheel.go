package setup

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"naslab.dev/nasx/backend"
)

// The pinned wheel: it carries OpenXLA's CPU plugin for the PJRT interface.
const (
	wheelPin    = "lammps-jax-pjrt-cpu==0.11.2"
	wheelSHA256 = "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1"
	wheelEntry  = "lammps_jax_pjrt_cpu/" + backend.PluginFile

	maxPlugin = 1 << 30 // bytes; the pinned one has 202 MB
)

// wheelFits says whether the wheel is made for this kind of machine.
const wheelFits = runtime.GOOS == "linux" && runtime.GOARCH == "amd64"

// wheel downloads the pinned wheel with pip, which checks its digest, and takes
// the plugin out of it.
func (x XLA) wheel(ctx context.Context, staging string) (plugin, digest string, err error) {
	if !wheelFits {
		return "", "", fmt.Errorf("the wheel is for linux/amd64, this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	fmt.Fprintf(x.Log, "fetching the XLA plugin in the Python wheel %s (62 MB)\n", wheelPin)
	list := filepath.Join(staging, "requirements.txt")
	if err := os.WriteFile(list, []byte(wheelPin+" --hash=sha256:"+wheelSHA256+"\n"), 0o644); err != nil {
		return "", "", err
	}
	cmd := exec.CommandContext(ctx, x.Python, "-m", "pip", "download", "--quiet", "--no-input",
		"--disable-pip-version-check", "--no-cache-dir", "--require-hashes", "--no-deps", "--only-binary", ":all:",
		"--dest", staging, "--requirement", list)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("pip download %s: %s", wheelPin, lastLine(out.Bytes(), err))
	}
	wheels, err := filepath.Glob(filepath.Join(staging, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", "", fmt.Errorf("pip left %d wheels, want 1", len(wheels))
	}
	fmt.Fprintln(x.Log, "unpacking the plugin (202 MB)")
	plugin = filepath.Join(staging, backend.PluginFile)
	digest, err = unpack(wheels[0], wheelEntry, plugin)
	if err != nil {
		return "", "", err
	}
	if digest != backend.PinnedPlugin {
		return "", "", fmt.Errorf("the wheel's plugin has SHA-256 %s, want %s", digest, backend.PinnedPlugin)
	}
	return plugin, digest, nil
}

// unpack writes one file of a zip archive to path and returns its SHA-256.
func unpack(archive, entry, path string) (digest string, err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return "", fmt.Errorf("%s is no zip archive: %w", filepath.Base(archive), err)
	}
	defer z.Close() //nolint:errcheck // opened for reading
	in, err := z.Open(entry)
	if err != nil {
		return "", fmt.Errorf("%s has no file %s", filepath.Base(archive), entry)
	}
	defer in.Close() //nolint:errcheck // opened for reading
	out, err := os.Create(path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(in, maxPlugin+1))
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", fmt.Errorf("unpacking %s: %w", entry, err)
	}
	if n > maxPlugin {
		return "", fmt.Errorf("%s is larger than %d bytes", entry, maxPlugin)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Verify checks that the bytes of a plugin in the cache have the digest that
// its folder is named by.
func Verify(plugin string) error {
	got, err := fileDigest(plugin)
	if err != nil {
		return fmt.Errorf("setup: cannot read the XLA plugin: %w", err)
	}
	if folder := filepath.Dir(plugin); got != filepath.Base(folder) {
		return fmt.Errorf("setup: the XLA plugin in %s is damaged (its SHA-256 is %s): remove that folder and repeat",
			folder, got)
	}
	return nil
}

// fileDigest returns the SHA-256 of a file in lower-case hexadecimal.
func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // opened for reading
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
