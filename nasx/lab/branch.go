package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"naslab.dev/nasx/run"
)

// back leaves the present branch: every method goes on at the end of the run
// that its own was forked from. The branch stays on disk as a run.
func (e *engine) back(ctx context.Context) error {
	return e.command(ctx, "back", false, func() error {
		var name string
		for _, m := range e.methods {
			if len(m.forks) == 0 || m.run.Meta().Origin == nil {
				return conflict{fmt.Sprintf("session %s is on no branch: nothing was forked", e.name)}
			}
			name = m.forks[len(m.forks)-1].Name
		}
		trunks, err := e.openTrunks()
		if err != nil {
			return err
		}
		e.forgetPending()
		return e.restoring("leaving the fork "+name, func(m *method, build run.Build) error {
			return e.leave(m, trunks[m], build)
		}, func() error {
			e.note("back", map[string]any{"from": name, "step": e.clock()})
			return e.keep()
		})
	})
}

// openTrunks opens the runs that the present ones were forked from; of those
// that another process writes, or that are gone, none stays open.
func (e *engine) openTrunks() (map[*method]*run.Writer, error) {
	trunks := map[*method]*run.Writer{}
	for _, m := range e.methods {
		dir := filepath.Join(filepath.Dir(m.run.Dir()), m.run.Meta().Origin.Run)
		trunk, err := run.OpenWriter(dir)
		if err != nil {
			for _, opened := range trunks {
				err = errors.Join(err, opened.Close())
			}
			return nil, fmt.Errorf("%s: %w", m.id, err)
		}
		trunk.Every = e.opts.every
		trunks[m] = trunk
	}
	return trunks, nil
}

// leave takes a method from its run to the end of another one.
func (e *engine) leave(m *method, trunk *run.Writer, build run.Build) error {
	branch := m.run
	e.mu.Lock()
	m.run = trunk
	e.mu.Unlock()
	searcher, err := trunk.Restore(build)
	if err != nil {
		e.mu.Lock()
		m.run = branch
		e.mu.Unlock()
		return errors.Join(fmt.Errorf("%s: %w", m.id, err), trunk.Close())
	}
	e.mu.Lock()
	m.head = trunk.Finished()
	m.forks = slices.Clone(m.forks[:len(m.forks)-1])
	e.mu.Unlock()
	e.settle(m, searcher, trunk.Finished())
	return e.closeRun(branch)
}
