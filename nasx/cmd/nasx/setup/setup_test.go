package setup

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"naslab.dev/nasx/backend"
)

func TestKernelsRunWithoutANetwork(t *testing.T) {
	dir := t.TempDir()
	k := Kernel{Repo: "/repo", Tools: filepath.Join(dir, "tools"), Go: "/go/bin", Venv: filepath.Join(dir, "venv")}
	if _, err := k.Install(); err == nil || !strings.Contains(err.Error(), "make tools") {
		t.Errorf("without gonb: got %v, want the remedy", err)
	}
	if err := os.MkdirAll(k.Tools, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(k.Tools, "gonb"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	paths, err := k.Install()
	if err != nil || len(paths) != 2 {
		t.Fatalf("got %v, %v, want two kernels", paths, err)
	}
	text, err := os.ReadFile(k.Path(KernelName))
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s.DisplayName != "Go (naslab)" || s.Env["GOPROXY"] != "off" || s.Env["GOFLAGS"] != "-ldflags=-w" {
		t.Errorf("got %+v", s)
	}
	want := []string{filepath.Join(k.Tools, "gonb"), "--kernel", "{connection_file}", "-go_work=/repo"}
	if !strings.HasPrefix(strings.Join(s.Argv, " ")+" ", strings.Join(want, " ")+" ") {
		t.Errorf("got argv %q, want %q", s.Argv, want)
	}
	before, _ := os.Stat(k.Path(KernelName))
	if _, err := k.Install(); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(k.Path(KernelName)); !after.ModTime().Equal(before.ModTime()) {
		t.Error("installing the same kernel again wrote it again")
	}
}

func TestUnpackTakesOneFileAndItsDigest(t *testing.T) {
	dir := t.TempDir()
	archive := filepath.Join(dir, "a.whl")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create(wheelEntry)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	digest, err := unpack(archive, wheelEntry, filepath.Join(dir, "out"))
	// FIPS 180-2, appendix B.1: the digest of "abc".
	if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; err != nil || digest != want {
		t.Errorf("got %s, %v, want %s", digest, err, want)
	}
	if _, err := unpack(archive, "other", filepath.Join(dir, "out")); err == nil {
		t.Error("a file that the archive does not have was unpacked")
	}
	if err := os.Truncate(archive, 20); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(archive, wheelEntry, filepath.Join(dir, "out")); err == nil {
		t.Error("a truncated archive was unpacked")
	}
}

func TestDamagedPluginIsNamed(t *testing.T) {
	cache := t.TempDir()
	folder := filepath.Join(cache, "xla", strings.Repeat("a", 64))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, backend.PluginFile), []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := XLA{Cache: cache, Log: &bytes.Buffer{}}.Install(context.Background())
	if err == nil || !strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v, want a sentence that names %s", err, folder)
	}
}

// script makes a program that stands in for nasx.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInstallMovesAWorkingPluginIntoPlace(t *testing.T) {
	x := XLA{Cache: t.TempDir(), From: FromGoXLA, Log: &bytes.Buffer{}}
	x.Program = script(t, `[ "$2" = probe ] || { mkdir "$3/lib"; printf abc > "$3/lib/pjrt_c_api_cpu_v9_plugin.so"; }`)
	got, err := x.Install(context.Background())
	digest := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of "abc"
	want := filepath.Join(x.Cache, "xla", digest, backend.PluginFile)
	if err != nil || got.Plugin != want || got.Source != FromGoXLA {
		t.Fatalf("got %+v, %v, want plugin %s", got, err, want)
	}
	if again, err := x.Install(context.Background()); err != nil || again.Source != "present" {
		t.Errorf("the second time: got %+v, %v, want the plugin to be present", again, err)
	}
	if left, _ := filepath.Glob(filepath.Join(x.Cache, "xla", ".staging-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestPluginThatDoesNotLoadIsNotInstalled(t *testing.T) {
	x := XLA{Cache: t.TempDir(), From: FromGoXLA, Log: &bytes.Buffer{}}
	x.Program = script(t, `[ "$2" = fetch ] || { echo "nasx: wrong ELF class" >&2; exit 1; }
		mkdir "$3/lib"; printf abc > "$3/lib/pjrt_c_api_cpu_v9_plugin.so"`)
	_, err := x.Install(context.Background())
	if err == nil || !strings.Contains(err.Error(), "wrong ELF class") {
		t.Errorf("got %v, want the reason", err)
	}
	if paths := backend.Plugins(x.Cache); len(paths) > 0 {
		t.Errorf("installed %q", paths)
	}
}

func TestSilentDownloadIsGivenUp(t *testing.T) {
	x := XLA{Cache: t.TempDir(), From: FromGoXLA, Log: &bytes.Buffer{}, Silence: 700 * time.Millisecond}
	x.Program = script(t, "exec sleep 60")
	start := time.Now()
	_, err := x.Install(context.Background())
	if err == nil || !strings.Contains(err.Error(), "nothing arrived for 700ms") {
		t.Errorf("got %v, want that nothing arrived", err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("gave up after %v", took)
	}
}

// JupyterLab's launcher offers the kernel for people, not the one for runs
// without a reader.
func TestLauncherOffersTheKernelForPeople(t *testing.T) {
	script, err := os.ReadFile("../../../../tools/lab.sh")
	if err != nil {
		t.Fatal(err)
	}
	var offered []string
	for _, m := range regexp.MustCompile(`allowed_kernelspecs=(\S+)`).FindAllStringSubmatch(string(script), -1) {
		offered = append(offered, m[1])
	}
	if want := []string{KernelName, "python3"}; !slices.Equal(offered, want) {
		t.Errorf("tools/lab.sh offers %q, want %q", offered, want)
	}
}
