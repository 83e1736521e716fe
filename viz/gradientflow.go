package viz

import (
	"fmt"
	"io"
	"math"
	"strings"

	"naslab.dev/nasx/search"
)

// GradientFlow draws for one decision what flows forward through a method and
// what flows back to its logits, one line per method. The graphs are read from the
// equations of real traces: see [search.Trace].
type GradientFlow struct {
	Caption
	Flows []Flow // one to four
}

// Flow is one line of [GradientFlow].
type Flow struct {
	Method   string // key of [Palette]
	Decision int    // which one is drawn
	Choices  []string
	Trace    search.Trace
}

// SVG implements [Figure].
func (g GradientFlow) SVG(w io.Writer) error { sh, err := g.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (g GradientFlow) PNG(w io.Writer) error { sh, err := g.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: how the gradient comes back, and the equations filled in.
func (g GradientFlow) Alt() string { return altOf(g.sheet()) }

// Measures of a line.
const (
	flowRow    = 188.0
	flowLine   = 82.0 // the main line, from the top of a row
	flowAside  = 47.0 // from it to what stands above or below
	flowWide   = 86.0 // of a node
	flowHigh   = 38.0
	flowOps    = 108.0 // width of the operations
	flowOpRow  = 13.0
	flowLanes  = 6.5 // from the main line to forward and backward arrows
	flowArc    = 74.0
	mostFlows  = 4
	mostFlowOp = 8
)

func (g GradientFlow) sheet() (*sheet, error) {
	if len(g.Flows) == 0 || len(g.Flows) > mostFlows {
		return nil, fmt.Errorf("viz: %d methods whose gradients flow, want 1 to %d", len(g.Flows), mostFlows)
	}
	sh := newSheet(g.Caption, "What flows forward, and what flows back",
		"Grey arrows compute, coloured ones carry the gradient back; dashed: only the score of the draw comes back. Round: "+
			"random. Upright bars: one number per operation, below the line where negative.")
	sh.height = flowRow * float64(len(g.Flows))
	var flows []flow
	var parts []string
	for _, one := range g.Flows {
		f, err := flowOf(one.Trace, one.Decision)
		if err != nil {
			return nil, err
		}
		if n := len(f.nodes[len(f.nodes)-3].shares); n != len(one.Choices) || n > mostFlowOp {
			return nil, fmt.Errorf("viz: %d names for %d choices, want one each and at most %d", len(one.Choices), n, mostFlowOp)
		}
		flows = append(flows, f)
		parts = append(parts, fmt.Sprintf("%s: %s; %s", Palette.Method(one.Method).Label, f.kind.words()+f.extra, f.text))
	}
	sh.alt = sentence(sh.caption.Title) + " " + strings.Join(parts, ". ") + "."
	sh.body = func(s *sketch, at point) {
		for i, f := range flows {
			s.flow(g.Flows[i], f, point{at.x, at.y + flowRow*float64(i)})
		}
	}
	return sh, nil
}

// words says how the gradient comes back.
func (k flowKind) words() string {
	switch k {
	case byScore:
		return "no gradient passes the draw; one reward, times the score of what was drawn"
	case bySample:
		return "the draw is a function of its noise, and the gradient passes through it"
	}
	return "nothing is drawn, the gradient passes through the mixture"
}

// columns returns the middle of every node: the longest way to the end counts
// from the right, and the logits stand first.
func (f flow) columns(at point) []point {
	steps := make([]int, len(f.nodes))
	for range f.nodes {
		for _, l := range f.links {
			if !l.back {
				steps[l.from] = max(steps[l.from], steps[l.to]+1)
			}
		}
	}
	const most = 5
	out := make([]point, len(f.nodes))
	gap := (bodyWidth - flowWide) / most
	for i, n := range f.nodes {
		column := steps[i]
		if i == 0 {
			column = most
		}
		out[i] = point{at.x + bodyWidth - flowWide/2 - gap*float64(column), at.y + flowLine + flowAside*float64(n.side)}
		switch {
		case n.side > 0: // under what it goes into, which comes next
			out[i] = point{at.x + bodyWidth - flowWide/2 - gap*float64(column-1), out[i].y + 6}
		case n.side < 0:
			out[i].x += gap / 4
		}
	}
	return out
}

// size returns the half width and half height of a node.
func (n flowNode) size() (x, y float64) {
	switch {
	case n.ops:
		return flowOps / 2, flowOpRow*float64(len(n.shares))/2 + 4
	case n.side != 0:
		return 15, 11
	case n.shares == nil:
		return 24, flowHigh / 2
	}
	return flowWide / 2, flowHigh / 2
}

// flow draws one method.
func (s *sketch) flow(one Flow, f flow, at point) {
	style := Palette.Method(one.Method)
	c := style.Color.On(s.dark)
	s.spans(point{at.x, at.y + 12}, []span{
		{style.Label, true, c}, {"  " + f.kind.words() + f.extra, false, s.tok.Ink2},
	}, noteSize, left)
	places := f.columns(at)
	for _, l := range f.links {
		s.flowArrow(f, l, places, c)
	}
	for i, n := range f.nodes {
		s.flowNode(n, places[i], one.Choices)
	}
	for _, l := range f.links {
		if l.back {
			s.flowLabel(f, l, places, one.Choices, c)
		}
	}
	s.text(point{at.x, at.y + flowRow - 13}, "for "+Palette.Op(one.Choices[f.pick]).Label+": "+f.text,
		labelSize, false, s.tok.Ink2, left)
}

// flowArrow draws one link.
func (s *sketch) flowArrow(f flow, l flowLink, places []point, c Hex) {
	a, b := places[l.from], places[l.to]
	ax, ay := f.nodes[l.from].size()
	bx, by := f.nodes[l.to].size()
	forward := ink{width: 1.5, color: s.tok.Ink3}
	switch {
	case l.score:
		s.flowScore(a, b, ay, by, c)
	case l.back:
		y := a.y + flowLanes
		s.edge(straight(point{a.x - ax, y}, point{b.x + bx + 1, y}), ink{width: 2.4, color: c})
	case f.nodes[l.from].side != 0: // from above or below into a node
		if f.nodes[l.from].side > 0 {
			s.edge(straight(point{a.x, a.y - ay}, point{b.x, b.y + by + 1}), forward)
			return
		}
		to, from := point{b.x - bx + 10, b.y - by - 1}, point{a.x + ax, a.y}
		s.edge(cubic{from, {to.x, from.y}, {to.x, from.y}, to}, forward)
	default:
		y := a.y - flowLanes
		s.edge(straight(point{a.x + ax, y}, point{b.x - bx - 1, y}), forward)
		s.text(point{(a.x + ax + b.x - bx) / 2, y - 6}, l.label, labelSize, false, s.tok.Ink2, centre)
	}
}

// flowScore draws the way of a score, below everything.
func (s *sketch) flowScore(a, b point, ay, by float64, c Hex) {
	const turn, shift = 14.0, 18.0
	y := a.y + flowArc
	start, end := point{a.x, a.y + ay}, point{b.x + shift, b.y + by + 1}
	s.stroke(s.cubic(cubic{start, {start.x, y}, {start.x, y}, {start.x - turn, y}}), 2, c, 5, 3)
	s.line(point{start.x - turn, y}, point{end.x + turn, y}, 2, c, 5, 3)
	s.edge(cubic{{end.x + turn, y}, {end.x, y}, {end.x, y}, end}, ink{width: 2, color: c})
}

// straight is a straight curve.
func straight(a, b point) cubic {
	return cubic{a, lerp(a, b, 1.0/3), lerp(a, b, 2.0/3), b}
}

// flowNode draws one quantity.
func (s *sketch) flowNode(n flowNode, at point, choices []string) {
	x, y := n.size()
	b := box{at.x - x, at.y - y, at.x + x, at.y + y}
	radius := 4.0
	if n.random {
		radius = y
		s.frame(b.grown(3), radius+3, 1, s.tok.Ink3)
	}
	s.rect(b, radius, s.tok.Panel)
	s.frame(b, radius, 1.2, s.tok.Ink2)
	switch {
	case n.ops:
		s.flowShares(b, n.shares, choices)
	case n.shares != nil:
		s.text(point{b.x0 + 16, at.y + 5}, n.symbol, 13, true, s.tok.Ink, centre)
		s.bars(box{b.x0 + 30, b.y0 + 5, b.x1 - 8, b.y1 - 5}, n.shares, choices, 1)
	default:
		s.text(point{at.x, at.y + 5}, n.symbol, 13, true, s.tok.Ink, centre)
	}
	switch {
	case n.side > 0:
		s.text(point{b.x1 + 6, at.y + 4}, "input", labelSize, false, s.tok.Ink2, left)
	case n.side < 0:
		s.text(point{b.x0 - 7, at.y + 4}, n.caption, labelSize, false, s.tok.Ink2, right)
	case n.side == 0:
		s.text(point{at.x, b.y0 - 7}, strings.TrimSpace(n.caption), labelSize, false, s.tok.Ink2, centre)
	}
}

// flowShares lists the operations with lines as wide as their shares.
func (s *sketch) flowShares(b box, shares []float64, choices []string) {
	const widest, longest = 9.0, 30.0
	for k, share := range shares {
		y := b.y0 + 4 + flowOpRow*(float64(k)+0.5)
		op := Palette.Op(choices[k])
		c := s.opColor(op)
		if w := widest * share; w > 0.3 {
			s.line(point{b.x0 + 7, y}, point{b.x0 + 7 + longest, y}, w, c)
		} else {
			s.line(point{b.x0 + 7, y}, point{b.x0 + 7 + longest, y}, 1, s.tok.Ink3, 1.5, 3)
		}
		s.text(point{b.x0 + longest + 13, y + 4}, op.Label, labelSize, share > 0.5, s.tok.Ink, left)
	}
}

// bars draws one upright bar per choice; most is what fills the box, and where a
// value is negative the line of 0 lies in the middle.
func (s *sketch) bars(b box, values []float64, choices []string, most float64) {
	zero := b.y1
	for _, v := range values {
		if v < 0 {
			zero = (b.y0 + b.y1) / 2
		}
	}
	if !(most > 0) {
		most = 1
	}
	unit := (zero - b.y0) / most
	step := (b.x1 - b.x0) / float64(len(values))
	for k, v := range values {
		x := b.x0 + step*float64(k)
		y := zero - unit*v
		s.rect(box{x + 1, math.Min(y, zero), x + step - 1, math.Max(y, zero)}, 0, s.opColor(Palette.Op(choices[k])))
	}
	s.line(point{b.x0, zero}, point{b.x1, zero}, 1, s.tok.Ink3)
}

// flowLabel writes what a link carries back, with its numbers.
func (s *sketch) flowLabel(f flow, l flowLink, places []point, choices []string, c Hex) {
	const width, height = 44.0, 30.0
	a, b := places[l.from], places[l.to]
	most := 0.0
	for _, v := range l.values {
		most = math.Max(most, math.Abs(v))
	}
	ax, _ := f.nodes[l.from].size()
	bx, by := f.nodes[l.to].size()
	middle := point{(a.x - ax + b.x + bx) / 2, a.y + flowLanes + 17}
	switch {
	case l.score:
		s.tag(edgeTag{at: point{(a.x + b.x) / 2, a.y + flowArc}, parts: []tagPart{{"", l.label, true, c}}, size: noteSize})
	case l.values != nil && l.to != 0:
		s.text(point{middle.x - width/2 - 12, middle.y + 8}, l.label, noteSize, true, c, left)
		under := box{middle.x - width/2 + 2, middle.y - 6, middle.x + width/2 + 2, middle.y + height - 6}
		s.bars(under, l.values, choices, most)
		return
	default:
		s.text(middle, l.label, noteSize, true, c, centre)
	}
	if l.values != nil { // the gradient, under the logits
		under := box{b.x - width/2 - 12, b.y + by + 8, b.x + width/2 - 12, b.y + by + 8 + height}
		s.bars(under, l.values, choices, most)
		s.text(point{under.x0 - 2, under.y1 + 11}, "∂L/∂a", labelSize, true, c, left)
	}
}
