// Package look picks out of traces and sessions what lessons show. It links no
// method, so cells that only look stay quick.
package look

import (
	"math"
	"strings"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
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
