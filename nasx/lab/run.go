package lab

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// run starts making steps by itself.
func (e *engine) run(speed float64) error {
	if err := checkSpeed(speed); err != nil {
		return err
	}
	e.mu.Lock()
	if e.running && e.failed == "" {
		e.speed, e.lastUse = speed, time.Now()
		e.mu.Unlock()
		e.poke()
		e.changed()
		return nil
	}
	err := e.refusal(true)
	if err == nil {
		err = e.atPlannedEnd()
	}
	if err == nil {
		e.running, e.cancelled, e.speed, e.lastUse = true, false, speed, time.Now()
	}
	e.mu.Unlock()
	e.poke()
	e.changed()
	return err
}

// atPlannedEnd returns an error when all planned steps are made. The caller
// holds mu.
func (e *engine) atPlannedEnd() error {
	if steps := e.plan(); steps > 0 && e.clock() >= steps {
		return conflict{fmt.Sprintf("session %s has made all its %d steps", e.name, steps)}
	}
	return nil
}

// setSpeed changes Run's pace.
func (e *engine) setSpeed(speed float64) error {
	if err := checkSpeed(speed); err != nil {
		return err
	}
	e.mu.Lock()
	e.speed, e.lastUse = speed, time.Now()
	e.mu.Unlock()
	e.poke()
	e.changed()
	return nil
}

// checkSpeed holds a speed to what can be kept.
func checkSpeed(speed float64) error {
	if !(speed >= 0 && speed <= 1000) {
		return fmt.Errorf("speed is %v, want 0 (as fast as possible) to 1000 steps a second", speed)
	}
	return nil
}

// halt ends Run, and a Step in progress, after the present step, and waits for
// that step until ctx ends.
func (e *engine) halt(ctx context.Context) error {
	e.mu.Lock()
	ended := e.ended != ""
	e.running, e.lastUse = false, time.Now()
	if e.busy == "step" {
		e.cancelled = true
	}
	e.mu.Unlock()
	if ended {
		return e.endedError()
	}
	e.changed()
	err := e.do(ctx, func() error { return nil })
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil // the step goes on a while; the session says so
	}
	e.changed()
	return err
}
