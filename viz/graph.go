package viz

import (
	"slices"
	"sort"
	"strings"
)

// graph is a cell's drawing: links, how each is stroked, and its label.
type graph struct {
	frame  frameOf
	layout cellLayout
	tok    Tokens
	scale  float64 // of line widths
	size   float64 // of labels
	short  bool    // little room: short names
	long   bool    // inputs say which cell they are
	items  []item
	ends   []int // nodes with a second line around them
}

// item is one edge of a graph.
type item struct {
	order float64 // weak edges are drawn first
	ink   ink
	tag   edgeTag
	on    bool // selected
}

// newGraph prepares a drawing of the given width; unit is 1 for a figure of its
// own and smaller in small multiples.
func newGraph(inputs, nodes int, width, unit float64, dark bool) *graph {
	g := &graph{tok: Palette.Tokens(dark), scale: 1.3, size: 12.5, short: nodes > 4, long: unit == 1}
	g.frame = frameOf{inputs: inputs, nodes: nodes, width: width, unit: unit, inputHalf: 26, radius: 14, labelHeight: 18.5}
	if g.short {
		g.scale, g.size, g.frame.labelHeight, g.frame.radius = 1, labelSize, 17, 12.5
	}
	if inputs == 1 {
		g.frame.inputHalf = 16
	}
	if unit < 1 {
		g.scale, g.size = 0.95, 10.5
		g.frame.inputHalf, g.frame.radius, g.frame.labelHeight = 12, 11, 14
	}
	return g
}

// full gives a graph that shares its sheet with bars the type and the inputs of
// a figure of its own.
func (g *graph) full(nodes int) {
	g.size, g.frame.labelHeight, g.long = labelSize, 16, nodes <= 4
	g.frame.radius = 12
	if g.frame.inputs == 2 && g.long {
		g.frame.inputHalf = 22
	}
}

// add appends an edge. Parts may be empty for an edge without a label.
func (g *graph) add(from, to int, order float64, k ink, parts []tagPart, on bool) {
	dup := 0
	for _, l := range g.frame.links {
		if l.from == from && l.to == to {
			dup++
		}
	}
	g.frame.links = append(g.frame.links, link{from, to, dup})
	tag := edgeTag{parts: parts, size: g.size, picked: on}
	width := 0.0
	if len(parts) > 0 {
		width = tag.width()
	}
	g.frame.labelWidth = append(g.frame.labelWidth, width)
	g.items = append(g.items, item{order, k, tag, on})
}

// reserve gives labels of probabilities the width of the widest operation, so
// that they stay in place when another operation takes the lead.
func (g *graph) reserve(ops []string) {
	widest := 0.0
	for _, key := range ops {
		op := Palette.Op(key)
		name := op.Label
		if g.short {
			name = op.Head
		}
		t := edgeTag{parts: []tagPart{{key, name, false, ""}, {"", ".88", true, ""}}, size: g.size}
		widest = max(widest, t.width())
	}
	for i := range g.items {
		if len(g.items[i].tag.parts) > 1 {
			g.frame.labelWidth[i] = max(g.frame.labelWidth[i], widest)
		}
	}
}

// place computes the layout.
func (g *graph) place() {
	g.layout = layoutCell(g.frame)
	for i := range g.items {
		g.items[i].tag.at = g.layout.labels[i]
	}
}

// draw draws the graph with its upper left corner at the given place.
func (g *graph) draw(s *sketch, at point) {
	l := g.layout.moved(at)
	order := make([]int, len(g.items))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return g.items[order[i]].order < g.items[order[j]].order })
	for _, i := range order {
		if g.items[i].on {
			s.highlight(l.curves[i])
		}
	}
	for _, i := range order {
		s.edge(l.curves[i], g.items[i].ink)
	}
	for i := range l.nodes {
		size := 13.0
		if g.frame.unit < 1 {
			size = 11.5
		}
		if slices.Contains(g.ends, i) {
			s.ring(l, i, g.frame.inputs)
			inner := l
			inner.radius -= ringApart
			s.node(inner, i, g.frame.inputs, size-1, g.long)
			continue
		}
		s.node(l, i, g.frame.inputs, size, g.long)
	}
	for _, i := range order {
		if len(g.items[i].tag.parts) > 0 {
			t := g.items[i].tag
			t.at = l.labels[i]
			s.tag(t)
		}
	}
}

// moved returns the layout shifted by a vector.
func (l cellLayout) moved(by point) cellLayout {
	shift := func(ps []point) []point {
		out := make([]point, len(ps))
		for i, p := range ps {
			out[i] = point{p.x + by.x, p.y + by.y}
		}
		return out
	}
	m := l
	m.nodes, m.labels = shift(l.nodes), shift(l.labels)
	m.curves = make([]cubic, len(l.curves))
	for i, c := range l.curves {
		copy(m.curves[i][:], shift(c[:]))
	}
	return m
}

// cellName is a cell's name in prose.
func cellName(cell string) string {
	switch cell {
	case "normal":
		return "normal cell"
	case "reduce":
		return "reduction cell"
	case "":
		return "cell"
	}
	return cell + " cell"
}

// titleOf joins the parts of a neutral title with a comma and begins it with a
// capital.
func titleOf(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	text := strings.Join(some, ", ")
	if text == "" {
		return ""
	}
	r := []rune(text)
	return strings.ToUpper(string(r[0])) + string(r[1:])
}

// sentence ends a text with a full stop where it has no mark of its own.
func sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// concatText names the output of a cell: "concat(2, 3, 4)".
func concatText(nodes []int) string {
	if len(nodes) == 0 {
		return ""
	}
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = Count(n)
	}
	return "concat(" + strings.Join(names, ", ") + ")"
}
