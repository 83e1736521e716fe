package lab_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// TestMain lets this binary be a notebook's cell: "cell key=value … do=…".
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "cell" {
		cell(os.Args[2:])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// cell is the program of a cell: it opens a session as its first statement and
// makes the commands after do=, separated by semicolons.
func cell(args []string) {
	given := map[string]string{"name": "s", "seed": "1", "idle": "1m", "delay": "0s"}
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		given[key] = value
	}
	idle, err := time.ParseDuration(given["idle"])
	lab.Check(err)
	options := []lab.Option{
		lab.IdleAfter(idle), lab.WatchForTest(20 * time.Millisecond), lab.CheckpointEvery(4), lab.Version(given["version"]),
	}
	if given["way"] == "replace" {
		options = append(options, lab.Replace)
	}
	if given["way"] == "reset" {
		options = append(options, lab.Reset)
	}
	s := lab.Open(given["name"], func() ([]search.Searcher, error) { return buildFor(given) }, options...)
	for _, command := range strings.Split(given["do"], ";") {
		perform(s, strings.Fields(command))
	}
}

func buildFor(given map[string]string) ([]search.Searcher, error) {
	switch given["build"] {
	case "fails":
		return nil, errors.New("the images of nowhere are not there")
	case "exits":
		fmt.Fprintln(os.Stderr, "cannot go on")
		os.Exit(3)
	case "panics":
		panic("at the disco")
	}
	seed, err := strconv.ParseUint(given["seed"], 10, 64)
	if err != nil {
		return nil, err
	}
	delay, err := time.ParseDuration(given["delay"])
	if err != nil {
		return nil, err
	}
	a, b := newFake("a", lab.Seed(seed)), newFake("b", lab.Seed(seed))
	a.delay, b.delay = delay, delay
	return []search.Searcher{a, b}, nil
}

// perform makes one command and prints what came of it.
func perform(s *lab.Session, words []string) {
	if len(words) == 0 {
		return
	}
	number := func(i int) int {
		n, err := strconv.Atoi(words[i])
		lab.Check(err)
		return n
	}
	switch words[0] {
	case "step":
		made, err := s.Step(number(1))
		lab.Check(err)
		fmt.Printf("steps %d to %d\n", made.From, made.To)
	case "run":
		lab.Check(s.Run(float64(number(1))))
	case "set":
		lab.Check(s.Set("rate", float64(number(1))))
	case "at":
		lab.Check(s.At(number(1)))
	case "fork":
		lab.Check(s.Fork(number(1), words[2]))
	case "reset":
		lab.Check(s.Reset(uint64(number(1))))
	case "loss":
		traces, err := s.Trace(1, number(1))
		lab.Check(err)
		for _, method := range []string{"a", "b"} {
			last := traces[method][len(traces[method])-1]
			fmt.Printf("loss of %s at %d is %v\n", method, last.Step, last.Scalars[search.ScalarLoss])
		}
	case "stop":
		lab.Check(s.Stop())
	}
}

// notebook runs cells in folders of its own.
type notebook struct {
	t   *testing.T
	dir string
}

func newNotebook(t *testing.T) *notebook {
	t.Helper()
	fresh(t)
	nb := &notebook{t, filepath.Dir(os.Getenv("NASX_STATE"))}
	t.Cleanup(func() { // ends what this test started, by its number
		entries, _ := os.ReadDir(filepath.Join(nb.dir, "state"))
		for _, entry := range entries {
			address, _, err := client.ReadAddress(filepath.Join(nb.dir, "state", entry.Name()))
			if err == nil {
				_ = syscall.Kill(address.PID, syscall.SIGKILL)
			}
		}
		time.Sleep(50 * time.Millisecond)
	})
	return nb
}

// command makes a cell's process.
func (nb *notebook) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"cell"}, args...)...)
	cmd.Env = append(os.Environ(), "NASX_DRIVER="+lab.DriverResident)
	return cmd
}

// run runs a cell to its end.
func (nb *notebook) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := nb.command(ctx, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// good runs a cell that must succeed with this output.
func (nb *notebook) good(output string, args ...string) {
	nb.t.Helper()
	got, err := nb.run(args...)
	if err != nil || got != output {
		nb.t.Fatalf("cell %q printed %q and ended with %v, want %q%s", args, got, err, output, nb.log())
	}
}

// bad runs a cell that must fail with exit code 1 and one sentence.
func (nb *notebook) bad(part string, args ...string) {
	nb.t.Helper()
	got, err := nb.run(args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(got, part) || strings.Contains(got, "\n") {
		nb.t.Fatalf("cell %q printed %q and ended with %v, want exit code 1 and one line with %q", args, got, err, part)
	}
}

func (nb *notebook) folder() string { return filepath.Join(nb.dir, "state", "s") }

func (nb *notebook) log() string {
	data, _ := os.ReadFile(filepath.Join(nb.folder(), client.LogFile))
	if len(data) == 0 {
		return ""
	}
	return "\nlab.log:\n" + string(data)
}

// pid returns the resident's process.
func (nb *notebook) pid() int {
	nb.t.Helper()
	address, _, err := client.ReadAddress(nb.folder())
	if err != nil {
		nb.t.Fatal(err)
	}
	return address.PID
}

// gone waits until a process has ended.
func (nb *notebook) gone(pid int) {
	nb.t.Helper()
	for range 500 {
		if !alive(pid) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	nb.t.Fatalf("process %d is still there after 10 s%s", pid, nb.log())
}

// ended waits until the session has no resident any more.
func (nb *notebook) ended() {
	nb.t.Helper()
	for range 500 {
		if _, _, err := client.ReadAddress(nb.folder()); errors.Is(err, client.ErrNotRunning) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	nb.t.Fatalf("the session has not ended after 10 s%s", nb.log())
}

// alive says whether a process runs; one that only waits to be collected does
// not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}
