package lab

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
)

// stepError is a step that failed.
type stepError struct{ cause error }

func (s *stepError) Error() string { return s.cause.Error() }
func (s *stepError) Unwrap() error { return s.cause }

// reading calls do with the present run of a method, which stays open
// meanwhile; "" is the only method.
func (e *engine) reading(id string, do func(r *run.Reader) error) error {
	e.reads.RLock()
	defer e.reads.RUnlock()
	r, err := e.methodRun(id)
	if err != nil {
		return err
	}
	return do(r)
}

// methodRun returns the present run of a method. The caller holds reads.
func (e *engine) methodRun(id string) (*run.Reader, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended != "" {
		return nil, conflict{e.endedSentence()}
	}
	e.lastUse = time.Now()
	if id == "" && len(e.methods) == 1 {
		return e.methods[0].run.Reader, nil
	}
	if m := e.find(id); m != nil {
		return m.run.Reader, nil
	}
	return nil, fmt.Errorf("session %s has no method %.60q, it has %s", e.name, id, e.ids())
}

// rawTraces returns the stored traces from..to as one JSON array.
func (e *engine) rawTraces(methodID string, from, to int) ([]byte, error) {
	if from < 1 || to-from >= client.MaxTraces {
		return nil, fmt.Errorf("traces asked for are %d to %d, want at most %d from step 1 on", from, to, client.MaxTraces)
	}
	out := []byte{'['}
	err := e.reading(methodID, func(r *run.Reader) error {
		err := r.Raw(from, to, func(_ int, trace []byte, _ float64) error {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, trace...)
			return nil
		})
		if err != nil {
			return &stepError{fmt.Errorf("traces of %s: %w", methodID, err)}
		}
		return nil
	})
	return append(out, ']'), err
}

// curves returns the scalars of all recorded steps of a method.
func (e *engine) curves(methodID string) (client.Curves, error) {
	var out client.Curves
	var steps int
	var curves []run.Curve
	err := e.reading(methodID, func(r *run.Reader) (err error) {
		if steps, err = r.Steps(); err == nil {
			curves, err = r.Curves()
		}
		if err == nil {
			out.Seconds, err = r.Seconds(steps)
		}
		if err != nil {
			return &stepError{err}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Steps, out.Scalars = make([]int, steps), map[string][]*float64{}
	for i := range out.Steps {
		out.Steps[i] = i + 1
	}
	for _, curve := range curves {
		column := make([]*float64, steps)
		for i, step := range curve.Steps {
			if step >= 1 && step <= steps {
				column[step-1] = &curve.Values[i]
			}
		}
		out.Scalars[curve.Name] = column
	}
	return out, nil
}

// text returns the numbers of a step: scalars, then every decision with its
// likeliest choice, probability and credit.
func (e *engine) text(step int) (string, error) {
	status := e.status()
	if step < 1 || step > status.Head {
		return "", fmt.Errorf("session %s has steps 1 to %d, not %d", e.name, status.Head, step)
	}
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, m := range status.Methods {
		traces, err := e.decodeTraces(m.ID, step, step)
		if err != nil || len(traces) != 1 {
			return "", &stepError{errors.Join(fmt.Errorf("%s has no trace of step %d", m.ID, step), err)}
		}
		trace := traces[0]
		fmt.Fprintf(table, "%s, step %d, seed %d, %s\n", m.Description.Label, step, m.Description.Seed, m.Description.Data)
		names := make([]string, 0, len(trace.Scalars))
		for name := range trace.Scalars {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(table, "%s\t%.6g\n", name, trace.Scalars[name])
		}
		if len(trace.Probs) > 0 {
			fmt.Fprintf(table, "decision\tlikeliest\tprobability\tcredit\n")
		}
		for d, row := range trace.Probs {
			decisionLine(table, m.Description.Decisions, d, row, trace.Credit)
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return "", err
	}
	return strings.TrimRight(out.String(), "\n") + "\n", nil
}

// decisionLine writes one decision's row.
func decisionLine(table *tabwriter.Writer, decisions []client.Decision, d int, row, credit []float64) {
	if len(row) == 0 {
		return
	}
	name, choice := fmt.Sprint(d), 0
	for k := range row {
		if row[k] > row[choice] {
			choice = k
		}
	}
	chosen := fmt.Sprint(choice)
	if d < len(decisions) {
		name = strings.TrimSpace(decisions[d].Cell + " " + decisions[d].Name)
		if choice < len(decisions[d].Choices) {
			chosen = decisions[d].Choices[choice]
		}
	}
	given := ""
	if d < len(credit) {
		given = fmt.Sprintf("%+.4g", credit[d])
	}
	fmt.Fprintf(table, "%s\t%s\t%.4f\t%s\n", name, chosen, row[choice], given)
}

// snapshot draws the present state.
func (e *engine) snapshot() ([]byte, error) {
	if e.opts.snapshot == nil {
		return nil, fmt.Errorf("session %s was opened without lab.SnapshotPNG, so it cannot be drawn", e.name)
	}
	picture, err := e.opts.snapshot(e.status(), e.decodeTraces)
	if err != nil {
		return nil, fmt.Errorf("session %s could not be drawn: %w", e.name, err)
	}
	return picture, nil
}
