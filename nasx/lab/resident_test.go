package lab_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
)

func TestSessionOutlivesItsCell(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 3", "do=step 3")
	pid := nb.pid()
	if sid, err := sessionOf(pid); err == nil && sid != pid {
		t.Errorf("process %d is of session %d: a signal to the kernel's reaches it", pid, sid)
	}
	nb.good("steps 4 to 5\nloss of a at 5 is 0.0625\nloss of b at 5 is 0.0625", "do=step 2; loss 5")
	if again := nb.pid(); again != pid {
		t.Errorf("the second cell speaks with process %d, the first started %d", again, pid)
	}
	info, err := os.Stat(filepath.Join(nb.folder(), client.TokenFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("token file has mode %v, %v, want 0600", info.Mode(), err)
	}
	began := time.Now()
	c, err := client.Attach("s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Traces("a", 1, 5); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 200*time.Millisecond {
		t.Errorf("looking at a running session took %v, want at most 200 ms", took)
	}
	list, err := lab.List()
	if err != nil || len(list) != 1 || list[0].PID != pid || list[0].Step != 5 || list[0].Memory < 1<<20 {
		t.Errorf("List = %+v, %v", list, err)
	}
	data, err := os.ReadFile(filepath.Join(nb.folder(), client.LogFile))
	token, err2 := os.ReadFile(filepath.Join(nb.folder(), client.TokenFile))
	if err != nil || err2 != nil || strings.Contains(string(data), strings.TrimSpace(string(token))) {
		t.Errorf("the log holds the token, or is not there: %v, %v", err, err2)
	}
	must(t, 0)(c.Stop())
	nb.gone(pid)
	if _, err := client.Attach("s"); !errors.Is(err, client.ErrNotRunning) {
		t.Errorf("Attach after Stop = %v, want ErrNotRunning", err)
	}
	nb.good("steps 6 to 6\nloss of a at 6 is 0.03125\nloss of b at 6 is 0.03125", "do=step 1; loss 6")
}

// sessionOf returns the session id of a process.
func sessionOf(pid int) (int, error) {
	var state string
	var ppid, group, sid int
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	_, err = fmt.Sscan(rest, &state, &ppid, &group, &sid)
	return sid, err
}

func TestAnotherSearchIsNotTakenForThisOne(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 6", "do=step 6")
	pid := nb.pid()
	nb.bad("seed of a is 2 here and 1 there", "seed=2", "do=step 1")
	nb.bad("lab.Replace", "seed=2", "do=step 1")
	nb.bad(`version is "two" here and "" there`, "version=two")
	if nb.pid() != pid {
		t.Error("a refused cell ended the session")
	}
	nb.good("steps 7 to 7\nloss of a at 7 is 0.015625\nloss of b at 7 is 0.015625",
		"version=two", "delay=1ms", "way=replace", "do=step 1; loss 7")
	if nb.pid() == pid {
		t.Error("the old code still runs after a replacement")
	}
	nb.good("steps 8 to 8", "version=two", "delay=1ms", "do=step 1")
	nb.good("steps 1 to 1\nloss of a at 1 is 1.5\nloss of b at 1 is 1.5", "seed=2", "way=reset", "do=step 1; loss 1")
}

func TestReplacedSessionResumes(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 6", "do=step 6")
	nb.good("steps 7 to 9", "delay=1ms", "way=replace", "do=step 3")
	c, err := client.Attach("s")
	if err != nil {
		t.Fatal(err)
	}
	now, err := c.Status()
	must(t, 0)(err)
	r, err := run.Open(now.Methods[0].Run)
	if err != nil {
		t.Fatal(err)
	}
	if config := fmt.Sprintf("%s", r.Meta().Description.Config); !strings.Contains(config, `"delay":"1ms"`) {
		t.Errorf("the run says it is made with %s, want the configuration that goes on", config)
	}
	must(t, 0)(r.Close())
	pid := nb.pid()
	must(t, 0)(syscall.Kill(pid, syscall.SIGKILL))
	nb.gone(pid)
	nb.good("steps 10 to 10\nloss of a at 10 is 0.001953125\nloss of b at 10 is 0.001953125", "delay=1ms", "do=step 1; loss 10")
	nb.bad("delay of a is", "delay=2ms")
}

func TestFailingBuildIsToldInTheCell(t *testing.T) {
	nb := newNotebook(t)
	began := time.Now()
	nb.bad("the images of nowhere are not there", "build=fails")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to say so", took)
	}
	nb.bad("at the disco", "build=panics")
	nb.bad("cannot go on", "build=exits")
	nb.good("steps 1 to 1", "do=step 1")
}

