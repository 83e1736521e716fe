package lab

import (
	"log"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// Types of the session's contract; package client documents their fields.
type (
	// Status is what a session is at one moment.
	Status = client.Status
	// Range says which steps were made.
	Range = client.Range
	// Info is one line of List.
	Info = client.Info
)

const shownEvents = 1000 // the last ones

// status returns what the session is now.
func (e *engine) status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := Status{
		Name: e.name, Step: e.clock(), Head: e.head(), Steps: e.plan(), Speed: e.speed,
		StepMS: median(e.took), Methods: []client.Method{}, Versions: versions(e.methods),
		Events: append([]client.Event{}, e.events[max(0, len(e.events)-shownEvents):]...),
	}
	status.State, status.Message = e.state()
	if c := e.compiling; c != nil {
		status.Compiling = &client.Compiling{
			What: c.what, Seconds: time.Since(c.began).Seconds(), LastSeconds: c.last.Seconds(), Alike: c.alike,
			Restoring: c.restoring,
		}
	}
	for _, m := range e.methods {
		status.Methods = append(status.Methods, client.Method{
			ID: m.id, Description: m.desc, Step: m.step, Run: m.run.Dir(), Knobs: mirrorKnobs(m.knobs),
			Pending: maps.Clone(m.pending), Checkpoints: append([]int{}, m.saved...),
			Forks: append([]client.Fork{}, m.forks...),
		})
	}
	return status
}

// state names the present state. The caller holds mu.
func (e *engine) state() (state, message string) {
	switch {
	case e.ended != "":
		return client.StateEnded, e.endedSentence()
	case e.compiling != nil:
		return client.StateCompiling, e.compiling.what
	case e.failed != "":
		return client.StateError, e.failed
	case e.running || e.ticking || e.busy != "":
		return client.StateRunning, ""
	case e.clock() == 0 && e.head() == 0:
		return client.StateEmpty, ""
	}
	return client.StatePaused, ""
}

func mirrorKnobs(knobs []search.Knob) []client.Knob {
	out := make([]client.Knob, len(knobs))
	for i, k := range knobs {
		out[i] = client.Knob(k)
	}
	return out
}

// median returns the median of durations in milliseconds, 0 for none.
func median(durations []time.Duration) float64 {
	if len(durations) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(durations))
	return float64(sorted[len(sorted)/2].Microseconds()) / 1000
}

// gomlxVersion reads the module's version once.
var gomlxVersion = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/gomlx/gomlx" {
			return dep.Version
		}
	}
	return ""
})

// versions says what makes the numbers; a searcher may name its backend.
func versions(methods []*method) client.Versions {
	v := client.Versions{Go: runtime.Version(), GoMLX: gomlxVersion()}
	for _, m := range methods {
		if named, ok := m.searcher.(interface{ Backend() string }); ok && v.Backend == "" {
			v.Backend = named.Backend()
		}
	}
	return v
}

// note records an event in every run and shows it. Only the worker calls it.
func (e *engine) note(kind string, data map[string]any) {
	if len(e.methods) == 0 {
		return
	}
	encoded := mustJSON(data)
	for _, m := range e.methods {
		if err := m.run.Event(kind, encoded); err != nil {
			log.Printf("session %s: event %s at step %d of %s was not recorded: %v", e.name, kind, m.step, m.id, err)
		}
	}
	e.show(client.Event{Step: e.clock(), Kind: kind, Data: encoded})
}

// show adds an event to those that the session shows.
func (e *engine) show(event client.Event) {
	e.mu.Lock()
	e.events = append(e.events, event)
	e.mu.Unlock()
	e.changed()
}

// keep writes down which runs the session has, where it is told how.
func (e *engine) keep() error {
	if e.opts.keep == nil {
		return nil
	}
	return e.opts.keep(e)
}
