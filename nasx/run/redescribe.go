package run

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"naslab.dev/nasx/search"
)

// EventDescription is the kind of the event that [Writer.Redescribe] records;
// its data is the description until then.
const EventDescription = "description"

// Redescribable says why a run cannot be described anew, nil if it can.
func (w *Writer) Redescribable(d search.Description) error {
	if err := sameDecisions(d, w.meta.Description); err != nil {
		return fmt.Errorf("run: describe %s anew: %w", w.dir, err)
	}
	return nil
}

// Redescribe says that from the next step on the run is made by another
// configuration or another version of the method. The run is described by it
// then, and an event keeps what it was before. Steps that are stored must fit
// the decisions, so those cannot change. It is for the time before the run is
// read by others.
func (w *Writer) Redescribe(d search.Description) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fail := func(err error) error { return fmt.Errorf("run: describe %s anew: %w", w.dir, err) }
	raw, err := encode(d)
	if err != nil {
		return fail(err)
	}
	next, err := decodeDescription(raw)
	if err != nil {
		return fail(err)
	}
	before := w.meta.Description
	if err := sameDecisions(next, before); err != nil {
		return fail(err)
	}
	old, err := encode(before)
	if err != nil {
		return fail(err)
	}
	err = transact(w.db, func(tx *sql.Tx) error {
		if err := putValue(tx, keyDescription, next); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO events(step, kind, data) VALUES(?, ?, ?)", w.last, EventDescription, string(old))
		return err
	})
	if err != nil {
		return fail(explain(err))
	}
	w.meta.Description = next
	return nil
}

// sameDecisions names the first decision in which two descriptions differ.
func sameDecisions(now, before search.Description) error {
	if place, a, b, differ := difference("decisions", plainJSON(now.Decisions), plainJSON(before.Decisions)); differ {
		return fmt.Errorf("%s is %s, but %s in the steps that are stored", place, short(a), short(b))
	}
	return nil
}

// plainJSON turns a value into what JSON makes of it.
func plainJSON(value any) (plain any) {
	raw, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(raw, &plain)
	}
	if err != nil {
		return nil
	}
	return plain
}