func TestKilledResidentLosesNoFinishedStep(t *testing.T) {
	nb := newNotebook(t)
	nb.good("", "do=set 1; run 0")
	c, err := client.Attach("s")
	if err != nil {
		t.Fatal(err)
	}
	for st := (client.Status{}); st.Step < 10; {
		if st, err = c.Status(); err != nil {
			t.Fatal(err)
		}
	}
	must(t, 0)(c.Pause())
	must(t, 0)(c.Set("a", "rate", 2)) // after the last saved state: only the run's events tell of it
	for st := (client.Status{}); len(st.Methods) == 0 || st.Methods[0].Knobs[0].Value != 2; {
		if st, err = c.Status(); err != nil {
			t.Fatal(err)
		}
	}
	pid := nb.pid()
	before, err := c.Curves("a")
	if err != nil {
		t.Fatal(err)
	}
	must(t, 0)(syscall.Kill(pid, syscall.SIGKILL))
	nb.gone(pid)
	_, err = nb.run("do=")
	if err != nil {
		t.Fatal(err, nb.log())
	}
	if c, err = client.Attach("s"); err != nil {
		t.Fatal(err)
	}
	after, err := c.Curves("a")
	if err != nil || len(after.Steps) < len(before.Steps) {
		t.Fatalf("%d steps were finished before the kill, %d are there after it (%v)", len(before.Steps), len(after.Steps), err)
	}
	for i, loss := range before.Scalars["loss"] {
		if *loss != *after.Scalars["loss"][i] {
			t.Fatalf("loss of step %d was %v and is %v", i+1, *loss, *after.Scalars["loss"][i])
		}
	}
	st, err := c.Status()
	if err != nil || st.State != client.StatePaused || st.Methods[0].Step != len(after.Steps) ||
		st.Methods[0].Knobs[0].Value != 2 {
		t.Errorf("after the kill: %+v, %v, want paused at %d with rate 2", st.Methods[0], err, len(after.Steps))
	}
	if _, err := c.Step(context.Background(), 1); err != nil {
		t.Error(err)
	}
}

func TestInterruptStopsTheStepNotTheSession(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 1", "delay=10ms", "do=step 1")
	cmd := nb.command(context.Background(), "delay=10ms", "do=step 900")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	must(t, 0)(cmd.Start())
	c, err := client.Attach("s")
	if err != nil {
		t.Fatal(err)
	}
	for st := (client.Status{}); st.Step < 3; time.Sleep(5 * time.Millisecond) {
		if st, err = c.Status(); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	must(t, 0)(cmd.Process.Signal(os.Interrupt))
	must(t, 0)(syscall.Kill(nb.pid(), syscall.SIGINT)) // as a terminal would, to all
	must(t, 0)(syscall.Kill(nb.pid(), syscall.SIGHUP))
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 ||
		!strings.Contains(out.String(), "interrupted: session s stopped after step") {
		t.Errorf("interrupted cell printed %q and ended with %v", out.String(), err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the cell took %v to end; GoNB kills it after 5 s", took)
	}
	st, err := c.Status()
	if err != nil || st.State != client.StatePaused || st.Step < 3 || st.Step > 800 {
		t.Errorf("after the interrupt: %s at step %d, %v", st.State, st.Step, err)
	}
	nb.good(fmt.Sprintf("steps %d to %d", st.Step+1, st.Step+1), "delay=10ms", "do=step 1")
}

func TestIdleSessionSavesAndEnds(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 5", "idle=1s", "do=step 5")
	nb.ended()
	if _, err := os.Stat(filepath.Join(nb.folder(), client.AddressFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an ended session left its address: %v", err)
	}
	if saved, err := filepath.Glob(filepath.Join(nb.dir, "runs", "s-*", "checkpoints", "*5")); err != nil || len(saved) != 2 {
		t.Errorf("states of step 5: %v, %v, want two", saved, err)
	}
	list, err := lab.List()
	if err != nil || len(list) != 1 || list[0].State != client.StateEnded {
		t.Errorf("List = %+v, %v, want one that has ended", list, err)
	}
	nb.good("steps 6 to 6", "idle=1s", "do=step 1")
}

func TestSessionEndsWithItsFolder(t *testing.T) {
	nb := newNotebook(t)
	nb.good("steps 1 to 2", "do=step 2")
	pid := nb.pid()
	must(t, 0)(os.RemoveAll(nb.folder()))
	nb.gone(pid)
	nb.good("steps 1 to 1", "do=step 1")
}

func TestOneResidentPerName(t *testing.T) {
	nb := newNotebook(t)
	const cells = 4
	done := make(chan error, cells)
	for range cells {
		go func() {
			out, err := nb.run("do=set 1")
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			done <- err
		}()
	}
	for range cells {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	runs, err := os.ReadDir(filepath.Join(nb.dir, "runs"))
	if err != nil || len(runs) != 2 {
		t.Errorf("%d cells at once made the runs %v, %v, want one of a and one of b", cells, runs, err)
	}
}
