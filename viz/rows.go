package viz

import (
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// cellRows are the decisions of one cell that are edges.
type cellRows struct {
	index         []int // of each decision in the whole list
	decisions     []space.Decision
	links         []link
	probs         [][]float64 // nil where none were asked for
	inputs, nodes int
	ops           []string // all choices, in the order in which they appear
}

// edgesOf reads the decisions of one cell as edges. A cell whose node 1 has an
// edge from node 0 has one input, any other two.
func edgesOf(decisions []space.Decision, cell string) (cellRows, error) {
	var r cellRows
	last := 0
	for i, d := range decisions {
		if d.Cell != cell {
			continue
		}
		from, to, err := ParseEdge(d.Name)
		if err != nil {
			return r, err
		}
		if len(d.Choices) == 0 {
			return r, fmt.Errorf("viz: decision %q has no choices", d.Name)
		}
		r.index = append(r.index, i)
		r.decisions = append(r.decisions, d)
		r.links = append(r.links, link{from: from, to: to})
		r.ops = union(r.ops, d.Choices)
		last = max(last, to)
	}
	if len(r.links) == 0 {
		return r, fmt.Errorf("viz: no decision belongs to the cell %q", clip(cell, 40))
	}
	r.inputs = 2
	for _, k := range r.links {
		if k.to == 1 {
			r.inputs = 1
		}
	}
	r.nodes = last + 1 - r.inputs
	if r.nodes < 1 || r.nodes > mostNodes {
		return r, fmt.Errorf("viz: cell %q has %d nodes, want 1 to %d", clip(cell, 40), r.nodes, mostNodes)
	}
	return r, nil
}

// rowsOf adds one row of probabilities to each edge.
func rowsOf(decisions []space.Decision, cell string, probs [][]float64) (cellRows, error) {
	r, err := edgesOf(decisions, cell)
	if err != nil {
		return r, err
	}
	if len(probs) != len(decisions) {
		return r, fmt.Errorf("viz: %d rows of probabilities for %d decisions, want one each", len(probs), len(decisions))
	}
	for k, i := range r.index {
		if len(probs[i]) != len(r.decisions[k].Choices) {
			return r, fmt.Errorf("viz: decision %q has %d choices but %d probabilities",
				r.decisions[k].Name, len(r.decisions[k].Choices), len(probs[i]))
		}
		for _, p := range probs[i] {
			if math.IsNaN(p) || p < 0 || p > 1+1e-6 {
				return r, fmt.Errorf("viz: decision %q has probability %v, want 0 to 1", r.decisions[k].Name, p)
			}
		}
		r.probs = append(r.probs, probs[i])
	}
	return r, nil
}

// concat lists the nodes of a cell with two inputs, whose outputs are joined.
func (r cellRows) concat() []int {
	if r.inputs != 2 {
		return nil
	}
	var out []int
	for j := range r.nodes {
		out = append(out, r.inputs+j)
	}
	return out
}

func union(a, b []string) []string {
	for _, s := range b {
		seen := false
		for _, t := range a {
			seen = seen || s == t
		}
		if !seen {
			a = append(a, s)
		}
	}
	return a
}

func argmax(row []float64) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}

// longestName is how many letters of a method's name a figure shows.
const longestName = 24

// methodLabel is how a run is named in a figure.
func methodLabel(about search.Description) string {
	if about.Label != "" {
		return clip(about.Label, longestName)
	}
	return Palette.Method(about.Method).Label
}

// ReproOf returns the line that says what runs a figure was made from: methods,
// data and seeds. Give each figure the command itself where there is one.
func ReproOf(about ...search.Description) string {
	var methods, data, seeds []string
	for _, a := range about {
		methods = union(methods, []string{a.Method})
		data = union(data, []string{a.Data})
		seeds = union(seeds, []string{fmt.Sprint(a.Seed)})
	}
	word := "seed "
	if len(seeds) > 1 {
		word = "seeds "
	}
	parts := []string{strings.Join(methods, ", "), strings.Join(data, ", "), word + strings.Join(seeds, ", ")}
	if len(about) > 0 && about[0].Steps > 0 {
		parts = append(parts, Count(about[0].Steps)+" updates")
	}
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, " · ")
}
