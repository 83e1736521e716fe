package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// begin builds the searchers and opens their runs: those of a record, or new
// ones where that is nil. It runs before the worker starts, or in it.
func (e *engine) begin(rec *record) error {
	searchers, err := callBuild(e.build, e.seed)
	if err != nil {
		return err
	}
	ids, descs := describe(searchers)
	if err := e.checkSeed(descs); err != nil {
		return err
	}
	if err := e.admit(rec, ids, descs); err != nil {
		return err
	}
	var methods []*method
	for i, searcher := range searchers {
		m, err := e.openMethod(ids[i], searcher, descs[i], rec)
		if err != nil {
			return errors.Join(err, e.closeRuns(methods))
		}
		methods = append(methods, m)
	}
	old := e.methods
	e.mu.Lock()
	e.methods, e.failed, e.took = methods, "", nil
	e.mu.Unlock()
	for _, m := range old {
		closeSearcher(m.searcher)
	}
	return errors.Join(e.closeRuns(old), e.keep())
}

// checkSeed refuses a reset to a seed that the build does not take.
func (e *engine) checkSeed(descs []search.Description) error {
	for _, desc := range descs {
		if e.seed != nil && desc.Seed != *e.seed {
			return fmt.Errorf("the build of session %s keeps seed %d for %s: let it use lab.Seed(%d) there",
				e.name, desc.Seed, desc.Method, desc.Seed)
		}
	}
	return nil
}

// openMethod joins a searcher with its run.
func (e *engine) openMethod(id string, searcher search.Searcher, desc search.Description,
	rec *record,
) (*method, error) {
	mirrored, err := mirror(desc)
	if err != nil {
		return nil, err
	}
	m := &method{id: id, searcher: searcher, desc: mirrored, knobs: knobsOf(searcher), pending: map[string]float64{}}
	m.origin = originOf(searcher)
	if rec != nil {
		kept, ok := rec.find(id)
		if !ok {
			return nil, fmt.Errorf("session %s has no run of a method %q to go on with: begin again with lab.Reset", e.name, id)
		}
		m.forks = kept.Forks
		m.run, err = run.OpenWriter(kept.Run)
	} else {
		_, err = freeDir(e.name+"-"+id, func(dir string) (err error) {
			m.run, err = run.Create(dir, desc)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	m.run.Every = e.opts.every
	m.head, m.saved = m.run.Finished(), savedSteps(m.run)
	return m, nil
}

// freeDir calls create with the first directory for a run of that name that
// does not exist: NAME, NAME-2, NAME-3, …
func freeDir(name string, create func(dir string) error) (string, error) {
	const tries = 10000
	for i := 1; i < tries; i++ {
		numbered := name
		if i > 1 {
			numbered = fmt.Sprintf("%s-%d", name, i)
		}
		dir, err := run.Path(numbered)
		if err == nil {
			dir, err = filepath.Abs(dir)
		}
		if err != nil {
			return "", err
		}
		if err = create(dir); !errors.Is(err, run.ErrExists) {
			return dir, err
		}
	}
	return "", fmt.Errorf("%d runs are named %s already", tries, name)
}

// closeRuns closes the runs of methods.
func (e *engine) closeRuns(methods []*method) error {
	var errs []error
	for _, m := range methods {
		errs = append(errs, e.closeRun(m.run))
	}
	return errors.Join(errs...)
}

// closeRun closes a run once nobody reads it.
func (e *engine) closeRun(w *run.Writer) error {
	e.reads.Lock()
	defer e.reads.Unlock()
	return w.Close()
}

// resume brings every method to the end of its run.
func (e *engine) resume() error {
	fresh := e.freshBuild()
	for i, m := range e.methods {
		events, err := m.run.Events()
		if err != nil {
			return fmt.Errorf("%s: %w", m.id, err)
		}
		for _, ev := range events {
			e.adopt(i, m, ev)
		}
		if m.head == 0 && len(events) == 0 {
			continue
		}
		used := false
		searcher, err := m.run.Restore(func(search.Description) (search.Searcher, error) {
			if !used {
				used = true
				return e.disguise(m, m.searcher), nil
			}
			searcher, err := fresh(i)
			return e.disguise(m, searcher), err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", m.id, err)
		}
		e.settle(m, searcher, m.head)
	}
	slices.SortStableFunc(e.events, func(a, b client.Event) int { return a.Step - b.Step })
	return nil
}

// adopt lists an event of a run: a knob's with its method, others, which every
// run has, once.
func (e *engine) adopt(i int, m *method, ev run.Event) {
	data := ev.Data
	var change run.KnobChange
	if ev.Kind == run.EventKnob && json.Unmarshal(ev.Data, &change) == nil {
		data = knobData(m.id, change.Name, change.Value)
	} else if i > 0 || ev.Kind == run.EventDescription { // which is long, and told as "replaced"
		return
	}
	e.events = append(e.events, client.Event{Step: ev.Step, Kind: ev.Kind, Data: data})
}

// reset begins again at step 0 in new runs.
func (e *engine) reset(ctx context.Context, seed *uint64) error {
	return e.command(ctx, "reset", false, func() error {
		e.startCompiling(nil, "building", now())
		defer e.stopCompiling(nil, false)
		before := e.seed
		if seed != nil {
			e.seed = seed
		}
		if err := e.begin(nil); err != nil {
			e.seed = before
			return err
		}
		e.mu.Lock()
		e.events, e.replaced = nil, false
		e.mu.Unlock()
		e.note("reset", map[string]any{"seed": e.methods[0].desc.Seed})
		return nil
	})
}

// close saves every method and ends the engine. It waits for the present step.
func (e *engine) close(why string) error {
	e.mu.Lock()
	if e.ended != "" {
		e.mu.Unlock()
		<-e.done
		return nil
	}
	e.ended, e.running, e.cancelled = why, false, true
	e.mu.Unlock()
	close(e.quit)
	<-e.done
	e.applyKnobs()
	var errs []error
	for _, m := range e.methods {
		if !m.bad && m.step == m.head && m.step > 0 {
			errs = append(errs, e.save(m))
		}
		errs = append(errs, e.closeRun(m.run))
		closeSearcher(m.searcher)
	}
	e.changed()
	return errors.Join(errs...)
}
