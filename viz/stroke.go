package viz

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// ink is how one edge is drawn.
type ink struct {
	width  float64
	color  Hex
	dashed bool // "none", or deleted: dashes and a hollow head
	hollow bool // harm: a double line and a hollow head
}

// edgeWidth is the width of an edge of probability p, where chance = 1/K.
func edgeWidth(p, chance, scale float64) float64 {
	if !(chance < 1) {
		return scale * 1.1
	}
	return scale * (1.1 + 8*clamp((p-chance)/(1-chance), 0, 1))
}

// edgeStrength is how much of its colour an edge of probability p shows: full
// from .45 on.
func edgeStrength(p, chance float64) float64 {
	const full, weakest = 0.45, 0.42
	if !(chance < full) {
		return 1
	}
	return clamp(weakest+(1-weakest)*(p-chance)/(full-chance), weakest, 1)
}

// mostDashed is the width over which a dashed line would fall into blocks.
const mostDashed = 2.2

// edge draws an arrow along a curve. The stroke ends where the head begins, or
// wide edges would swallow their point.
func (s *sketch) edge(c cubic, k ink) {
	if k.dashed {
		k.width = math.Min(k.width, mostDashed)
	}
	length, half := 5+0.95*k.width, 2.6+0.68*k.width
	shaft := c.cutEnd(0.85 * length)
	path := s.cubic(shaft)
	if k.dashed {
		s.stroke(path, k.width, k.color, 3, 4)
	} else {
		s.stroke(path, k.width, k.color)
	}
	if k.hollow {
		s.stroke(path, math.Max(0.7, k.width-2.2), s.tok.Bg)
	}
	tip := c[3]
	u := point{tip.x - shaft[3].x, tip.y - shaft[3].y}
	if d := math.Hypot(u.x, u.y); d > 1e-9 {
		u = point{u.x / d, u.y / d}
	} else {
		u = c.heading()
	}
	base := point{tip.x - u.x*length, tip.y - u.y*length}
	head := s.path(tip, point{base.x - u.y*half, base.y + u.x*half}, point{base.x + u.y*half, base.y - u.x*half})
	head.Close()
	if k.dashed || k.hollow {
		s.fill(head, s.tok.Bg)
		s.stroke(head, 1, k.color)
		return
	}
	s.fill(head, k.color)
}

func (s *sketch) cubic(c cubic) vg.Path {
	var path vg.Path
	path.Move(s.pt(c[0]))
	path.CubeTo(s.pt(c[1]), s.pt(c[2]), s.pt(c[3]))
	return path
}

// highlight marks a selected edge like a marker pen, under the edge itself.
func (s *sketch) highlight(c cubic) {
	const width = 15
	s.stroke(s.cubic(c), width, s.tok.Sel)
	for _, end := range []point{c[0], c[3]} {
		s.disc(end, width/2.0, s.tok.Sel, 0, s.tok.Sel)
	}
}

// edgeTag is the label on an edge: mark, swatches and words.
type edgeTag struct {
	at     point
	parts  []tagPart
	size   float64
	picked bool
}

// tagPart is a swatch, a text, or one after the other.
type tagPart struct {
	op   string // "" for no swatch
	text string
	bold bool
	col  Hex
}

const (
	tagPad    = 5.0
	tagSwatch = 9.0
	tagGap    = 5.0
	tagSpace  = 0.32 // between parts, in em
)

// width measures a tag.
func (t edgeTag) width() float64 {
	w := 2 * tagPad
	for i, p := range t.parts {
		if p.op != "" {
			w += tagSwatch + tagGap
		}
		if i > 0 {
			w += tagSpace * t.size
		}
		w += textWidth(p.text, t.size, p.bold)
	}
	return w
}

// tag draws a label on a box of the ground's colour.
func (s *sketch) tag(t edgeTag) {
	w, h := t.width(), t.size+6
	b := centred(t.at, w, h)
	ground, line := s.tok.Bg, s.tok.Bg
	if t.picked {
		ground, line = s.tok.Sel, s.tok.SelLine
	}
	s.rect(b, 4, ground)
	if t.picked {
		s.frame(b, 4, 1.3, line)
	}
	x, base := b.x0+tagPad, t.at.y+0.355*t.size
	all := ""
	for i, p := range t.parts {
		if i > 0 {
			x += tagSpace * t.size
		}
		if p.op != "" {
			op := Palette.Op(p.op)
			swatch(s, point{x + tagSwatch/2, t.at.y}, tagSwatch, op, s.opColor(op))
			x += tagSwatch + tagGap
		}
		s.words(point{x, base}, p.text, t.size, p.bold, p.col)
		x += textWidth(p.text, t.size, p.bold)
		all += p.text + " "
	}
	s.labels = append(s.labels, label{all, b})
}

// words writes like text, for parts of a tag, which is one label as a whole.
func (s *sketch) words(at point, text string, size float64, bold bool, c Hex) {
	n := len(s.labels)
	s.text(at, text, size, bold, c, left)
	s.labels = s.labels[:n]
}

// node draws a node, or an input with the name of the cell that it comes from.
func (s *sketch) node(l cellLayout, i, inputs int, size float64, long bool) {
	at := l.nodes[i]
	name := Count(i)
	if i >= inputs {
		s.disc(at, l.radius, s.tok.Bg, 1.3, s.tok.Ink)
		s.spans(point{at.x, at.y + 0.36*size}, []span{{name, true, s.tok.Ink}}, size, centre)
		return
	}
	b := centred(at, 2*l.half, 1.9*size)
	s.rect(b, 4, s.tok.Panel)
	s.frame(b, 4, 1, s.tok.Ink3)
	spans := []span{{name, false, s.tok.Ink}}
	if long && inputs == 2 {
		spans = append(spans, span{[]string{" k−2", " k−1"}[i], false, s.tok.Ink3})
	}
	s.spans(point{at.x, at.y + 0.355*size}, spans, size, centre)
}

// ringApart is the distance between the two lines around a loose end.
const ringApart = 4.0

// ring draws the outer line around a node or an input with two.
func (s *sketch) ring(l cellLayout, i, inputs int) {
	at := l.nodes[i]
	if i >= inputs {
		s.disc(at, l.radius, s.tok.Bg, 1.3, s.tok.Ink)
		return
	}
	b := centred(at, 2*(l.half+ringApart), 1.9*13+2*ringApart)
	s.rect(b, 7, s.tok.Bg)
	s.frame(b, 7, 1.3, s.tok.Ink)
}
