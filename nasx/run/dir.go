package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names inside a run directory.
const (
	dbName          = "run.db"
	lockName        = "writer.lock"
	checkpointsName = "checkpoints"
	figuresName     = "figures"
	tensorsName     = "state.safetensors"
	stateName       = "state.json"
)

// maxName is the longest name of a run in bytes; file systems allow 255.
const maxName = 100

// Failures that a caller can act on; test with [errors.Is].
var (
	// ErrExists says that the directory of a new run is already there.
	ErrExists = errors.New("exists")

	// ErrLocked says that another writer has the run.
	ErrLocked = errors.New("is being written")

	// ErrNotRun says that a directory holds no run.
	ErrNotRun = errors.New("is not a run directory")

	// ErrSchema says that the store was made by another version.
	ErrSchema = errors.New("has an unknown schema")

	// ErrNoStep says that the run has no such step.
	ErrNoStep = errors.New("does not exist")

	// ErrNotFinite says that a trace held NaN or an infinity.
	ErrNotFinite = errors.New("is not finite")

	// ErrDiverged says that a replayed step was not the stored one.
	ErrDiverged = errors.New("differs from the stored trace")

	// ErrName says that a text cannot be the name of a run.
	ErrName = errors.New("cannot be the name of a run")
)

// Root returns the folder that holds the runs: $NASX_RUNS, or "runs".
func Root() string {
	if root := os.Getenv("NASX_RUNS"); root != "" {
		return root
	}
	return "runs"
}

// Path returns the directory of the run of that name below [Root]. A name has
// 1 to 100 letters (a-z, A-Z), digits, dots, dashes and underscores and starts
// with a letter or a digit; anything else is refused with [ErrName].
func Path(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	return filepath.Join(Root(), name), nil
}

// checkName holds a name to the rule of [Path].
func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("run: %.120q %w: want 1 to %d bytes, got %d", name, ErrName, maxName, len(name))
	}
	for i, c := range name {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("._-", c)) {
			return fmt.Errorf("run: %q %w: want letters, digits, dots, dashes and underscores,"+
				" and first a letter or a digit, got %q", name, ErrName, c)
		}
	}
	return nil
}

// Info is one line of [List].
type Info struct {
	Name  string
	Dir   string
	Meta  Meta
	Steps int   // finished steps
	Err   error // why Meta and Steps could not be read
}

// List returns the runs in a folder, sorted by name; a folder that does not
// exist has none. A run that cannot be read is listed with its error.
func List(root string) ([]Info, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run: list %s: %w", root, err)
	}
	var infos []Info
	for _, entry := range entries {
		dir := filepath.Join(root, entry.Name())
		if _, err := os.Stat(filepath.Join(dir, dbName)); err != nil || checkName(entry.Name()) != nil {
			continue
		}
		infos = append(infos, info(entry.Name(), dir))
	}
	return infos, nil
}

// info looks at one run.
func info(name, dir string) Info {
	in := Info{Name: name, Dir: dir}
	r, err := Open(dir)
	if err != nil {
		in.Err = err
		return in
	}
	in.Meta = r.Meta()
	in.Steps, in.Err = r.Steps()
	if err := r.Close(); in.Err == nil {
		in.Err = err
	}
	return in
}

// syncDir makes renames inside a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
