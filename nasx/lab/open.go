package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// marker is set in the environment of a resident to its session's folder.
const marker = "NASX_RESIDENT"

// lockFile is locked by the process that has a session's searchers.
const lockFile = "resident.lock"

// Open opens the session of that name: it attaches to it where it runs, resumes
// it where it has ended, and begins it where there is none. It is the first
// statement of a cell, because a resident is the same program executed again,
// and there Open never returns.
//
// build returns the searchers that share the session's clock, each at step 0.
// A session that runs another method, configuration or [Version] than this
// build is left as it is, and the error says what differs; [Replace] and
// [Reset] are the ways on.
//
// An error is printed as one sentence and ends the program with exit code 1, as
// [Check] does; [TryOpen] returns it.
func Open(name string, build Build, options ...Option) *Session {
	session, err := TryOpen(name, build, options...)
	Check(err)
	return session
}

// TryOpen is [Open] with its error returned.
func TryOpen(name string, build Build, options ...Option) (*Session, error) {
	folder, err := client.Folder(name)
	if err != nil {
		return nil, err
	}
	if build == nil {
		return nil, fmt.Errorf("session %s: the build is nil", name)
	}
	opts := newOptions(options)
	if os.Getenv(marker) == folder {
		_ = os.Unsetenv(marker) // programs that the build starts are no residents
		os.Exit(reside(name, folder, build, opts))
	}
	switch driver := driverOf(opts); driver {
	case DriverResident:
		return openResident(name, folder, build, opts)
	case DriverInProcess:
		return openInProcess(name, build, opts)
	case DriverCheckpoint:
		return openCheckpoint(name, folder, build, opts)
	default:
		return nil, fmt.Errorf("session %s: driver %q is none of %s, %s and %s",
			name, driver, DriverResident, DriverInProcess, DriverCheckpoint)
	}
}

// driverOf chooses the driver.
func driverOf(opts options) string {
	if driver := os.Getenv("NASX_DRIVER"); driver != "" {
		return driver
	}
	if opts.driver != "" {
		return opts.driver
	}
	if os.Getenv("GONB_PIPE") != "" { // set by GoNB for every cell
		return DriverResident
	}
	return DriverInProcess
}

// openInProcess begins a session of this process.
func openInProcess(name string, build Build, opts options) (*Session, error) {
	e := newEngine(name, build, opts)
	if err := e.begin(nil); err != nil {
		return nil, err
	}
	go e.work()
	return &Session{name, &local{e: e}}, nil
}

// openCheckpoint opens a session whose state lies in its runs only.
func openCheckpoint(name, folder string, build Build, opts options) (*Session, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("session %s: %w", name, err)
	}
	lock, err := lockSession(name, folder, 0)
	if err != nil {
		return nil, err
	}
	opts.keep = func(e *engine) error { return writeFile(filepath.Join(folder, recordFile), e.record()) }
	e, err := openRecorded(name, folder, build, opts)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	free := func() { _ = lock.Unlock() }
	return &Session{name, &local{e: e, saving: true, free: free}}, nil
}

// lockSession makes this process the only one with the session's searchers. It
// waits so long for one that is about to end.
func lockSession(name, folder string, wait time.Duration) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(folder, lockFile), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err == nil && !ok && wait > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		if ok, err = lock.TryLockContext(ctx, patience); errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("session %s: %w", name, err)
	}
	if !ok {
		return nil, fmt.Errorf("session %s is open in another process", name)
	}
	return lock, nil
}

// openRecorded goes on with what a session's folder records, or begins.
func openRecorded(name, folder string, build Build, opts options) (*engine, error) {
	var rec *record
	if !opts.reset {
		var err error
		if rec, err = readRecord(folder); err != nil {
			return nil, err
		}
	}
	e := newEngine(name, build, opts)
	if rec != nil {
		e.seed, e.replaced = rec.Seed, rec.Replaced
	}
	if err := e.begin(rec); err != nil {
		return nil, err
	}
	if rec != nil {
		if err := e.goOn(rec); err != nil {
			return nil, errors.Join(err, e.closeRuns(e.methods))
		}
	}
	go e.work()
	return e, nil
}

// redescribe lets the runs of a replaced session say what goes on with them.
func (e *engine) redescribe() error {
	next := map[*method]search.Description{}
	for _, m := range e.methods {
		describer, ok := undisguise(m.searcher).(search.Describer)
		if !ok {
			return nil
		}
		next[m] = describer.Describe()
		if err := m.run.Redescribable(next[m]); err != nil { // before any of them is
			return fmt.Errorf("%s: %w; lab.Reset begins again", m.id, err)
		}
	}
	for m, desc := range next {
		if err := m.run.Redescribe(desc); err != nil {
			return fmt.Errorf("%s: %w", m.id, err)
		}
	}
	e.replaced = false
	return nil
}

// goOn brings the searchers to where a record says they were.
func (e *engine) goOn(rec *record) error {
	if err := e.resume(); err != nil {
		return err
	}
	if rec.At != nil && *rec.At < e.head() && len(e.why) == 0 {
		if err := e.restore(*rec.At); err != nil {
			return err
		}
	}
	if len(e.why) > 0 {
		if err := e.redescribe(); err != nil {
			return err
		}
		e.note("replaced", map[string]any{"differences": e.why})
	}
	return e.keep()
}
