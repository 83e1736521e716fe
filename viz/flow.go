package viz

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/search"
)

// Symbols of what flows, where a trace does not name it itself.
const (
	symbolLogits = "a"
	symbolNoise  = "G"
	symbolInput  = "x"
	symbolNode   = "y"
)

// flowKind says how a gradient comes back to the logits.
type flowKind int

const (
	byScore   flowKind = iota // the score of what was drawn, times a reward
	bySample                  // through a sample that is a function of its noise
	byMixture                 // through the mixture; nothing is drawn
)

// flow is the forward and backward graph of one decision, read from a trace.
type flow struct {
	kind  flowKind
	extra string // what the trace says of the weights
	nodes []flowNode
	links []flowLink
	text  string // the equation, filled in for one choice
	pick  int    // this choice
}

// flowNode is one quantity.
type flowNode struct {
	symbol, caption string
	shares          []float64 // of the operations, 0 to 1; nil where it has none
	ops             bool      // the operations themselves, mixed by shares
	random          bool
	side            int // −1 above the main line, 1 below it
}

// flowLink joins two nodes by their number, forward or back.
type flowLink struct {
	from, to int
	back     bool
	score    bool      // back, but past everything in between
	label    string    // what is carried back, or how it is computed
	values   []float64 // of every choice
}

// termRow returns the numbers of a term's row at a decision, nil where it has none.
func termRow(t search.Trace, term search.Term, d int) []float64 {
	var rows [][]float64
	switch term.Row {
	case search.RowZ:
		rows = t.Z
	case search.RowProbs:
		rows = t.Probs
	case search.RowOpGrad:
		rows = t.OpGrad
	case search.RowIndicator:
		if d < len(t.Arch) && d < len(t.Probs) && t.Arch[d] >= 0 && t.Arch[d] < len(t.Probs[d]) {
			row := make([]float64, len(t.Probs[d]))
			row[t.Arch[d]] = 1
			return row
		}
	}
	if d < len(rows) {
		return rows[d]
	}
	return nil
}

// flowOf reads what flows for a decision from the symbols of the update's
// equation: a term that is 1 where a choice was made is a draw whose score comes
// back; one that is the share in the sample is a draw that the gradient passes;
// with neither, the probabilities themselves mix.
func flowOf(t search.Trace, decision int) (flow, error) {
	if decision < 0 || decision >= len(t.Grad) {
		return flow{}, fmt.Errorf("viz: trace of step %d has no gradient of decision %d", t.Step, decision)
	}
	terms := map[string]search.Term{}
	for _, term := range t.Terms {
		terms[term.Row] = term
	}
	f := flow{pick: loudest(t.Grad[decision])}
	carried := terms[search.RowProbs]
	switch {
	case terms[search.RowIndicator].Symbol != "":
		f.kind, carried = byScore, terms[search.RowIndicator]
	case terms[search.RowZ].Symbol != "":
		f.kind, carried = bySample, terms[search.RowZ]
	default:
		f.kind = byMixture
	}
	shares := termRow(t, carried, decision)
	if len(shares) != len(t.Grad[decision]) || len(shares) == 0 {
		return flow{}, errors.New("viz: the trace's equation names nothing that the operations are mixed by")
	}
	for _, row := range [][]float64{shares, t.Grad[decision], termRow(t, terms[search.RowOpGrad], decision)} {
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return flow{}, fmt.Errorf("viz: trace of step %d has an entry that is no finite number", t.Step)
			}
		}
	}
	_, trained := t.Scalars[search.ScalarLoss]
	if _, apart := t.Scalars[search.ScalarArchLoss]; trained && apart {
		f.extra = "; the weights have a pass of their own"
	} else if trained {
		f.extra = "; the same pass serves the weights"
	}
	var err error
	if f.text, err = filledIn(t, decision, f.pick); err != nil {
		return flow{}, fmt.Errorf("viz: %w", err)
	}
	f.forward(t, terms, carried.Symbol, shares, decision)
	f.backward(t, terms, decision)
	return f, nil
}

