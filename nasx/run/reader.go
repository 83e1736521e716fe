package run

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"sync"

	"naslab.dev/nasx/search"
)

// Reader looks at a run. It takes no lock, needs no GoMLX, sees steps as soon as
// they are stored, and may be used from several goroutines.
type Reader struct {
	dir  string
	read *sql.DB
	meta Meta

	mu      sync.Mutex
	scalars []scalarRow // of the steps read so far, for Curves
	notices []string
}

// scalarRow is what Curves needs of a step.
type scalarRow struct {
	step    int
	seconds float64 // since the start of the run, waiting between steps not counted
	values  map[string]float64
}

// Open opens a run for reading.
func Open(dir string) (*Reader, error) {
	dir = filepath.Clean(dir)
	db, err := openDB(dir, modeRead)
	if err != nil {
		return nil, err
	}
	r := &Reader{dir: dir, read: db}
	if r.meta, err = readMeta(db, dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.read.Close() }

// Dir returns the run's directory.
func (r *Reader) Dir() string { return r.dir }

// Name returns the name of the run's directory.
func (r *Reader) Name() string {
	abs, err := filepath.Abs(r.dir)
	if err != nil {
		return filepath.Base(r.dir)
	}
	return filepath.Base(abs)
}

// Figures returns the folder for pictures that belong to the run.
func (r *Reader) Figures() string { return filepath.Join(r.dir, figuresName) }

// Meta says what the run is.
func (r *Reader) Meta() Meta { return r.meta }

// Notices returns what a person should know about replays so far: a checkpoint
// that could not be used, or traces that are close but not equal.
func (r *Reader) Notices() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.notices)
}

// notice adds to Notices.
func (r *Reader) notice(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notices = append(r.notices, text)
	return text
}

// Steps returns the number of the last finished step, 0 before the first.
func (r *Reader) Steps() (int, error) {
	var last sql.NullInt64
	if err := r.read.QueryRow("SELECT max(step) FROM steps").Scan(&last); err != nil {
		return 0, fmt.Errorf("run: steps of %s: %w", r.dir, err)
	}
	return int(last.Int64), nil
}

// Last returns the trace of the last finished step; its Step is 0 when there is
// none yet.
func (r *Reader) Last() (search.Trace, error) {
	last, err := r.Steps()
	if err != nil || last == 0 {
		return search.Trace{}, err
	}
	return r.Trace(last)
}

// Trace returns the trace of a step, from 1; [ErrNoStep] says there is none.
func (r *Reader) Trace(step int) (search.Trace, error) {
	traces, err := r.Traces(step, step)
	if err != nil {
		return search.Trace{}, err
	}
	if len(traces) == 0 {
		last, err := r.Steps()
		if err != nil {
			return search.Trace{}, err
		}
		return search.Trace{}, fmt.Errorf("run: step %d of %s %w: the last is %d", step, r.dir, ErrNoStep, last)
	}
	return traces[0], nil
}

// Traces returns the traces of the steps from … to, both included, as far as
// they exist.
func (r *Reader) Traces(from, to int) ([]search.Trace, error) {
	var traces []search.Trace
	err := r.Each(from, to, func(trace search.Trace, _ float64) error {
		traces = append(traces, trace)
		return nil
	})
	return traces, err
}

// Each calls do with the traces of the steps from … to, both included, in
// order, and with the milliseconds each took. It stops at an error of do and
// returns it.
func (r *Reader) Each(from, to int, do func(trace search.Trace, wallMS float64) error) error {
	return r.Raw(from, to, func(step int, raw []byte, wallMS float64) error {
		trace, err := decodeTrace(step, raw, r.meta.Description.Decisions)
		if err != nil {
			return fmt.Errorf("run: step %d of %s: %w", step, r.dir, err)
		}
		return do(trace, wallMS)
	})
}

// Raw is [Reader.Each] with the traces as they are stored, one line of JSON
// each. The bytes are the caller's.
func (r *Reader) Raw(from, to int, do func(step int, trace []byte, wallMS float64) error) error {
	rows, err := r.read.Query("SELECT step, octet_length(trace), CASE WHEN octet_length(trace) <= ? THEN trace END,"+
		" wall_ms FROM steps WHERE step BETWEEN ? AND ? ORDER BY step", maxTrace, from, to)
	if err != nil {
		return fmt.Errorf("run: steps %d to %d of %s: %w", from, to, r.dir, err)
	}
	defer rows.Close()
	for rows.Next() {
		var step, size int
		var raw []byte
		var wallMS float64
		if err := rows.Scan(&step, &size, &raw, &wallMS); err != nil {
			return fmt.Errorf("run: steps %d to %d of %s: %w", from, to, r.dir, err)
		}
		if size > maxTrace {
			return fmt.Errorf("run: step %d of %s: trace has %d bytes, want at most %d", step, r.dir, size, maxTrace)
		}
		if err := do(step, raw, wallMS); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("run: steps %d to %d of %s: %w", from, to, r.dir, err)
	}
	return nil
}

// Curve is one scalar over the steps that have it.
type Curve struct {
	Name    string    `json:"name"` // one of the search.Scalar constants
	Steps   []int     `json:"steps"`
	Seconds []float64 `json:"seconds"` // spent in steps up to and including this one
	Values  []float64 `json:"values"`
}

// Curves returns the named scalars, in the order of the names; without a name
// all there are, sorted. A scalar that never occurred is an empty curve. Steps
// already read are not read again.
func (r *Reader) Curves(names ...string) ([]Curve, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.readScalars(); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		seen := map[string]bool{}
		for _, row := range r.scalars {
			for name := range row.values {
				seen[name] = true
			}
		}
		names = slices.Sorted(maps.Keys(seen))
	}
	curves := make([]Curve, len(names))
	for i, name := range names {
		c := Curve{Name: name, Steps: []int{}, Seconds: []float64{}, Values: []float64{}}
		for _, row := range r.scalars {
			if v, ok := row.values[name]; ok {
				c.Steps = append(c.Steps, row.step)
				c.Seconds = append(c.Seconds, row.seconds)
				c.Values = append(c.Values, v)
			}
		}
		curves[i] = c
	}
	return curves, nil
}

// Seconds returns how long the steps up to and including each took, for the
// steps 1 to last.
func (r *Reader) Seconds(last int) ([]float64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.readScalars(); err != nil {
		return nil, err
	}
	out := make([]float64, 0, last)
	for _, row := range r.scalars {
		if row.step <= last {
			out = append(out, row.seconds)
		}
	}
	return out, nil
}

// readScalars reads the steps that came since the last call.
func (r *Reader) readScalars() error {
	last, seconds := 0, 0.0
	if n := len(r.scalars); n > 0 {
		last, seconds = r.scalars[n-1].step, r.scalars[n-1].seconds
	}
	return r.Raw(last+1, math.MaxInt, func(step int, raw []byte, wallMS float64) error {
		var trace struct {
			Scalars map[string]float64 `json:"scalars"`
		}
		if err := json.Unmarshal(raw, &trace); err != nil {
			return fmt.Errorf("run: step %d of %s: trace: %w", step, r.dir, err)
		}
		seconds += wallMS / 1000
		r.scalars = append(r.scalars, scalarRow{step: step, seconds: seconds, values: trace.Scalars})
		return nil
	})
}
