package viz

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Sampling draws how a network is drawn from a search network: at the left the
// cell with all its operations, as wide as they are likely; in the middle what
// was drawn, a row per edge; at the right the network that this makes, the
// largest entry of every row.
type Sampling struct {
	Caption
	Decisions []space.Decision
	Cell      string // whose decisions: "normal", "reduce" or ""
	Trace     search.Trace
}

// SVG implements [Figure].
func (p Sampling) SVG(w io.Writer) error { sh, err := p.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (p Sampling) PNG(w io.Writer) error { sh, err := p.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: what was drawn on every edge, and how likely it was.
func (p Sampling) Alt() string { return altOf(p.sheet()) }

// Measures of the three parts.
const (
	samplingCell   = 280.0
	samplingGap    = 40.0
	samplingHead   = 24.0
	samplingRow    = 22.0
	samplingHeads  = 18.0
	samplingNames  = 38.0
	samplingApart  = 8.0 // between the operations of an edge
	mostSampledOps = 8
)

// drawnRows returns the relaxed or one-hot rows of what was drawn.
func (p Sampling) drawnRows() ([][]float64, error) {
	if p.Trace.Arch == nil {
		return nil, errors.New("viz: trace has no architecture: nothing was drawn in this step")
	}
	if p.Trace.Z != nil {
		return p.Trace.Z, nil
	}
	return space.OneHot(p.Decisions, p.Trace.Arch), nil
}

func (p Sampling) sheet() (*sheet, error) {
	z, err := p.drawnRows()
	if err != nil {
		return nil, err
	}
	odds, err := rowsOf(p.Decisions, p.Cell, p.Trace.Probs)
	if err != nil {
		return nil, err
	}
	sample, err := rowsOf(p.Decisions, p.Cell, z)
	if err != nil {
		return nil, err
	}
	if len(odds.ops) > mostSampledOps {
		return nil, fmt.Errorf("viz: a drawn network has %d operations, want at most %d", len(odds.ops), mostSampledOps)
	}
	sh := newSheet(p.Caption, "A network is drawn from the search network",
		"Left: all operations of the cell, the wider the likelier. Middle: what was drawn, one row per edge; a row sums "+
			"to 1. Right: the network that the largest entries make.")
	sh.legend = odds.ops
	parent, child := odds.plain(p.Dark), sample.child(p.Dark)
	pad := 0.375 * samplingApart * float64(len(odds.ops)-1) // how far a bundle opens to either side
	sh.height = samplingHead + 2*pad + max(parent.layout.height, child.layout.height,
		samplingHeads+samplingRow*float64(len(sample.links)))
	var parts []string
	for i, k := range sample.links {
		best := argmax(sample.probs[i])
		parts = append(parts, fmt.Sprintf("%s %s, which had %s", EdgeName(k.from, k.to),
			Palette.Op(sample.decisions[i].Choices[best]).Name, fixed(odds.probs[i][best], 2)))
	}
	sh.alt = sentence(sh.caption.Title) + " Drawn: " + strings.Join(parts, ", ") + "."
	sh.body = func(s *sketch, at point) {
		right := at.x + bodyWidth - samplingCell
		for _, head := range []struct {
			x    float64
			text string
		}{{at.x, "all operations"}, {at.x + samplingCell + samplingGap, "the draw"}, {right, "the network drawn"}} {
			s.text(point{head.x, at.y + 11}, head.text, noteSize, true, s.tok.Ink, left)
		}
		s.allOperations(odds, parent, point{at.x, at.y + samplingHead + pad})
		s.drawnMatrix(sample, point{at.x + samplingCell + samplingGap, at.y + samplingHead})
		child.draw(s, point{right, at.y + samplingHead + pad})
	}
	return sh, nil
}

// plain lays the cell out with one unlabelled link per edge.
func (r cellRows) plain(dark bool) *graph {
	g := newGraph(r.inputs, r.nodes, samplingCell, 0.52, dark)
	for _, k := range r.links {
		g.add(k.from, k.to, 0, ink{}, nil, false)
	}
	g.place()
	return g
}

// allOperations draws every operation on every edge of a cell laid out by plain:
// a bundle that opens between its ends.
func (s *sketch) allOperations(r cellRows, g *graph, at point) {
	l := g.layout.moved(at)
	for i, c := range l.curves {
		n := len(r.probs[i])
		for k, p := range r.probs[i] {
			op, chance := Palette.Op(r.decisions[i].Choices[k]), 1/float64(n)
			shift := samplingApart * (float64(k) - float64(n-1)/2)
			bent := cubic{c[0], {c[1].x, c[1].y + shift}, {c[2].x, c[2].y + shift}, c[3]}
			s.edge(bent, ink{
				width: 0.8 + 4*p, dashed: op.Key == noOp, color: mix(s.tok.Bg, s.opColor(op), edgeStrength(p, chance)),
			})
		}
	}
	for i := range l.nodes {
		s.node(l, i, r.inputs, labelSize, false)
	}
}

// child draws the largest entry of every row.
func (r cellRows) child(dark bool) *graph {
	g := newGraph(r.inputs, r.nodes, samplingCell, 0.52, dark)
	for i, k := range r.links {
		op := Palette.Op(r.decisions[i].Choices[argmax(r.probs[i])])
		line := ink{width: 2.2, color: op.Color.On(dark), dashed: op.Key == noOp}
		g.add(k.from, k.to, 1, line, []tagPart{{"", op.Head, false, g.tok.Ink}}, false)
	}
	g.place()
	return g
}

// drawnMatrix draws the rows as a table, grey by size.
func (s *sketch) drawnMatrix(r cellRows, at point) {
	wide := bodyWidth - 2*samplingCell - 2*samplingGap - samplingNames
	cell := wide / float64(len(r.ops))
	for j, key := range r.ops {
		op := Palette.Op(key)
		x := at.x + samplingNames + cell*(float64(j)+0.5)
		s.text(point{x, at.y + 10}, op.Head, labelSize, false, s.tok.Ink2, centre)
	}
	for i, k := range r.links {
		y := at.y + samplingHeads + samplingRow*float64(i)
		s.text(point{at.x, y + samplingRow/2 + 4}, EdgeName(k.from, k.to), labelSize, false, s.tok.Ink2, left)
		for j, z := range r.probs[i] {
			x := at.x + samplingNames + cell*float64(j)
			ground := mix(s.tok.Bg, s.tok.Heat, clamp(z, 0, 1))
			s.rect(box{x + 1, y + 1, x + cell - 1, y + samplingRow - 1}, 2, ground)
			bold := j == argmax(r.probs[i])
			s.text(point{x + cell/2, y + samplingRow/2 + 4}, Prob(z), labelSize, bold, readable(ground), centre)
		}
	}
}
