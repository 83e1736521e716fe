package lab

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// set asks for a knob's value from the next step on. methodID "" means every
// method that has such a knob.
func (e *engine) set(methodID, knob string, value float64) error {
	e.mu.Lock()
	defer e.poke()
	defer e.changed()
	defer e.mu.Unlock()
	if e.ended != "" {
		return conflict{e.endedSentence()}
	}
	e.lastUse = time.Now()
	var hit []*method
	for _, m := range e.methods {
		if methodID == "" || m.id == methodID {
			if _, ok := findKnob(m.knobs, knob); ok {
				hit = append(hit, m)
			}
		}
	}
	if len(hit) == 0 {
		return e.noSuchKnob(methodID, knob)
	}
	for _, m := range hit {
		k, _ := findKnob(m.knobs, knob)
		if !(value >= k.Min && value <= k.Max) {
			return fmt.Errorf("%s: %s is %v, want %v to %v", m.id, knob, value, k.Min, k.Max)
		}
	}
	for _, m := range hit {
		m.pending[knob] = value
	}
	return nil
}

// noSuchKnob says what there is instead. The caller holds mu.
func (e *engine) noSuchKnob(methodID, knob string) error {
	if methodID != "" && e.find(methodID) == nil {
		return fmt.Errorf("session %s has no method %q, it has %s", e.name, methodID, e.ids())
	}
	var names []string
	for _, m := range e.methods {
		for _, k := range m.knobs {
			if methodID == "" || m.id == methodID {
				names = append(names, m.id+"."+k.Name)
			}
		}
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	return fmt.Errorf("session %s has no knob %q here, it has %s", e.name, knob, strings.Join(names, ", "))
}

func findKnob(knobs []search.Knob, name string) (search.Knob, bool) {
	for _, k := range knobs {
		if k.Name == name {
			return k, true
		}
	}
	return search.Knob{}, false
}

// find returns the method of that id, nil if there is none. The caller holds mu.
func (e *engine) find(id string) *method {
	for _, m := range e.methods {
		if m.id == id {
			return m
		}
	}
	return nil
}

// ids lists the methods for a sentence. The caller holds mu.
func (e *engine) ids() string {
	names := make([]string, len(e.methods))
	for i, m := range e.methods {
		names[i] = m.id
	}
	return strings.Join(names, ", ")
}

// applyKnobs hands pending values to the searchers. Only the worker calls it,
// between two steps. After a step back it waits for the fork, so that the value
// is recorded in the run that it acts on.
func (e *engine) applyKnobs() {
	for _, m := range e.methods {
		e.mu.Lock()
		pending := maps.Clone(m.pending)
		behind := m.behind
		e.mu.Unlock()
		if behind || len(pending) == 0 {
			continue
		}
		for _, k := range knobsOf(m.searcher) {
			value, ok := pending[k.Name]
			if !ok {
				continue
			}
			kind, data := run.EventKnob, knobData(m.id, k.Name, value)
			if err := m.run.Set(m.searcher, k.Name, value); err != nil {
				kind, data = "refused", mustJSON(map[string]any{"method": m.id, "message": err.Error()})
			}
			e.show(client.Event{Step: m.step, Kind: kind, Data: data})
		}
		e.mu.Lock()
		for name, value := range pending {
			if m.pending[name] == value {
				delete(m.pending, name)
			}
		}
		m.knobs = knobsOf(m.searcher)
		e.mu.Unlock()
		e.changed()
	}
}

// knobData is the data of a knob event as the session shows it.
func knobData(method, knob string, value float64) json.RawMessage {
	return mustJSON(map[string]any{"method": method, "name": knob, "value": value})
}

// mustJSON encodes what encoding/json always can: texts, flags, finite numbers.
func mustJSON(data map[string]any) json.RawMessage {
	encoded, err := json.Marshal(data)
	if err != nil {
		return json.RawMessage("{}")
	}
	return encoded
}
