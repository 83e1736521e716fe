package run_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

func TestRedescribedRunKeepsWhatItWas(t *testing.T) {
	before := search.Description{
		Method: "m", Label: "old", Config: map[string]any{"rate": 0.5},
		Decisions: []space.Decision{{Name: "0→1", Choices: []string{"a", "b"}}},
	}
	dir := filepath.Join(t.TempDir(), "r")
	w, err := run.Create(dir, before)
	if err != nil {
		t.Fatal(err)
	}
	now := before
	now.Label, now.Config = "new", map[string]any{"rate": 0.25}
	if err := w.Redescribe(now); err != nil {
		t.Fatal(err)
	}
	other := now
	other.Decisions = []space.Decision{{Name: "0→1", Choices: []string{"a", "c"}}}
	for _, try := range []error{w.Redescribe(other), w.Redescribable(other)} {
		if try == nil || !strings.Contains(try.Error(), `choices[1] is "c", but "b" in the steps`) {
			t.Errorf("other decisions: got %v, want the choice that differs", try)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // opened for reading
	if d := r.Meta().Description; d.Label != "new" || string(d.Config.(json.RawMessage)) != `{"rate":0.25}` {
		t.Errorf("the run says %q with %s, want the new description", d.Label, d.Config)
	}
	events, err := r.Events()
	if err != nil || len(events) != 1 || events[0].Kind != run.EventDescription || events[0].Step != 0 ||
		!strings.Contains(string(events[0].Data), `"label":"old"`) {
		t.Errorf("got events %v (%v), want the old description", events, err)
	}
}

// What a killed process left beside a run's place goes with the next Create,
// what another process is at work on stays, and other runs' folders too.
func TestCreateRemovesWhatAKilledOneLeft(t *testing.T) {
	root := t.TempDir()
	folder := func(name string, locked bool, age time.Duration) string {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if locked {
			if err := os.WriteFile(filepath.Join(path, "writer.lock"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(path, time.Now().Add(-age), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder(".r[1.new-killed", true, 0)
	folder(".r[1.new-older", false, time.Hour)
	folder(".r[1.new-young", false, 0)
	busy := folder(".r[1.new-busy", true, time.Hour)
	folder(".r.new-another", true, time.Hour)
	lock := flock.New(filepath.Join(busy, "writer.lock"))
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer lock.Unlock() //nolint:errcheck // it ends with the test
	w, err := run.Create(filepath.Join(root, "r[1"), search.Description{Method: "m"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nothing was written
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if want := []string{".r.new-another", ".r[1.new-busy", ".r[1.new-young", "r[1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
