package run

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// schemaVersion is the one version of the store that this program knows; it
// stands in PRAGMA user_version.
const schemaVersion = 1

// schema makes an empty store. Steps and genotypes are never changed once
// written; the rowid of an event is its order.
const schema = `
CREATE TABLE run(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE steps(step INTEGER PRIMARY KEY, trace TEXT NOT NULL, wall_ms REAL NOT NULL);
CREATE TABLE checkpoints(step INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE events(step INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE genotypes(step INTEGER NOT NULL, rule TEXT NOT NULL, genotype TEXT NOT NULL,
	PRIMARY KEY(step, rule)) WITHOUT ROWID;
PRAGMA user_version = 1;
`

// Ways to open a store.
const (
	modeCreate = "rwc"
	modeWrite  = "rw"
	modeRead   = "ro"
)

// openDB opens the store of a run directory and checks its schema, except when
// it is to be created.
func openDB(dir, mode string) (*sql.DB, error) {
	path := filepath.Join(dir, dbName)
	if _, err := os.Stat(path); err != nil && mode != modeCreate {
		return nil, fmt.Errorf("run: %s %w: no %s in it", dir, ErrNotRun, dbName)
	}
	db, err := dial(path, mode, false)
	if err != nil {
		return nil, fmt.Errorf("run: open %s: %w", path, err)
	}
	if mode == modeCreate {
		return db, nil
	}
	err = checkSchema(db, dir)
	if err != nil && mode == modeRead && !errors.Is(err, ErrSchema) && !exists(path+"-wal") {
		// A folder that may not be written cannot hold the shared index that
		// SQLite wants; without a log the file alone is the whole store.
		_ = db.Close()
		if db, err = dial(path, mode, true); err == nil {
			err = checkSchema(db, dir)
		}
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// dial makes the connection pool; a writer has one connection, because it
// writes one thing at a time.
func dial(path, mode string, immutable bool) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	query := url.Values{"mode": {mode}, "_pragma": {"busy_timeout(10000)"}}
	if mode != modeRead {
		query["_pragma"] = append(query["_pragma"], "journal_mode(WAL)", "synchronous(FULL)")
		query.Set("_txlock", "immediate")
	}
	if immutable {
		query.Set("immutable", "1")
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	if mode == modeRead {
		db.SetMaxOpenConns(4)
	} else {
		db.SetMaxOpenConns(1)
	}
	return db, nil
}

// checkSchema refuses a store that this program does not know.
func checkSchema(db *sql.DB, dir string) error {
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		var failure *sqlite.Error
		if errors.As(err, &failure) && failure.Code() == sqliteNotDatabase {
			return fmt.Errorf("run: %s %w: its %s is no database", dir, ErrNotRun, dbName)
		}
		return fmt.Errorf("run: open %s: %w", dir, err)
	}
	if version != schemaVersion {
		return fmt.Errorf("run: %s %w: %d, this program knows %d", dir, ErrSchema, version, schemaVersion)
	}
	return nil
}

// probe finds out whether a store can be written: SQLite opens a file that may
// only be read without a word.
func probe(db *sql.DB, dir string) error {
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("UPDATE run SET value = value WHERE key = ?", keyDescription)
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("run: %s cannot be written: %w", dir, explain(err))
	}
	return nil
}

// exists says whether something has this path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// transact runs what in one transaction.
func transact(db *sql.DB, what func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := what(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// SQLite's result codes that we tell apart. Where a limit on the size of files
// or a quota stops the writing, it only knows that a write failed.
const (
	sqliteFull        = 13
	sqliteNotDatabase = 26
	sqliteWriteError  = 778
)

// explain adds to SQLite's words what a person can do.
func explain(err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) && (failure.Code() == sqliteFull || failure.Code() == sqliteWriteError) {
		return fmt.Errorf("%w: is the disk full", err)
	}
	return err
}
