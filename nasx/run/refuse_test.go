package run_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

func TestNamesStayInTheRoot(t *testing.T) {
	t.Setenv("NASX_RUNS", "/somewhere")
	if got, err := run.Path("darts-1.b_C"); err != nil || got != "/somewhere/darts-1.b_C" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, name := range []string{
		"", ".", "..", "../x", "a/b", `a\b`, "/etc", ".hidden", "-flag", "a b", "a\x00", "ä", "x\n", strings.Repeat("a", 101),
	} {
		if got, err := run.Path(name); !errors.Is(err, run.ErrName) {
			t.Errorf("Path(%q) = %q, %v", name, got, err)
		}
	}
}

func TestRootDefaultsToRuns(t *testing.T) {
	t.Setenv("NASX_RUNS", "")
	if got := run.Root(); got != "runs" {
		t.Errorf("got %q", got)
	}
}

func TestWhatExistsIsNotOverwritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	must(t, os.Mkdir(dir, 0o755))
	_, err := run.Create(dir, newWalk(1).Describe())
	want := dir + " exists: nasx resume " + dir + ", or another --out"
	if !errors.Is(err, run.ErrExists) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := run.Create(filepath.Join(t.TempDir(), "x"), search.Description{}); err == nil {
		t.Error("a description without a method was taken")
	}
}

// alter changes the store of a closed run behind its back.
func alter(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "run.db"))
	must(t, err)
	_, err = db.Exec(statement)
	must(t, errors.Join(err, db.Close()))
}

func TestAlteredStoresAreRefusedWithASentence(t *testing.T) {
	for _, tc := range []struct{ name, statement, want string }{
		{"another schema", "PRAGMA user_version = 7", "has an unknown schema: 7, this program knows 1"},
		{"no schema", "PRAGMA user_version = 0", "has an unknown schema: 0, this program knows 1"},
		{"no tables", "DROP TABLE run", "no such table: run"},
		{"no description", "DELETE FROM run", "description in the run table"},
		{"a torn description", `UPDATE run SET value = '{"method":1}' WHERE key = 'description'`, "description"},
		{"a huge description", "UPDATE run SET value = zeroblob(5000000) WHERE key = 'description'", "want at most 4194304"},
		{"a broken trace", "UPDATE steps SET trace = '{' WHERE step = 9", "step 9 of "},
		{"a swapped trace", "UPDATE steps SET trace = (SELECT trace FROM steps WHERE step=3) WHERE step = 9", "says step 3"},
		{"a huge trace", "UPDATE steps SET trace = zeroblob(20000000) WHERE step = 9", "want at most 16777216"},
		{"a missing step", "DELETE FROM steps WHERE step = 9", "step 9 of "},
		{"a broken event", "UPDATE events SET data = 'x'", "want JSON"},
		{"a knob nobody knows", `UPDATE events SET data = '{"name":"x","value":1}'`, `"x"`},
		{"a knob before the beginning", "UPDATE events SET step = -3", "negative"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "r")
			w, _ := start(t, dir, 6, 12, 0)
			must(t, w.Close())
			alter(t, dir, tc.statement)
			w, _, err := run.Resume(dir, buildWalk)
			if err == nil {
				t.Fatal("resumed", w.Close())
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "run: ") ||
				!strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one sentence with %q", err, tc.want)
			}
		})
	}
}

func TestCheckpointPathsStayInTheRun(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "r")
	w, _ := start(t, dir, 6, 12, 10)
	must(t, w.Close())
	must(t, os.Rename(filepath.Join(dir, "checkpoints/10"), filepath.Join(root, "10")))
	alter(t, dir, "UPDATE checkpoints SET path = '../10'")
	w, _, err := run.Resume(dir, buildWalk)
	must(t, err)
	defer w.Close()
	if n := w.Notices(); len(n) != 1 || !strings.Contains(n[0], `path is "../10", want "checkpoints/10"`) {
		t.Errorf("notices %q", n)
	}
}

func TestWhatIsNoRun(t *testing.T) {
	dir := t.TempDir()
	for name, open := range map[string]func() error{
		"Open":       func() error { _, err := run.Open(dir); return err },
		"OpenWriter": func() error { _, err := run.OpenWriter(dir); return err },
		"Resume":     func() error { _, _, err := run.Resume(dir, buildWalk); return err },
	} {
		if err := open(); !errors.Is(err, run.ErrNotRun) {
			t.Errorf("%s of an empty folder: %v", name, err)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "run.db"), []byte(strings.Repeat("no database ", 1000)), 0o644))
	if _, err := run.Open(dir); !errors.Is(err, run.ErrNotRun) {
		t.Errorf("Open of a text: %v", err)
	}
}

func TestListSkipsAndReports(t *testing.T) {
	root := t.TempDir()
	if infos, err := run.List(filepath.Join(root, "none")); err != nil || len(infos) != 0 {
		t.Errorf("a folder that is not there: %v, %v", infos, err)
	}
	for _, name := range []string{"b", "a", "broken"} {
		w, _ := start(t, filepath.Join(root, name), 1, 3, 0)
		must(t, w.Close())
	}
	alter(t, filepath.Join(root, "broken"), "PRAGMA user_version = 2")
	must(t, os.Mkdir(filepath.Join(root, "other"), 0o755))
	infos, err := run.List(root)
	must(t, err)
	if len(infos) != 3 || infos[0].Name != "a" || infos[0].Steps != 3 || infos[0].Meta.Description.Label != "Walk" ||
		infos[1].Err != nil || !errors.Is(infos[2].Err, run.ErrSchema) {
		t.Errorf("got %+v", infos)
	}
}

func TestReadingWithoutWriting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	w, _ := start(t, dir, 1, 3, 0)
	must(t, w.Close())
	before, err := os.ReadDir(dir)
	must(t, err)
	r, err := run.Open(dir)
	must(t, err)
	_, err = r.Last()
	must(t, errors.Join(err, r.Close()))
	after, err := os.ReadDir(dir)
	must(t, err)
	t.Log(before, after)
	raw, err := os.ReadFile(filepath.Join(dir, "writer.lock"))
	if err != nil || len(raw) != 0 {
		t.Errorf("writer.lock of a closed run says %q, %v", raw, err)
	}
}
