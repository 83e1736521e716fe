package run

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"naslab.dev/nasx/search"
)

// Create starts a run in a new directory, makes missing parents of it and
// returns its writer. A directory that exists is refused with [ErrExists].
func Create(dir string, d search.Description) (*Writer, error) {
	return create(dir, d, nil, func(*sql.Tx) error { return nil })
}

// create builds the run beside its place and moves it there, so that nobody
// ever sees half of one. fill adds what a fork inherits.
func create(dir string, d search.Description, origin *Origin, fill func(*sql.Tx) error) (*Writer, error) {
	dir = filepath.Clean(dir)
	if exists(dir) {
		return nil, fmt.Errorf("%s %w: nasx resume %s, or another --out", dir, ErrExists, dir)
	}
	raw, err := encode(d)
	if err == nil {
		_, err = decodeDescription(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("run: create %s: description: %w", dir, err)
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("run: create %s: %w", dir, err)
	}
	removeLeftovers(dir)
	temp, err := os.MkdirTemp(parent, beside(dir))
	if err != nil {
		return nil, fmt.Errorf("run: create %s: %w", dir, err)
	}
	lock, err := takeLock(temp) // says that somebody is at work here
	if err == nil {
		err = populate(temp, d, origin, fill)
	}
	if err == nil {
		err = os.Rename(temp, dir)
	}
	if err == nil {
		err = syncDir(parent)
	}
	if lock != nil {
		err = errors.Join(err, lock.Unlock())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run: create %s: %w", dir, err), os.RemoveAll(temp))
	}
	return OpenWriter(dir)
}

// populate makes the files of a run.
func populate(dir string, d search.Description, origin *Origin, fill func(*sql.Tx) error) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{checkpointsName, figuresName} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	db, err := openDB(dir, modeCreate)
	if err != nil {
		return err
	}
	err = transact(db, func(tx *sql.Tx) error {
		if _, err := tx.Exec(schema); err != nil {
			return err
		}
		values := map[string]any{
			keyDescription: d, keyVersions: versions(), keyCreated: time.Now().UTC().Truncate(time.Millisecond),
		}
		if origin != nil {
			values[keyOrigin] = origin
		}
		for key, value := range values {
			if err := putValue(tx, key, value); err != nil {
				return err
			}
		}
		return fill(tx)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncDir(dir)
}

// beside is how folders begin in which a run is being made, beside its place.
func beside(dir string) string { return "." + filepath.Base(dir) + ".new-" }

// young is how long a folder without a lock may be about to be locked.
const young = time.Minute

// removeLeftovers removes what a process left that was killed while it made a
// run of this name: folders that nobody has locked. What cannot be removed
// stays; it is in nobody's way.
func removeLeftovers(dir string) {
	left, err := filepath.Glob(filepath.Join(globbed(filepath.Dir(dir)), globbed(beside(dir))+"*"))
	if err != nil {
		return
	}
	for _, folder := range left {
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() {
			continue
		}
		if !exists(filepath.Join(folder, lockName)) {
			if time.Since(info.ModTime()) > young {
				_ = os.RemoveAll(folder)
			}
			continue
		}
		if lock, err := takeLock(folder); err == nil {
			_ = os.RemoveAll(folder)
			_ = lock.Unlock()
		}
	}
}

// globbed escapes the signs that have a meaning in a pattern.
func globbed(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}
