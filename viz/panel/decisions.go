package panel

import (
	"maps"
	"slices"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// tableOf lists the decisions of one cell. Decisions whose lists of choices
// begin alike stand together, below one row of column heads.
func tableOf(about search.Description, t search.Trace, cell string, probs [][]float64) viz.DecisionTable {
	out := viz.DecisionTable{Caption: viz.Caption{Title: title(about, t, cell), Repro: viz.ReproOf(about)}}
	out.Note = "Probabilities in per cent, by choice; full ink begins at 60."
	if t.Probs != nil && t.Arch != nil {
		out.Note += " A dot marks what this step sampled."
	}
	if t.Credit != nil {
		out.Note += " At the right the credit of every decision, in 10⁻³."
	}
	for _, family := range families(about.Decisions, cell) {
		widest := slices.MaxFunc(family, func(a, b int) int {
			return len(about.Decisions[a].Choices) - len(about.Decisions[b].Choices)
		})
		out.Rows = append(out.Rows, viz.DecisionRow{Heads: about.Decisions[widest].Choices})
		for _, d := range family {
			line := viz.DecisionRow{Name: about.Decisions[d].Name}
			if d < len(probs) {
				line.Probs = probs[d]
			}
			if t.Probs != nil && d < len(t.Arch) {
				line.Chosen = t.Arch[d] + 1
			}
			if d < len(t.Credit) {
				line.Value = viz.Credit(t.Credit[d])
			}
			out.Rows = append(out.Rows, line)
		}
	}
	return out
}

// families groups the decisions of a cell, by their place in the whole list.
func families(decisions []space.Decision, cell string) [][]int {
	var longest [][]string
	var out [][]int
	for i, d := range decisions {
		if d.Cell != cell {
			continue
		}
		k := slices.IndexFunc(longest, func(f []string) bool { return begins(d.Choices, f) || begins(f, d.Choices) })
		if k < 0 {
			k = len(out)
			longest, out = append(longest, nil), append(out, nil)
		}
		if len(d.Choices) > len(longest[k]) {
			longest[k] = d.Choices
		}
		out[k] = append(out[k], i)
	}
	return out
}

// begins says whether a list is the beginning of another one.
func begins(a, b []string) bool { return len(a) <= len(b) && slices.Equal(a, b[:len(a)]) }

// scalarsOf lists the numbers of a step.
func scalarsOf(about search.Description, t search.Trace) viz.DecisionTable {
	out := viz.DecisionTable{Caption: viz.Caption{
		Title: title(about, t, ""), Note: "The numbers of this step.", Repro: viz.ReproOf(about),
	}}
	for _, name := range slices.Sorted(maps.Keys(t.Scalars)) {
		out.Rows = append(out.Rows, viz.DecisionRow{Name: name, Value: viz.Real(t.Scalars[name])})
	}
	return out
}
