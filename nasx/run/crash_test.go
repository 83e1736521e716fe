package run_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// Environment of the child processes that the tests of this file start: the
// test binary, executed again.
const (
	childJob = "NASX_TEST_CHILD" // walk, hold or full
	childDir = "NASX_TEST_DIR"
)

// crashSteps is how far the child walks.
const crashSteps = 300

func TestMain(m *testing.M) {
	var err error
	switch job := os.Getenv(childJob); job {
	case "":
		os.Exit(m.Run())
	case "walk":
		err = childWalk(os.Getenv(childDir))
	case "hold":
		err = childHold(os.Getenv(childDir))
	case "full":
		err = childFull(os.Getenv(childDir))
	default:
		err = fmt.Errorf("unknown job %q", job)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child prepares a process that does a job on a run.
func child(ctx context.Context, job, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childJob+"="+job, childDir+"="+dir)
	cmd.Stderr = os.Stderr
	return cmd
}

// childWalk starts the run or takes it up again, and prints every step that
// Step returned, until crashSteps.
func childWalk(dir string) error {
	var s search.Searcher = newWalk(11)
	w, err := run.Create(dir, s.(*walk).Describe())
	if errors.Is(err, run.ErrExists) {
		w, s, err = run.Resume(dir, buildWalk)
	}
	if err != nil {
		return err
	}
	s.(*walk).nap = 300 * time.Microsecond
	w.Every = 7
	for w.Finished() < crashSteps {
		if w.Finished() == 100 {
			if err := w.Set(s, "rate", 0.1); err != nil {
				return err
			}
		}
		trace, err := w.Step(s)
		if err != nil {
			return err
		}
		fmt.Println(trace.Step)
	}
	if n := w.Notices(); len(n) != 0 {
		return fmt.Errorf("notices %q", n)
	}
	return w.Close()
}

// killOnce lets a child walk and kills it the delay after it finished so many
// steps. It returns the last step that it saw finished and whether the child
// came to its end before.
func killOnce(t *testing.T, dir string, steps int, delay time.Duration) (last int, ended bool) {
	t.Helper()
	cmd := child(t.Context(), "walk", dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill := func() { _ = cmd.Process.Kill() } // SIGKILL
	if steps == 0 {
		time.AfterFunc(delay, kill)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); steps-- {
		if steps == 1 {
			time.AfterFunc(delay, kill)
		}
		// The kill may cut the last line, so a short number may be printed.
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			last = max(last, n)
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		t.Fatalf("the child failed: %v", err)
	}
	return last, err == nil
}

func TestKillLosesNoFinishedStep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "killed")
	rng := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for ended := false; !ended; kills++ {
		if kills > 100 {
			t.Fatal("the run does not get on")
		}
		var last int
		// Every fourth kill may come before the first step.
		steps, delay := 1+rng.IntN(40), time.Duration(rng.IntN(4000))*time.Microsecond
		if kills%4 == 0 {
			steps, delay = 0, time.Duration(rng.IntN(60))*time.Millisecond
		}
		last, ended = killOnce(t, dir, steps, delay)
		r, err := run.Open(dir)
		if errors.Is(err, run.ErrNotRun) && last == 0 {
			continue // killed before the run was there
		}
		must(t, err)
		stored, err := r.Steps()
		must(t, err)
		must(t, r.Close())
		if stored < last {
			t.Fatalf("kill %d: %d steps stored, but step %d was finished", kills, stored, last)
		}
	}
	if kills < 4 {
		t.Fatalf("killed %d times, want at least 3 for this test to say something", kills-1)
	}
	t.Logf("killed %d times", kills-1)
	sameAsUninterrupted(t, dir, crashSteps, 100)
}

// sameAsUninterrupted compares the export of a run byte for byte with that of
// one that was never interrupted, with the rate set to 0.1 after step knob.
func sameAsUninterrupted(t *testing.T, dir string, steps, knob int) {
	t.Helper()
	s := newWalk(11)
	w, err := run.Create(filepath.Join(t.TempDir(), "whole"), s.Describe())
	must(t, err)
	defer w.Close()
	for w.Finished() < steps {
		if w.Finished() == knob {
			must(t, w.Set(s, "rate", 0.1))
		}
		_, err := w.Step(s)
		must(t, err)
	}
	r, err := run.Open(dir)
	must(t, err)
	defer r.Close()
	for _, format := range []string{run.FormatJSONL, run.FormatCSV} {
		if got, want := export(t, r, format), export(t, w.Reader, format); got != want {
			t.Errorf("%s: %d bytes, want the same %d", format, len(got), len(want))
		}
	}
}

// childHold writes a run until its standard input ends.
func childHold(dir string) error {
	w, err := run.OpenWriter(dir)
	if err != nil {
		return err
	}
	fmt.Println("holding")
	_, _ = os.Stdin.Read(make([]byte, 1))
	return w.Close()
}

func TestSecondWriterIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	w, _ := start(t, dir, 1, 2, 0)
	if _, err := run.OpenWriter(dir); !errors.Is(err, run.ErrLocked) {
		t.Errorf("second writer in this process: %v", err)
	}
	must(t, w.Close())
	must(t, w.Close()) // twice is harmless
	cmd := child(t.Context(), "hold", dir)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	must(t, err)
	_, err = run.OpenWriter(dir)
	want := fmt.Sprintf("run: %s is being written by process %d: stop it, or only read the run", dir, cmd.Process.Pid)
	if !errors.Is(err, run.ErrLocked) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	r, err := run.Open(dir)
	must(t, err)
	must(t, r.Close())
	must(t, in.Close())
	must(t, cmd.Wait())
	w, err = run.OpenWriter(dir)
	must(t, err)
	must(t, w.Close())
}

func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "full")
	cmd := child(t.Context(), "full", dir)
	cmd.Stderr = nil
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	// One sentence for the step, one for the checkpoint.
	lines := strings.Split(text, "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "could not be stored") ||
		!strings.Contains(lines[1], "checkpoint of step") {
		t.Errorf("the child said:\n%s", text)
	}
	t.Log(text)
	sameAsUninterrupted(t, dir, 200, 0)
}
