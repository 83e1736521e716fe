package run

import (
	"database/sql"
	"encoding/json"
	"errors"

	"naslab.dev/nasx/search"
)

// Fork starts a new run that shares this one's steps up to and including step,
// and returns its writer with the searcher standing there. Steps, events and
// genotypes are copied, a checkpoint is made, and [Meta.Origin] says where the
// run comes from.
func (r *Reader) Fork(step int, newDir string, build Build) (*Writer, search.Searcher, error) {
	s, err := r.At(step, build)
	if err != nil {
		return nil, nil, err
	}
	origin := &Origin{Run: r.Name(), Step: step}
	w, err := create(newDir, r.meta.Description, origin, func(tx *sql.Tx) error { return r.inherit(tx, origin) })
	if err != nil {
		return nil, nil, err
	}
	if _, ok := s.(search.Stateful); ok {
		if err := w.Checkpoint(s); err != nil {
			return nil, nil, errors.Join(err, w.Close())
		}
	}
	return w, s, nil
}

// inherit copies what a fork shares with its parent.
func (r *Reader) inherit(tx *sql.Tx, origin *Origin) error {
	err := r.Raw(1, origin.Step, func(step int, raw []byte, wallMS float64) error {
		_, err := tx.Exec("INSERT INTO steps(step, trace, wall_ms) VALUES(?, ?, ?)", step, string(raw), wallMS)
		return err
	})
	if err != nil {
		return err
	}
	events, err := r.Events()
	if err != nil {
		return err
	}
	about, err := json.Marshal(origin)
	if err != nil {
		return err
	}
	for _, e := range append(events, Event{Step: origin.Step, Kind: EventFork, Data: about}) {
		if e.Step > origin.Step {
			continue
		}
		if _, err := tx.Exec("INSERT INTO events VALUES(?, ?, ?)", e.Step, e.Kind, string(e.Data)); err != nil {
			return err
		}
	}
	genotypes, err := r.Genotypes()
	if err != nil {
		return err
	}
	for _, g := range genotypes {
		if g.Step > origin.Step {
			continue
		}
		raw, err := json.Marshal(g.Genotype)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO genotypes VALUES(?, ?, ?)", g.Step, g.Rule, string(raw)); err != nil {
			return err
		}
	}
	return nil
}
