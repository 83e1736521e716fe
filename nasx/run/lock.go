package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// takeLock makes this process the writer of a run. The lock belongs to the open
// file and ends with the process, however that ends; the file's text only says
// who holds it.
func takeLock(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockName)
	lock := flock.New(path, flock.SetPermissions(0o644))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run: lock %s: %w", dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("run: %s %w by %s: stop it, or only read the run", dir, ErrLocked, holder(path))
	}
	// Not fatal: without the number only the refusal of others is vaguer.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
	return lock, nil
}

// holder reads who has the lock.
func holder(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) > 32 {
		return "another process"
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid <= 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d", pid)
}

// dropLock gives the lock back. The file stays: removing it would let two
// processes lock two files of one name.
func dropLock(lock *flock.Flock) error {
	if lock == nil {
		return nil
	}
	_ = os.Truncate(lock.Path(), 0)
	return lock.Unlock()
}
