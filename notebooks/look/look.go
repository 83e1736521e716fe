// Package look picks out of traces and sessions what lessons show. It links no
// method, so cells that only look stay quick.
package look

import (
	"context"
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// Loudest returns the decision with the largest credit or blame of a trace, and
// there the choice with the largest gradient in size; 0 and 0 where the trace
// has neither.
func Loudest(t search.Trace) (decision, choice int) {
	for d, credit := range t.Credit {
		if math.Abs(credit) > math.Abs(t.Credit[decision]) {
			decision = d
		}
	}
	if decision >= len(t.Grad) {
		return decision, 0
	}
	for k, g := range t.Grad[decision] {
		if math.Abs(g) > math.Abs(t.Grad[decision][choice]) {
			choice = k
		}
	}
	return decision, choice
}

// Lines returns the first n lines of a text.
func Lines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

// Knob returns a knob of a method by its name, and whether there is one.
func Knob(m client.Method, name string) (client.Knob, bool) {
	for _, k := range m.Knobs {
		if k.Name == name {
			return k, true
		}
	}
	return client.Knob{}, false
}

// Compare returns rows for a table of two steps: the named scalars that both
// have.
func Compare(one, other map[string]float64, names ...string) [][]string {
	rows := [][]string{}
	for _, name := range names {
		a, inOne := one[name]
		b, inOther := other[name]
		if inOne && inOther {
			rows = append(rows, []string{name, viz.Real(a), viz.Real(b)})
		}
	}
	return rows
}

// Cell returns the names and rows of one cell's decisions, for
// [viz.Mixtures]. Rows is a matrix of a trace.
func Cell(decisions []space.Decision, cell string, rows [][]float64) viz.Mixture {
	out := viz.Mixture{Title: cell}
	for d, one := range decisions {
		if one.Cell == cell && d < len(rows) {
			out.Names, out.Rows = append(out.Names, one.Name), append(out.Rows, rows[d])
		}
	}
	return out
}

// Last returns the last value of a scalar in a run, with its step; false where
// no step has it.
func Last(r viz.Run, scalar string) (step int, value float64, ok bool) {
	for _, t := range r.Traces {
		if v, has := t.Scalars[scalar]; has {
			step, value, ok = t.Step, v, true
		}
	}
	return step, value, ok
}

// Accuracies returns rows for a table of what a run last measured on the
// held-out images: the search network and both children.
func Accuracies(r viz.Run) [][]string {
	rows := [][]string{}
	for _, line := range []struct{ scalar, words string }{
		{search.ScalarSearchAccuracy, "search network"},
		{search.ScalarChildDARTS, "child by the DARTS rule"},
		{search.ScalarChildArgmax, "child by argmax"},
	} {
		if step, v, ok := Last(r, line.scalar); ok {
			rows = append(rows, []string{line.words, viz.Accuracy(v), viz.Count(step)})
		}
	}
	return rows
}

// Until makes steps until a session stands at least at step n. The session is a
// *lab.Session or a *client.Session.
func Until(session interface {
	Status() (client.Status, error)
}, n int,
) error {
	status, err := session.Status()
	if err != nil || status.Step >= n {
		return err
	}
	switch s := session.(type) {
	case interface {
		Step(n int) (client.Range, error)
	}:
		_, err = s.Step(n - status.Step)
	case interface {
		Step(ctx context.Context, n int) (client.Range, error)
	}:
		_, err = s.Step(context.Background(), n-status.Step)
	default:
		err = fmt.Errorf("look: a %T cannot make steps", session)
	}
	return err
}
