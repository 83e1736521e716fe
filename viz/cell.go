package viz

import (
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Most of what a cell may have and still be drawn.
const (
	mostNodes = 12
	mostLinks = 120
)

// Edge is one edge of a drawn cell with what was chosen there.
type Edge struct {
	From, To int
	Op       string  // as in [space.Decision.Choices]
	Prob     float64 // of Op, 0 where there is none, as in a derived child
	Chance   float64 // 1/K, where Prob stands at no better than chance
}

// Cell draws a cell as a directed graph with the operation, and its probability
// where there is one, on every edge.
type Cell struct {
	Caption
	Cell   string // "normal", "reduce" or "", for the default title
	Who    string // whose cell: "SNAS", for the default title
	Inputs int    // 2 for cells of DARTS's space, 1 for NAS-Bench-201's
	Nodes  int    // without inputs
	Edges  []Edge
	Concat []int    // nodes that make the output, none for the last node alone
	Ops    []string // legend; none for no legend
	Select string   // a highlighted edge: "0→3"
}

// CellOfProbs returns the cell of a matrix of probabilities, one row per
// decision: the likeliest operation on every edge. cell picks the decisions of
// one cell.
func CellOfProbs(decisions []space.Decision, cell string, probs [][]float64) (Cell, error) {
	rows, err := rowsOf(decisions, cell, probs)
	if err != nil {
		return Cell{}, err
	}
	c := Cell{Cell: cell, Inputs: rows.inputs, Nodes: rows.nodes, Concat: rows.concat(), Ops: rows.ops}
	for i, k := range rows.links {
		best := argmax(rows.probs[i])
		choices := rows.decisions[i].Choices
		c.Edges = append(c.Edges, Edge{k.from, k.to, choices[best], rows.probs[i][best], 1 / float64(len(choices))})
	}
	return c, nil
}

// CellOfTrace returns the cell as it was before the update of a trace.
func CellOfTrace(about search.Description, t search.Trace, cell string) (Cell, error) {
	if t.Probs == nil {
		return Cell{}, fmt.Errorf("viz: trace of step %d has no probabilities, so its cell cannot be drawn", t.Step)
	}
	c, err := CellOfProbs(about.Decisions, cell, t.Probs)
	c.Who = methodLabel(about)
	c.Repro = ReproOf(about)
	return c, err
}

// CellOfGenotype returns a derived cell. Links of the operation none are
// deleted edges and are not drawn.
func CellOfGenotype(g space.Genotype, cell string) (Cell, error) {
	links, concat := g.Normal, g.NormalConcat
	if cell == "reduce" {
		links, concat = g.Reduce, g.ReduceConcat
	}
	if len(links) == 0 {
		return Cell{}, fmt.Errorf("viz: genotype has no links in its %s", cellName(cell))
	}
	ends, nodes, err := genotypeEnds(g, links)
	if err != nil {
		return Cell{}, err
	}
	c := Cell{Cell: cell, Inputs: 2, Nodes: nodes, Concat: concat}
	for i, l := range links {
		if l.Op == noOp {
			continue
		}
		c.Edges = append(c.Edges, Edge{From: l.From, To: ends[i], Op: l.Op})
		if !slices.Contains(c.Ops, l.Op) {
			c.Ops = append(c.Ops, l.Op)
		}
	}
	if len(c.Edges) == 0 {
		return Cell{}, fmt.Errorf("viz: genotype has only deleted edges in its %s", cellName(cell))
	}
	sortOps(c.Ops)
	return c, nil
}

// genotypeEnds returns the node at which each link of a genotype ends.
func genotypeEnds(g space.Genotype, links []space.Link) (ends []int, nodes int, err error) {
	if g.Edges == space.EdgesAll {
		for node := 2; len(ends) < len(links) && node < mostNodes+2; node++ {
			for range node {
				ends = append(ends, node)
			}
			nodes++
		}
	} else {
		for i := range links {
			ends = append(ends, 2+i/2)
		}
		nodes = (len(links) + 1) / 2
	}
	if len(ends) != len(links) || nodes > mostNodes {
		return nil, 0, fmt.Errorf("viz: genotype with edges %q has %d links in a cell, which do not fill 1 to %d nodes",
			g.Edges, len(links), mostNodes)
	}
	for i, l := range links {
		if l.From < 0 || l.From >= ends[i] {
			return nil, 0, fmt.Errorf("viz: genotype link %d comes from node %d, want an earlier one than node %d",
				i, l.From, ends[i])
		}
	}
	return ends, nodes, nil
}

// sortOps puts operations into the order of [Palette], unknown ones last.
func sortOps(ops []string) {
	rank := func(key string) int {
		for i, op := range Palette.Ops {
			if op.Key == key {
				return i
			}
		}
		return len(Palette.Ops)
	}
	sort.SliceStable(ops, func(i, j int) bool { return rank(ops[i]) < rank(ops[j]) })
}

// check returns what keeps the cell from being drawn.
func (c Cell) check() error {
	switch {
	case len(c.Edges) == 0:
		return fmt.Errorf("viz: cell has no edges to draw")
	case c.Inputs < 1 || c.Inputs > 2 || c.Nodes < 1 || c.Nodes > mostNodes || len(c.Edges) > mostLinks:
		return fmt.Errorf("viz: cell has %d inputs, %d nodes and %d edges, want 1 or 2, 1 to %d and at most %d",
			c.Inputs, c.Nodes, len(c.Edges), mostNodes, mostLinks)
	}
	for _, e := range c.Edges {
		if e.From < 0 || e.From >= e.To || e.To < c.Inputs || e.To >= c.Inputs+c.Nodes {
			return fmt.Errorf("viz: cell has an edge %d→%d, want edges between %d inputs and %d nodes",
				e.From, e.To, c.Inputs, c.Nodes)
		}
		if !(e.Prob >= 0 && e.Prob <= 1+1e-6) {
			return fmt.Errorf("viz: cell's edge %d→%d has probability %v, want 0 to 1", e.From, e.To, e.Prob)
		}
	}
	return nil
}

// SVG implements [Figure].
func (c Cell) SVG(w io.Writer) error { sh, err := c.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (c Cell) PNG(w io.Writer) error { sh, err := c.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: every edge with operation and probability.
func (c Cell) Alt() string { return altOf(c.sheet()) }

func (c Cell) sheet() (*sheet, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	note := "Operation on every edge of the derived child."
	if c.hasProbs() {
		note = "Likeliest operation on every edge, with its probability; the wider the line, the more certain."
	}
	if out := concatText(c.Concat); out != "" {
		note += " Output: " + out + "."
	}
	if c.someLoose() {
		note += " A second line marks what goes there: the nodes that none reads."
	}
	sh := newSheet(c.Caption, titleOf(c.Who, cellName(c.Cell)), note)
	sh.legend = c.Ops
	g := c.drawing()
	sh.height = g.layout.height
	sh.body = g.draw
	var parts []string
	for _, e := range c.Edges {
		text := EdgeName(e.From, e.To) + " " + Palette.Op(e.Op).Name
		if e.Prob > 0 {
			text += " " + fixed(e.Prob, 2)
		}
		parts = append(parts, text)
	}
	sh.alt = sentence(sh.caption.Title) + " " + strings.Join(parts, ", ") + "."
	return sh, nil
}

func (c Cell) hasProbs() bool {
	return slices.ContainsFunc(c.Edges, func(e Edge) bool { return e.Prob > 0 })
}

// someLoose says whether the output is other than all nodes: the loose ends of
// [ENAS].
func (c Cell) someLoose() bool {
	if len(c.Concat) == 0 {
		return false
	}
	for i := range c.Nodes {
		if !slices.Contains(c.Concat, c.Inputs+i) {
			return true
		}
	}
	return len(c.Concat) != c.Nodes
}

// drawing turns edges into strokes and labels.
func (c Cell) drawing() *graph {
	g := newGraph(c.Inputs, c.Nodes, bodyWidth, 1, c.Dark)
	if c.someLoose() {
		g.ends = c.Concat
		g.frame.radius += ringApart
	}
	for _, e := range c.Edges {
		op := Palette.Op(e.Op)
		col := op.Color.On(c.Dark)
		k := ink{width: g.scale * 2.4, color: col, dashed: e.Op == noOp}
		name := op.Label
		if g.short {
			name = op.Head
		}
		text := g.tok.Ink
		if e.Op == noOp {
			text = g.tok.Ink3
		}
		parts := []tagPart{{e.Op, name, e.Prob <= 0, text}}
		if e.Prob > 0 {
			k.width = edgeWidth(e.Prob, e.Chance, g.scale)
			strength := edgeStrength(e.Prob, e.Chance)
			if k.dashed {
				strength = math.Max(strength, 0.75)
			}
			k.color = mix(g.tok.Bg, col, strength)
			parts = append(parts, tagPart{"", Prob(e.Prob), true, text})
		}
		g.add(e.From, e.To, e.Prob, k, parts, c.Select == EdgeName(e.From, e.To))
	}
	g.reserve(c.Ops)
	g.place()
	return g
}
