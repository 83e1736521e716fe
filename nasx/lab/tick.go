package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// maxStepsAtOnce is how many steps one command may ask for.
const maxStepsAtOnce = 10000

// step makes n steps of every method and waits for them. It ends early, after
// a whole step, when ctx ends or the session is paused.
func (e *engine) step(ctx context.Context, n int) (client.Range, error) {
	made := client.Range{}
	if n < 1 || n > maxStepsAtOnce {
		return made, fmt.Errorf("steps asked for are %d, want 1 to %d", n, maxStepsAtOnce)
	}
	err := e.command(ctx, "step", true, func() error {
		if err := e.atPlannedEnd(); err != nil {
			return err
		}
		made.From, made.To = e.clock()+1, e.clock()
		last := e.clock() + n
		if steps := e.plan(); steps > 0 {
			last = min(last, steps)
		}
		for e.clock() < last {
			if e.isCancelled(ctx) {
				made.Cancelled = true
				return nil
			}
			if err := e.tick(); err != nil {
				return err
			}
			made.To = e.clock()
		}
		return nil
	})
	return made, err
}

// isCancelled says whether the present command shall end.
func (e *engine) isCancelled(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-e.quit:
		return true
	default:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cancelled
}

// runTick makes one step of Run.
func (e *engine) runTick() {
	e.mu.Lock()
	goOn := e.running && e.atPlannedEnd() == nil
	e.running, e.ticking, e.lastUse = goOn, goOn, time.Now()
	e.mu.Unlock()
	if goOn {
		err := e.tick()
		e.mu.Lock()
		e.ticking = false
		if err == nil && e.atPlannedEnd() != nil {
			e.running = false
		}
		e.mu.Unlock()
	}
	e.changed()
}

// tick makes the next step of every method that has not made it. On an error
// the session stops; what was recorded stays.
func (e *engine) tick() error {
	began := time.Now()
	e.mu.Lock()
	e.lastTick = began
	e.mu.Unlock()
	err := e.autoFork()
	target := e.clock() + 1
	for _, m := range e.methods {
		if err == nil && m.step < target {
			err = e.advance(m)
		}
	}
	if err != nil {
		e.fail(err)
		return &stepError{err}
	}
	e.mu.Lock()
	e.took = append(e.took, time.Since(began))
	if len(e.took) > medianOf {
		e.took = e.took[1:]
	}
	e.mu.Unlock()
	e.applyKnobs()
	e.changed()
	return nil
}

// fail records why the session cannot step.
func (e *engine) fail(err error) {
	e.mu.Lock()
	e.failed, e.running = err.Error(), false
	e.mu.Unlock()
	e.note("error", map[string]any{"message": err.Error()})
	e.changed()
}

// advance makes one step of one method and records it.
func (e *engine) advance(m *method) error {
	if err := e.prepare(m); err != nil {
		return err
	}
	e.applyKnobs()
	next := m.step + 1
	trace, err := e.firstStep(m)
	made := trace.Step == next && m.run.Finished() == next
	if made && err != nil { // only its checkpoint failed
		err = fmt.Errorf("%s: saving after step %d: %w", m.id, next, err)
	} else if err != nil {
		err = fmt.Errorf("%s: step %d: %w; step %d is kept", m.id, next, err, m.step)
	}
	if !made {
		m.bad = true
		if err == nil {
			err = fmt.Errorf("%s: the trace is of step %d, want %d; step %d is kept", m.id, trace.Step, next, m.step)
		}
		return err
	}
	encoded, encodeErr := json.Marshal(trace)
	e.mu.Lock()
	m.step, m.head, m.warm = next, next, true
	m.knobs = knobsOf(m.searcher)
	if m.step%max(e.opts.every, 1) == 0 {
		m.saved = savedSteps(m.run)
	}
	e.mu.Unlock()
	e.feed.add(m.id, encoded, m.run.Spent())
	return errors.Join(err, encodeErr)
}

// firstStep makes a step; a long first one is shown as compiling.
func (e *engine) firstStep(m *method) (search.Trace, error) {
	if m.warm {
		return stepOnce(m)
	}
	began := time.Now()
	timer := time.AfterFunc(slowStep, func() { e.startCompiling(m, "first step of "+m.label(), began) })
	trace, err := stepOnce(m)
	if !timer.Stop() {
		e.stopCompiling(m, err == nil)
	}
	return trace, err
}

// stepOnce makes a step; a method that panics has failed.
func stepOnce(m *method) (trace search.Trace, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the method failed: %v", cause)
		}
	}()
	return m.run.Step(m.searcher)
}

// save records a method's state where it has one.
func (e *engine) save(m *method) error {
	if _, ok := m.searcher.(search.Stateful); !ok {
		return nil
	}
	if err := m.run.Checkpoint(m.searcher); err != nil {
		return fmt.Errorf("%s: saving step %d: %w", m.id, m.step, err)
	}
	e.mu.Lock()
	m.saved = savedSteps(m.run)
	e.mu.Unlock()
	return nil
}

// label is the method's name as shown.
func (m *method) label() string {
	if m.desc.Label != "" {
		return m.desc.Label
	}
	return m.id
}
