package run

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Kinds of events that the package writes or understands; others are free.
const (
	EventKnob   = "knob"   // a knob was turned; data is a [KnobChange]
	EventFork   = "fork"   // the run begins as a fork; data is an [Origin]
	EventNotice = "notice" // something a person should know; data is a text
)

// KnobChange is the data of a knob event.
type KnobChange struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Event is something that happened between two steps.
type Event struct {
	Step int             `json:"step"` // the last finished step when it happened, 0 before the first
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// Event records that something happened after the last finished step. A knob
// must be turned with [Writer.Set], or by the caller just before it records the
// [KnobChange] here: replay turns it again at this place.
func (w *Writer) Event(kind string, data any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.event(kind, data)
}

// event is Event without the lock.
func (w *Writer) event(kind string, data any) error {
	_, err := w.insertEvent(kind, data)
	return err
}

// insertEvent is event; it returns the event's row.
func (w *Writer) insertEvent(kind string, data any) (row int64, err error) {
	if kind == "" || len(kind) > maxName {
		return 0, fmt.Errorf("run: event kind %.120q has %d bytes, want 1 to %d", kind, len(kind), maxName)
	}
	raw, err := encode(data)
	if err == nil && kind == EventKnob {
		_, err = decodeKnob(raw)
	}
	var result sql.Result
	if err == nil {
		result, err = w.db.Exec("INSERT INTO events(step, kind, data) VALUES(?, ?, ?)", w.last, kind, string(raw))
	}
	if err == nil {
		row, err = result.LastInsertId()
	}
	if err != nil {
		return 0, fmt.Errorf("run: %s event after step %d of %s: %w", kind, w.last, w.dir, explain(err))
	}
	return row, nil
}

// Set turns a knob of the searcher and records it, so that replay turns it
// after the same step. If one of the two fails, neither has happened.
func (w *Writer) Set(s search.Searcher, name string, value float64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := s.(search.Tunable)
	if !ok {
		return fmt.Errorf("run: %s has no knobs, so %q cannot be set", w.meta.Description.Method, name)
	}
	if w.pending != nil {
		return fmt.Errorf("run: knob %q of %s: step %d waits to be stored; step first", name, w.dir, w.pending.trace.Step)
	}
	if err := checkKnob(t, name, value); err != nil {
		return fmt.Errorf("run: %s: %w", w.meta.Description.Method, err)
	}
	// Recorded first: a row can be taken back, but a knob that was turned has
	// left its schedule for good.
	row, err := w.insertEvent(EventKnob, KnobChange{Name: name, Value: value})
	if err != nil {
		return err
	}
	if err := t.Set(name, value); err != nil {
		_, undo := w.db.Exec("DELETE FROM events WHERE rowid = ?", row)
		return errors.Join(fmt.Errorf("run: knob %q: %w", name, err), undo)
	}
	return nil
}

// checkKnob says why a searcher would refuse a value, as far as its knobs tell.
func checkKnob(t search.Tunable, name string, value float64) error {
	for _, knob := range t.Knobs() {
		if knob.Name != name {
			continue
		}
		if !(value >= knob.Min && value <= knob.Max) {
			return fmt.Errorf("knob %q is set to %v, want %v to %v", name, value, knob.Min, knob.Max)
		}
		return nil
	}
	return fmt.Errorf("knob %.40q is unknown", name)
}

// decodeKnob reads the data of a knob event.
func decodeKnob(raw []byte) (KnobChange, error) {
	var change KnobChange
	if err := json.Unmarshal(raw, &change); err != nil {
		return change, fmt.Errorf("knob change: %w", err)
	}
	if change.Name == "" || math.IsNaN(change.Value) || math.IsInf(change.Value, 0) {
		return change, fmt.Errorf("knob change %s, want a name and a finite value", raw)
	}
	return change, nil
}

// Events returns everything that was recorded, in order.
func (r *Reader) Events() ([]Event, error) {
	rows, err := r.read.Query("SELECT step, kind, octet_length(data),"+
		" CASE WHEN octet_length(data) <= ? THEN data END FROM events ORDER BY rowid", maxValue)
	if err != nil {
		return nil, fmt.Errorf("run: events of %s: %w", r.dir, err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		var e Event
		var size int
		var raw []byte
		if err := rows.Scan(&e.Step, &e.Kind, &size, &raw); err != nil {
			return nil, fmt.Errorf("run: event %d of %s: %w", len(events), r.dir, err)
		}
		if size > maxValue || !json.Valid(raw) {
			return nil, fmt.Errorf("run: event %d of %s (%.40q): data of %d bytes, want JSON of at most %d",
				len(events), r.dir, e.Kind, size, maxValue)
		}
		e.Data = raw
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("run: events of %s: %w", r.dir, err)
	}
	return events, nil
}

// Derived is a genotype that was recorded.
type Derived struct {
	Step     int            `json:"step"`
	Rule     string         `json:"rule"` // one of the search.Rule constants
	Genotype space.Genotype `json:"genotype"`
}

// Genotype records the genotype of a step under a rule; a second one for the
// same step and rule replaces the first.
func (w *Writer) Genotype(step int, rule string, g space.Genotype) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if step < 0 || step > w.last {
		return fmt.Errorf("run: genotype: step %d of %s %w: the last is %d", step, w.dir, ErrNoStep, w.last)
	}
	raw, err := encode(g)
	if err == nil {
		const insert = "INSERT OR REPLACE INTO genotypes(step, rule, genotype) VALUES(?, ?, ?)"
		_, err = w.db.Exec(insert, step, rule, string(raw))
	}
	if err != nil {
		return fmt.Errorf("run: genotype of step %d, rule %s, of %s: %w", step, rule, w.dir, err)
	}
	return nil
}

// Genotypes returns the recorded genotypes by step and rule.
func (r *Reader) Genotypes() ([]Derived, error) {
	rows, err := r.read.Query("SELECT step, rule, CASE WHEN octet_length(genotype) <= ? THEN genotype END"+
		" FROM genotypes ORDER BY step, rule", maxValue)
	if err != nil {
		return nil, fmt.Errorf("run: genotypes of %s: %w", r.dir, err)
	}
	defer rows.Close()
	var all []Derived
	for rows.Next() {
		var d Derived
		var raw []byte
		err := rows.Scan(&d.Step, &d.Rule, &raw)
		if err == nil {
			err = json.Unmarshal(raw, &d.Genotype)
		}
		if err != nil {
			return nil, fmt.Errorf("run: genotype of step %d, rule %.40s, of %s: %w", d.Step, d.Rule, r.dir, err)
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("run: genotypes of %s: %w", r.dir, err)
	}
	return all, nil
}
