package run

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"naslab.dev/nasx/search"
)

// DefaultEvery is the number of steps between two checkpoints.
const DefaultEvery = 100

// Writer is the one process that adds to a run. What it wrote can be read
// through the embedded [Reader]. Its methods may be called from several
// goroutines; they wait for each other.
type Writer struct {
	*Reader

	// Every is the number of steps between two checkpoints that Step makes by
	// itself; 0 makes none. Set it before the first step.
	Every int

	mu      sync.Mutex
	db      *sql.DB
	lock    *flock.Flock
	last    int      // the last stored step
	wallMS  float64  // of all stored steps
	pending *pending // made but not yet stored, after a full disk
	bad     error    // why the searcher's state must not be saved
	due     bool     // a checkpoint failed and is to be tried again
}

// pending is a step on its way to the disk.
type pending struct {
	trace  search.Trace
	raw    []byte
	wallMS float64
}

// OpenWriter takes a run over for writing. A run that another process writes is
// refused with [ErrLocked] and that process's id.
func OpenWriter(dir string) (*Writer, error) {
	dir = filepath.Clean(dir)
	if !exists(filepath.Join(dir, dbName)) {
		return nil, fmt.Errorf("run: %s %w: no %s in it", dir, ErrNotRun, dbName)
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{Every: DefaultEvery, lock: lock}
	if w.db, err = openDB(dir, modeWrite); err == nil {
		err = probe(w.db, dir)
	}
	if err == nil {
		w.Reader, err = Open(dir)
	}
	if err == nil {
		w.last, err = w.Steps()
	}
	if err == nil {
		err = w.db.QueryRow("SELECT TOTAL(wall_ms) FROM steps").Scan(&w.wallMS)
	}
	if err == nil {
		err = removeUnfinished(dir)
	}
	if err != nil {
		return nil, errors.Join(err, w.release())
	}
	return w, nil
}

// release closes what is open and gives the lock back.
func (w *Writer) release() error {
	var errs []error
	if w.Reader != nil {
		errs = append(errs, w.Reader.Close())
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(append(errs, dropLock(w.lock))...)
}

// Close ends the writing. It does not make a checkpoint; [Writer.Run] and
// [Writer.Checkpoint] do.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock == nil {
		return nil
	}
	err := w.release()
	w.lock = nil
	if err != nil {
		return fmt.Errorf("run: close %s: %w", w.dir, err)
	}
	return nil
}

// Step makes one step of the searcher and stores its trace in one transaction,
// with the milliseconds it took. Every so many steps (see Every) a searcher
// that is [search.Stateful] is saved too; should only that fail, the trace
// comes back together with the error, and the next step tries again.
//
// A trace with NaN or an infinity is refused with [ErrNotFinite]: the run stays
// at its last good step, and [Writer.Restore] goes back there. A step that
// could not be stored, for example because the disk is full, is kept in memory,
// and the next call stores and returns it instead of making another.
func (w *Writer) Step(s search.Searcher) (search.Trace, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending == nil {
		if err := w.advance(s); err != nil {
			return search.Trace{}, err
		}
	}
	trace := w.pending.trace
	if err := w.store(); err != nil {
		return search.Trace{}, err
	}
	if _, ok := s.(search.Stateful); ok && w.Every > 0 && (w.due || w.last%w.Every == 0) {
		if err := w.checkpoint(s); err != nil {
			return trace, err
		}
	}
	return trace, nil
}

// advance makes the step and checks its trace.
func (w *Writer) advance(s search.Searcher) error {
	next := w.last + 1
	start := time.Now()
	trace, err := s.Step()
	wall := time.Since(start)
	if err != nil {
		w.bad = fmt.Errorf("step %d failed", next)
		return fmt.Errorf("run: step %d: %w", next, err)
	}
	if err := checkFinite(trace, w.meta.Description.Decisions); err != nil {
		w.bad = fmt.Errorf("step %d was not finite", next)
		return fmt.Errorf("run: step %d: %w: the step is refused and the %d before it are kept", next, err, w.last)
	}
	if trace.Step != next {
		w.bad = fmt.Errorf("its last step was %d", trace.Step)
		return fmt.Errorf("run: the searcher made step %d, want step %d of %s", trace.Step, next, w.dir)
	}
	raw, err := encodeTrace(trace)
	if err == nil {
		err = checkTrace(trace, w.meta.Description.Decisions)
	}
	if err != nil {
		w.bad = fmt.Errorf("step %d was refused", next)
		return fmt.Errorf("run: step %d: %w", next, err)
	}
	w.pending = &pending{trace: trace, raw: raw, wallMS: float64(wall) / float64(time.Millisecond)}
	w.bad = nil
	return nil
}

// store puts the pending step into the database; the statement is its own
// transaction.
func (w *Writer) store() error {
	p := w.pending
	const insert = "INSERT INTO steps(step, trace, wall_ms) VALUES(?, ?, ?)"
	if _, err := w.db.Exec(insert, p.trace.Step, string(p.raw), p.wallMS); err != nil {
		return fmt.Errorf("run: step %d could not be stored in %s: %w; the %d before it are kept,"+
			" and the next try stores this one", p.trace.Step, w.dir, explain(err), w.last)
	}
	w.last, w.wallMS, w.pending = p.trace.Step, w.wallMS+p.wallMS, nil
	return nil
}

// Run steps the searcher until the run has that many steps or the context
// ends, calls each after every step (it may be nil), and saves the state at
// the end in both cases. When the context ended, its error comes back.
func (w *Writer) Run(ctx context.Context, s search.Searcher, steps int, each func(search.Trace) error) error {
	var stop error
	for stop == nil && w.Finished() < steps {
		if stop = ctx.Err(); stop != nil {
			break
		}
		trace, err := w.Step(s)
		if err != nil {
			return err
		}
		if each != nil {
			stop = each(trace)
		}
	}
	if _, ok := s.(search.Stateful); ok {
		if err := w.Checkpoint(s); err != nil {
			return errors.Join(stop, err)
		}
	}
	return stop
}

// Finished returns the number of stored steps.
func (w *Writer) Finished() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// Spent returns how many seconds the stored steps took, all together.
func (w *Writer) Spent() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wallMS / 1000
}
