package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

func TestWaitSaysWhatAndHowLong(t *testing.T) {
	for _, c := range []struct {
		last  time.Duration
		alike bool
		want  string
	}{
		{0, false, `^compiling a graph: 0\.\d s\n$`},
		{7600 * time.Millisecond, false, `^compiling a graph: 0\.\d s, last time 7\.6 s\n$`},
		{7600 * time.Millisecond, true, `^compiling a graph: 0\.\d s of about 7\.6 s\n$`},
	} {
		var out strings.Builder
		k := newWait(&out, c.last, c.alike)
		k.say("compiling a graph")
		k.end()
		if !regexp.MustCompile(c.want).MatchString(out.String()) {
			t.Errorf("after %v (alike %v): got %q, want %q", c.last, c.alike, out.String(), c.want)
		}
	}
}

// prepared takes its time before the first step.
type prepared struct{ unsaved }

func (p *prepared) Prepare(report func(string)) error {
	report("a graph")
	time.Sleep(250 * time.Millisecond)
	return nil
}

// The second search says how long the first one compiled.
func TestCompilingIsRememberedByTheCommand(t *testing.T) {
	t.Setenv("NASX_CACHE", t.TempDir())
	said := ""
	for _, seed := range []uint64{1, 2} {
		d := search.Description{Method: "prepared", Seed: seed, Config: map[string]uint64{"seed": seed}}
		w, err := run.Create(t.TempDir()+"/r", d)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		k := work{writer: w, searcher: &prepared{}, std: std{&out, &out}}
		if _, err := k.prepare(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		said = out.String()
	}
	if !regexp.MustCompile(`compiling a graph: 0\.0 s, last time 0\.[2-9] s\n`).MatchString(said) {
		t.Errorf("got %q, want the time of the search before", said)
	}
}