// forward adds the nodes from the logits to the loss and the links that compute.
func (f *flow) forward(t search.Trace, terms map[string]search.Term, symbol string, shares []float64, d int) {
	add := func(n flowNode, label string, from ...int) int {
		f.nodes = append(f.nodes, n)
		for i, node := range from {
			f.links = append(f.links, flowLink{from: node, to: len(f.nodes) - 1})
			if i == 0 {
				f.links[len(f.links)-1].label = label
			}
		}
		return len(f.nodes) - 1
	}
	last := add(flowNode{symbol: symbolLogits, caption: "logits"}, "")
	switch f.kind {
	case byScore:
		probs := terms[search.RowProbs]
		if row := termRow(t, probs, d); row != nil {
			last = add(flowNode{symbol: probs.Symbol, caption: "odds", shares: row}, "softmax", last)
		}
		last = add(flowNode{symbol: symbol, caption: "draw", shares: shares, random: true}, "draw", last)
	case bySample:
		noise := add(flowNode{symbol: symbolNoise, caption: "noise", random: true, side: -1}, "")
		last = add(flowNode{symbol: symbol, caption: "sample", shares: shares}, "softmax((a + G)/λ)", last, noise)
	case byMixture:
		last = add(flowNode{symbol: symbol, caption: "mixture", shares: shares}, "softmax", last)
	}
	input := add(flowNode{symbol: symbolInput, side: 1}, "")
	last = add(flowNode{caption: "Σ " + symbol + "·O(" + symbolInput + ")", shares: shares, ops: true}, "", last, input)
	last = add(flowNode{symbol: symbolNode, caption: "node"}, "", last)
	end := flowNode{symbol: "L", caption: "loss " + scalarText(t, search.ScalarArchLoss, search.ScalarLoss)}
	if f.kind == byScore {
		end = flowNode{symbol: "R", caption: "reward " + rewardText(t)}
	}
	add(end, "", last)
}

// backward adds the way of the gradient: past everything, or link by link.
func (f *flow) backward(t search.Trace, terms map[string]search.Term, d int) {
	end := len(f.nodes) - 1
	_, right, _ := strings.Cut(t.Formula, "=")
	right = formulaText(right)
	if f.kind == byScore {
		f.links = append(f.links, flowLink{from: end, to: 0, back: true, score: true, label: right, values: t.Grad[d]})
		return
	}
	choice := end - 4 // then the input, the operations, the node, the end
	g := terms[search.RowOpGrad]
	f.links = append(f.links,
		flowLink{from: end, to: end - 1, back: true, label: "∂L/∂" + symbolNode},
		flowLink{from: end - 1, to: end - 2, back: true},
		flowLink{from: end - 2, to: choice, back: true, label: g.Symbol, values: termRow(t, g, d)},
		flowLink{from: choice, to: 0, back: true, label: right, values: t.Grad[d]})
}

// loudest returns the entry that is largest in size.
func loudest(row []float64) int {
	at := 0
	for k, v := range row {
		if math.Abs(v) > math.Abs(row[at]) {
			at = k
		}
	}
	return at
}

// scalarText writes the first of some scalars that a trace has, else nothing.
func scalarText(t search.Trace, names ...string) string {
	for _, name := range names {
		if v, ok := t.Scalars[name]; ok {
			return Real(v)
		}
	}
	return ""
}

// rewardText writes the reward as the equation has it, which may hold more than
// the trace's scalar.
func rewardText(t search.Trace) string {
	for _, term := range t.Terms {
		if term.Symbol == "R" && term.Row == "" {
			return Real(term.Value)
		}
	}
	return scalarText(t, search.ScalarReward)
}

// formulaText sets a formula as a text.
func formulaText(s string) string {
	return strings.TrimSpace(strings.NewReplacer("*", "·", " - ", " − ", "-(", "−(").Replace(s))
}

// filledIn writes the terms of the equation with their values at one choice, and
// the gradient that they make.
func filledIn(t search.Trace, d, k int) (string, error) {
	terms, value, err := t.Explain(d, k)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, term := range terms {
		parts = append(parts, term.Symbol+" = "+Real(term.Value))
	}
	left, _, _ := strings.Cut(t.Formula, "=")
	return strings.Join(parts, ", ") + ": " + strings.TrimSpace(left) + " = " + Real(value), nil
}
