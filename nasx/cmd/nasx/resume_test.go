package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// left makes what a search on the synthetic benchmark leaves that ended after so
// many steps without a word.
func left(t *testing.T, dir string, c searchCmd, steps int) {
	t.Helper()
	p := c.plan()
	s, err := p.build()
	if err != nil {
		t.Fatal(err)
	}
	w, err := run.Create(dir, s.(search.Describer).Describe())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Put(planKey, p); err != nil {
		t.Fatal(err)
	}
	for range steps {
		if _, err := w.Step(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheSameCommandTakesAnEmptyRunOver(t *testing.T) {
	dir := t.TempDir()
	left(t, filepath.Join(dir, "r"), searchCmd{Method: "random", Data: dataSynthetic, Seed: 1, Steps: 3}, 0)
	for _, other := range []string{"--seed 2 --steps 3", "--seed 1 --steps 4"} {
		r := call(t, dir, strings.Fields("search --method random --data synthetic --out r "+other)...)
		if r.code != exitFailed || !strings.Contains(r.err, "r exists: nasx resume r") {
			t.Errorf("%s: got exit code %d and %q, want 1 and the way on", other, r.code, r.err)
		}
	}
	same := strings.Fields("search --method random --data synthetic --out r --seed 1 --steps 3")
	must(t, dir, same...)
	if steps := stepsOf(t, filepath.Join(dir, "r")); steps != 3 {
		t.Errorf("got %d steps, want 3", steps)
	}
	if r := call(t, dir, same...); r.code != exitFailed || !strings.Contains(r.err, "r exists") {
		t.Errorf("a run with steps: got exit code %d and %q, want it refused", r.code, r.err)
	}
}

func TestResumeGoesToWhatWasAskedForAndThenToThePlan(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r")
	left(t, path, searchCmd{Method: "random", Data: dataSynthetic, Seed: 1, Steps: 7}, 4)
	for _, c := range []struct {
		args string
		want int
	}{
		{"resume r", 7},                      // asked for, not reached
		{"resume r --steps 9", 9},            // asked for now
		{"resume r", defaultQueries},         // reached: the method's own plan
		{"resume r --steps 310", 310},        // beyond it
		{"resume r --json", 310},             // nothing is left to make
		{"resume r --steps 5 --json", 310},   // nor here
		{"resume r --steps 312 --json", 312}, // and one last time
		{"show r --json", 312},               // which is what there is
	} {
		must(t, dir, strings.Fields(c.args)...)
		if got := stepsOf(t, path); got != c.want {
			t.Fatalf("after nasx %s: got %d steps, want %d", c.args, got, c.want)
		}
	}
}

func TestWallSecondsAreThoseOfAllProcesses(t *testing.T) {
	dir := t.TempDir()
	wall := func(args string) float64 {
		t.Helper()
		var sum summary
		if err := json.Unmarshal([]byte(must(t, dir, strings.Fields(args)...).out), &sum); err != nil {
			t.Fatal(err)
		}
		return sum.WallSeconds
	}
	first := wall("search --method random --data synthetic --steps 5 --out r --json")
	w, err := run.OpenWriter(filepath.Join(dir, "r"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Put(spentKey, spent{Step: 5, Wall: first + 100, Compile: 40}); err != nil { // as if it had been slow
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if second := wall("resume r --steps 8 --json"); !(second > first+100 && second < first+110) {
		t.Errorf("got %.2f s after a first process of %.2f s, want a little more", second, first+100)
	}
}

// Where there is no XLA, a method that needs it says so in one sentence.
func TestWithoutXLAOneSentenceIsSaid(t *testing.T) {
	cmd := command(t, t.TempDir(), "search", "--method", "darts")
	cmd.Env = append(cmd.Env, "NASX_CACHE="+t.TempDir(), "HOME="+t.TempDir(), "GOMLX_BACKEND=")
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "nasx setup xla") || err == nil {
		t.Errorf("got %q (%v), want one line with the remedy", said.String(), err)
	}
}

// A process that was killed has left its steps only: their time counts.
func TestStepsOfAKilledProcessCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r")
	left(t, path, searchCmd{Method: "random", Data: dataSynthetic, Seed: 1, Steps: 7}, 4)
	w, err := run.OpenWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nothing is written
	want := 0.0
	if err := w.Raw(1, 4, func(_ int, _ []byte, ms float64) error { want += ms / 1000; return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := earlier(w); err != nil || got.Wall != want || got.Step != 4 || want == 0 {
		t.Errorf("got %+v (%v), want %v s up to step 4", got, err, want)
	}
}
