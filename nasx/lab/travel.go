package lab

import (
	"context"
	"errors"
	"fmt"
	"io"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// at restores every method to the state after a step. The runs stay as they
// are; stepping on from there forks them.
func (e *engine) at(ctx context.Context, step int) error {
	return e.command(ctx, "at", false, func() error {
		if err := e.checkStep(step); err != nil {
			return err
		}
		e.forgetPending()
		if err := e.restore(step); err != nil {
			return err
		}
		e.note("at", map[string]any{"step": step})
		return e.keep()
	})
}

// fork restores every method to a step and goes on from there in new runs.
func (e *engine) fork(ctx context.Context, step int, name string) error {
	if !validForkName.MatchString(name) {
		return fmt.Errorf("name of the fork %q must be 1 to 40 letters, digits, dashes or underscores", name)
	}
	return e.command(ctx, "fork", false, func() error {
		if err := e.checkStep(step); err != nil {
			return err
		}
		e.forgetPending()
		return e.forkRuns(step, name)
	})
}

// forgetPending drops knobs that were asked for at another step.
func (e *engine) forgetPending() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range e.methods {
		clear(m.pending)
	}
}

// checkStep holds a step to what is recorded for every method.
func (e *engine) checkStep(step int) error {
	head := e.head()
	if step < 0 || step > head {
		return fmt.Errorf("session %s has steps 0 to %d, not %d", e.name, head, step)
	}
	return nil
}

// head is the last step that is recorded for every method.
func (e *engine) head() int {
	if len(e.methods) == 0 {
		return 0
	}
	head := e.methods[0].head
	for _, m := range e.methods {
		head = min(head, m.head)
	}
	return head
}

// autoFork forks the runs if the session stands before their ends.
func (e *engine) autoFork() error {
	step := e.clock()
	behind := false
	for _, m := range e.methods {
		behind = behind || (m.step == step && m.step < m.head && m.behind)
	}
	if !behind {
		return nil
	}
	return e.forkRuns(step, fmt.Sprintf("from-%d", step))
}

// forkRuns restores every method to a step and lets it go on in a new run.
func (e *engine) forkRuns(step int, name string) error {
	return e.restoring(restoringStep(step), func(m *method, build run.Build) error {
		var next *run.Writer
		var searcher search.Searcher
		_, err := freeDir(e.name+"-"+m.id+"-"+name, func(dir string) (err error) {
			next, searcher, err = m.run.Fork(step, dir, build)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: fork at step %d: %w", m.id, step, err)
		}
		next.Every = e.opts.every
		old := m.run
		e.mu.Lock()
		m.run, m.head = next, step
		m.forks = append(m.forks, client.Fork{Step: step, Name: name})
		e.mu.Unlock()
		e.settle(m, searcher, step)
		return e.closeRun(old)
	}, func() error {
		e.note("fork", map[string]any{"step": step, "name": name})
		return e.keep()
	})
}

// restore brings every searcher to a step of its present run.
func (e *engine) restore(step int) error {
	return e.restoring(restoringStep(step), func(m *method, build run.Build) error {
		at := m.run.At
		if step == m.run.Finished() { // lets the run take steps again after one that it refused
			at = func(_ int, build run.Build) (search.Searcher, error) { return m.run.Restore(build) }
		}
		searcher, err := at(step, build)
		if err != nil {
			return fmt.Errorf("%s: %w", m.id, err)
		}
		e.settle(m, searcher, step)
		return nil
	}, func() error { return nil })
}

func restoringStep(step int) string { return fmt.Sprintf("restoring step %d", step) }

// restoring does each to every method with what builds its searcher, and then
// finish; the session shows what it does, and an error leaves it unable to step.
func (e *engine) restoring(what string, each func(*method, run.Build) error, finish func() error) error {
	e.startCompiling(nil, what, now())
	defer e.stopCompiling(nil, false)
	fresh := e.freshBuild()
	var err error
	for _, m := range e.methods {
		if err == nil {
			err = each(m, e.reuse(m, fresh))
		}
	}
	if err == nil {
		err = finish()
	}
	e.mu.Lock()
	e.failed = ""
	if err != nil {
		e.failed = err.Error()
	}
	e.mu.Unlock()
	return err
}

// settle takes a restored searcher over.
func (e *engine) settle(m *method, searcher search.Searcher, step int) {
	searcher = undisguise(searcher)
	if searcher != m.searcher {
		closeSearcher(m.searcher)
	}
	e.mu.Lock()
	m.warm = m.warm && searcher == m.searcher
	m.searcher, m.step, m.behind, m.bad = searcher, step, step < m.head, false
	m.knobs = knobsOf(searcher)
	m.saved = savedSteps(m.run)
	e.mu.Unlock()
	e.changed()
}

// freshBuild returns a function that hands out new searchers by position; one
// call of the session's build makes one of each.
func (e *engine) freshBuild() func(i int) (search.Searcher, error) {
	var ready []search.Searcher
	return func(i int) (search.Searcher, error) {
		if ready == nil || ready[i] == nil {
			made, err := callBuild(e.build, e.seed)
			if err != nil {
				return nil, err
			}
			if len(made) != len(e.methods) {
				return nil, fmt.Errorf("the build returned %d searchers, before it were %d", len(made), len(e.methods))
			}
			for _, unused := range ready {
				if unused != nil {
					closeSearcher(unused)
				}
			}
			ready = made
		}
		searcher := ready[i]
		ready[i] = nil
		return searcher, nil
	}
}

// reuse returns a build for one method that first hands out its present
// searcher, set back to its beginning: what is compiled is kept then. A
// searcher that failed, or has no state, is replaced.
func (e *engine) reuse(m *method, fresh func(int) (search.Searcher, error)) run.Build {
	again := !m.bad && m.origin != nil
	return func(search.Description) (search.Searcher, error) {
		if stateful, ok := m.searcher.(search.Stateful); ok && again {
			again = false
			if stateful.SetState(m.origin) == nil {
				return e.disguise(m, m.searcher), nil
			}
		}
		for i := range e.methods {
			if e.methods[i] == m {
				searcher, err := fresh(i)
				return e.disguise(m, searcher), err
			}
		}
		return nil, errors.New("the method is not of this session")
	}
}

// originOf returns the state of a new searcher, nil where it has none.
func originOf(searcher search.Searcher) map[string]search.Tensor {
	stateful, ok := searcher.(search.Stateful)
	if !ok {
		return nil
	}
	state, err := stateful.State()
	if err != nil {
		return nil // it is built anew then
	}
	return state
}

// savedSteps lists the steps of a run that have a checkpoint, ascending.
func savedSteps(r *run.Writer) []int {
	steps := []int{}
	checkpoints, err := r.Checkpoints()
	if err != nil {
		return steps
	}
	for _, c := range checkpoints {
		steps = append(steps, c.Step)
	}
	return steps
}

// closeSearcher frees what a searcher holds, where it says how.
func closeSearcher(searcher search.Searcher) {
	if closer, ok := searcher.(io.Closer); ok {
		_ = closer.Close()
	}
}
