package run_test

import (
	"database/sql"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/run"
)

// lookAround reads everything there is in a run that may be broken; only a
// panic would fail.
func lookAround(dir string) {
	r, err := run.Open(dir)
	if err != nil {
		return
	}
	defer r.Close()
	_, _ = r.Last()
	_, _ = r.Events()
	_, _ = r.Genotypes()
	for _, format := range run.Formats() {
		_ = r.Export(io.Discard, format)
	}
	_, _ = r.At(8, buildWalk)
}

// lookAtAltered copies the run's store in memory terms: it changes one table,
// looks around and puts the table back.
func lookAtAltered(t *testing.T, dir, statement, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "run.db"))
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TEMP TABLE s AS SELECT * FROM steps; CREATE TEMP TABLE r AS SELECT * FROM run;
		CREATE TEMP TABLE e AS SELECT * FROM events`)
	must(t, err)
	_, err = db.Exec(statement, text)
	must(t, err)
	lookAround(dir)
	_, err = db.Exec(`DELETE FROM steps; INSERT INTO steps SELECT * FROM s; DELETE FROM run;
		INSERT INTO run SELECT * FROM r; DELETE FROM events; INSERT INTO events SELECT * FROM e`)
	must(t, errors.Join(err))
}
