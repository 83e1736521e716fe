package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"naslab.dev/nasx/run"
)

// flagsFor are the flags that make a search by each method small.
func flagsFor(m method) []string {
	if m.controller != nil && m.rule == "" {
		return []string{"--data", "synthetic"}
	}
	return strings.Fields("--cells 1 --nodes 1 --channels 2 --batch 16 --train-limit 160 --held 16 --epochs 10")
}

// export returns all traces of a run in the form that two equal runs share.
func export(t *testing.T, dir, name string) string {
	t.Helper()
	return must(t, dir, "export", name).out
}

// Twenty steps are ten, a process that is killed, and ten more: for every
// method, byte for byte.
func TestKilledSearchGoesOnExactly(t *testing.T) {
	for _, m := range methods {
		t.Run(m.name, func(t *testing.T) {
			dir := t.TempDir()
			args := func(steps, out string) []string {
				return append([]string{"search", "--method", m.name, "--steps", steps, "--out", out}, flagsFor(m)...)
			}
			killed := command(t, dir, args("1000000", "killed")...)
			ended := waitForSteps(t, filepath.Join(dir, "killed"), 10, killed)
			if err := killed.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			steps := stepsOf(t, filepath.Join(dir, "killed")) + 10
			must(t, dir, "resume", "killed", "--steps", itoa(steps))
			must(t, dir, args(itoa(steps), "straight")...)
			if export(t, dir, "killed") != export(t, dir, "straight") {
				t.Errorf("a search killed and resumed differs from one of %d steps without a break", steps)
			}
		})
	}
}

// waitForSteps starts a search and waits until it has stored so many steps; the
// channel closes when the process has ended.
func waitForSteps(t *testing.T, dir string, want int, cmd *exec.Cmd) (ended <-chan struct{}) {
	t.Helper()
	if cmd.Stderr == nil {
		cmd.Stderr = &strings.Builder{}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cmd.Wait() //nolint:errcheck // its exit code says it
	}()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		select {
		case <-done:
			t.Fatalf("the search ended before step %d: %s", want, cmd.Stderr)
		case <-time.After(20 * time.Millisecond):
		}
		r, err := run.Open(dir)
		if err != nil {
			continue // not there yet
		}
		steps, err := r.Steps()
		r.Close() //nolint:errcheck // opened for reading
		if err == nil && steps >= want {
			return done
		}
	}
	cmd.Process.Kill() //nolint:errcheck // the test has failed anyway
	t.Fatalf("no %d steps in %s after five minutes", want, dir)
	return nil
}

func stepsOf(t *testing.T, dir string) int {
	t.Helper()
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // opened for reading
	steps, err := r.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func itoa(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}

func TestInterruptSavesAndSaysHowToGoOn(t *testing.T) {
	dir := t.TempDir()
	args := "search --method evolution --data synthetic --steps 1000000 --out r --json"
	cmd := command(t, dir, strings.Fields(args)...)
	var out, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &stderr
	ended := waitForSteps(t, filepath.Join(dir, "r"), 5, cmd)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("got exit code %d, want %d", code, exitInterrupted)
	}
	if !strings.Contains(stderr.String(), "nasx resume r\n") && !strings.Contains(stderr.String(), "/r\n") {
		t.Errorf("got stderr %q, want the command to go on with", stderr.String())
	}
	if out.String() != "" {
		t.Errorf("got stdout %q, want nothing", out.String())
	}
	steps := stepsOf(t, filepath.Join(dir, "r"))
	r, err := run.Open(filepath.Join(dir, "r"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // opened for reading
	points, err := r.Checkpoints()
	if err != nil || len(points) == 0 || points[len(points)-1].Step != steps {
		t.Errorf("got checkpoints %v (%v), want the last at step %d", points, err, steps)
	}
}

func TestResumeSaysThatThereIsNoStepToMake(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "search", "--method", "random", "--data", "synthetic", "--steps", "5", "--out", "r")
	r := must(t, dir, "resume", "r", "--steps", "4")
	if want := "nasx: r has 5 steps already, so up to step 4 there is none to make\n"; !strings.Contains(r.err, want) {
		t.Errorf("got stderr %q, want %q in it", r.err, want)
	}
	if steps := stepsOf(t, filepath.Join(dir, "r")); steps != 5 {
		t.Errorf("got %d steps, want 5", steps)
	}
}

func TestSearchReportsWhatItFound(t *testing.T) {
	dir := t.TempDir()
	args := append([]string{"search", "--method", "snas", "--steps", "4", "--out", "r", "--json"},
		flagsFor(method{rule: "x"})...)
	var got map[string]any
	if err := json.Unmarshal([]byte(must(t, dir, args...).out), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"method", "seed", "steps", "data", "search_accuracy", "child_accuracy", "entropy", "genotype",
		"parameters", "supernet_parameters", "wall_seconds", "compile_seconds",
	} {
		if got[key] == nil {
			t.Errorf("%q is missing in %v", key, got)
		}
	}
	for key, inner := range map[string][]string{
		"child_accuracy": {"darts_rule", "argmax_rule"}, "entropy": {"normal", "reduce"},
	} {
		for _, name := range inner {
			if fields, _ := got[key].(map[string]any); fields[name] == nil {
				t.Errorf("%s.%s is missing in %v", key, name, got[key])
			}
		}
	}
	must(t, dir, "show", "r", "--svg", "cell.svg", "--cell", "reduce")
}
