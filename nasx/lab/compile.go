package lab

import (
	"fmt"
	"time"

	"naslab.dev/nasx/search"
)

// Preparer is a Searcher that has something to do before its first step that
// takes seconds, usually compiling. A session then says what, for how long, and
// how long it took the last time.
type Preparer interface {
	// Prepare does it. It calls report with what it does now, in a few words.
	Prepare(report func(what string)) error
}

// prepare calls a Preparer once.
func (e *engine) prepare(m *method) error {
	if m.warm {
		return nil
	}
	if preparer, ok := m.searcher.(Preparer); ok {
		e.startCompiling(m, m.label(), time.Now())
		err := callPrepare(preparer, func(what string) {
			e.mu.Lock()
			if e.compiling != nil {
				e.compiling.what = what
			}
			e.mu.Unlock()
			e.changed()
		})
		e.stopCompiling(m, err == nil)
		if err != nil {
			return fmt.Errorf("%s: preparing the first step: %w", m.id, err)
		}
		e.mu.Lock()
		m.warm = true
		e.mu.Unlock()
	}
	return nil
}

func callPrepare(preparer Preparer, report func(string)) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the method failed: %v", cause)
		}
	}()
	return preparer.Prepare(report)
}

// startCompiling shows that something takes its time.
func (e *engine) startCompiling(m *method, what string, began time.Time) {
	next := &compiling{what: what, began: began, restoring: m == nil}
	if m != nil {
		next.last, next.alike = lastTook(e.opts.cache, m.desc)
	}
	e.mu.Lock()
	e.compiling = next
	e.mu.Unlock()
	e.changed()
}

// stopCompiling ends that; a time that led somewhere is kept for the next one.
func (e *engine) stopCompiling(m *method, good bool) {
	e.mu.Lock()
	was := e.compiling
	e.compiling = nil
	e.mu.Unlock()
	if was != nil && good && m != nil {
		keepTook(e.opts.cache, m.desc, time.Since(was.began))
	}
	e.changed()
}

// knobsOf returns a searcher's knobs, never nil.
func knobsOf(searcher search.Searcher) []search.Knob {
	if tunable, ok := searcher.(search.Tunable); ok {
		return append([]search.Knob{}, tunable.Knobs()...)
	}
	return []search.Knob{}
}
