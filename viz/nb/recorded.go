package nb

import (
	"encoding/json"
	"fmt"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// Recorder is a running session as *[client.Session] gives it.
type Recorder interface {
	Name() string
	Status() (client.Status, error)
	Traces(method string, from, to int) ([]client.Trace, error)
}

// Recorded returns the steps of one method of a running session up to where it
// stands, ready to be drawn. The error names the methods there are.
func Recorded(s Recorder, method string) (viz.Run, error) {
	status, err := s.Status()
	if err != nil {
		return viz.Run{}, err
	}
	var names []string
	for _, m := range status.Methods {
		names = append(names, m.ID)
		if m.ID != method {
			continue
		}
		out := viz.Run{About: description(m.Description)}
		if m.Step == 0 {
			return out, fmt.Errorf("nb: %s of session %s has made no step yet", method, s.Name())
		}
		traces, err := s.Traces(method, 1, m.Step)
		if err != nil {
			return out, err
		}
		for i, t := range traces {
			var whole search.Trace
			if err := json.Unmarshal(t.Raw, &whole); err != nil {
				return out, fmt.Errorf("nb: session %s, %s, trace %d: %w", s.Name(), method, i+1, err)
			}
			out.Traces = append(out.Traces, whole)
		}
		return out, nil
	}
	return viz.Run{}, fmt.Errorf("nb: session %s has no method %q, it has %v", s.Name(), method, names)
}

// description is a description as a session sends it.
func description(d client.Description) search.Description {
	out := search.Description{
		Method: d.Method, Label: d.Label, Note: d.Note, Seed: d.Seed, Data: d.Data, Steps: d.Steps,
		StepsPerEpoch: d.StepsPerEpoch, ImagesPerStep: d.ImagesPerStep, Config: d.Config, Space: d.Space,
	}
	for _, one := range d.Decisions {
		out.Decisions = append(out.Decisions, space.Decision{Name: one.Name, Cell: one.Cell, Choices: one.Choices})
	}
	return out
}
