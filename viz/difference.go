package viz

import (
	"fmt"
	"io"
	"strings"

	"naslab.dev/nasx/space"
)

// Side is one of two genotypes that are compared.
type Side struct {
	Name     string // "DARTS's child"
	Method   string // key of [Palette], for the colour
	Genotype space.Genotype
}

// Difference draws what leads from one derived cell to another: edges that are
// the same, that changed their operation, that are only in the second (+), and
// only in the first (−, dashed).
type Difference struct {
	Caption
	Cell     string // "normal" or "reduce"
	From, To Side
}

// SVG implements [Figure].
func (d Difference) SVG(w io.Writer) error { sh, err := d.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (d Difference) PNG(w io.Writer) error { sh, err := d.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: every edge and what became of it.
func (d Difference) Alt() string { return altOf(d.sheet()) }

// change is one edge of a difference; an empty operation is no edge.
type change struct {
	link   link
	before string
	after  string
}

// changes pairs the links of two cells by their ends; parallel links pair equal
// operations first.
func changes(a, b Cell) []change {
	used := make([]bool, len(b.Edges))
	find := func(e Edge, sameOp bool) int {
		for i, f := range b.Edges {
			if !used[i] && f.From == e.From && f.To == e.To && (!sameOp || f.Op == e.Op) {
				used[i] = true
				return i
			}
		}
		return -1
	}
	out := make([]change, len(a.Edges))
	for _, sameOp := range []bool{true, false} {
		for i, e := range a.Edges {
			if out[i].after != "" {
				continue
			}
			out[i].link, out[i].before = link{from: e.From, to: e.To}, e.Op
			if j := find(e, sameOp); j >= 0 {
				out[i].after = b.Edges[j].Op
			}
		}
	}
	for i, e := range b.Edges {
		if !used[i] {
			out = append(out, change{link{from: e.From, to: e.To}, "", e.Op})
		}
	}
	return out
}

// kind says what happened to an edge: "=", "→", "+" or "−".
func (c change) kind() string {
	switch {
	case c.before == "":
		return "+"
	case c.after == "":
		return "−"
	case c.before == c.after:
		return "="
	}
	return "→"
}

func (d Difference) sheet() (*sheet, error) {
	a, err := CellOfGenotype(d.From.Genotype, d.Cell)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.From.Name, err)
	}
	b, err := CellOfGenotype(d.To.Genotype, d.Cell)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.To.Name, err)
	}
	all := changes(a, b)
	count := map[string]int{}
	var words []string
	for _, c := range all {
		count[c.kind()]++
		words = append(words, EdgeName(c.link.from, c.link.to)+" "+c.words())
	}
	g := d.drawing(all, max(a.Nodes, b.Nodes))
	title := fmt.Sprintf("From %s to %s, %s: %d same, %d changed, %d added, %d removed", d.From.Name, d.To.Name,
		cellName(d.Cell), count["="], count["→"], count["+"], count["−"])
	sh := newSheet(d.Caption, title, "")
	if d.Note == "" {
		sh.notes = [][]span{d.legend()}
	}
	sh.legend = union(a.Ops, b.Ops)
	sortOps(sh.legend)
	sh.height = g.layout.height
	sh.body = g.draw
	sh.alt = sentence(sh.caption.Title) + " " + strings.Join(words, ", ") + "."
	return sh, nil
}

// words says in words what happened to an edge.
func (c change) words() string {
	before, after := Palette.Op(c.before).Name, Palette.Op(c.after).Name
	switch c.kind() {
	case "+":
		return after + " added"
	case "−":
		return before + " removed"
	case "=":
		return after + " unchanged"
	}
	return before + " became " + after
}

// legend explains the marks in the second line.
func (d Difference) legend() []span {
	tok := Palette.Tokens(d.Dark)
	to, from := Palette.Method(d.To.Method).Color.On(d.Dark), Palette.Method(d.From.Method).Color.On(d.Dark)
	gap := span{"      ", false, tok.Ink2}
	return []span{
		{"a → b", true, tok.Ink},
		{" operation changed", false, tok.Ink2},
		gap,
		{"+", true, to},
		{" only in " + d.To.Name, false, tok.Ink2},
		gap,
		{"−", true, from},
		{" only in " + d.From.Name + " (dashed)", false, tok.Ink2},
		gap,
		{"=", true, tok.Ink3},
		{" the same", false, tok.Ink2},
	}
}

// drawing turns changes into strokes and labels.
func (d Difference) drawing(all []change, nodes int) *graph {
	g := newGraph(2, nodes, bodyWidth, 1, d.Dark)
	to, from := Palette.Method(d.To.Method).Color.On(d.Dark), Palette.Method(d.From.Method).Color.On(d.Dark)
	head := func(key string) string { return Palette.Op(key).Head }
	for _, c := range all {
		line := ink{width: 2.6, color: g.tok.Ink}
		order := 1.0
		var parts []tagPart
		switch c.kind() {
		case "+":
			line.color = to
			parts = []tagPart{{"", "+", true, to}, {c.after, head(c.after), true, g.tok.Ink}}
		case "−":
			line = ink{width: 2.2, color: from, dashed: true}
			parts = []tagPart{{"", "−", true, from}, {c.before, head(c.before), false, g.tok.Ink2}}
		case "=":
			line = ink{width: 1.6, color: g.tok.Ink3}
			order = 0
			parts = []tagPart{{"", "=", true, g.tok.Ink3}, {c.after, head(c.after), false, g.tok.Ink}}
		default:
			parts = []tagPart{
				{c.before, head(c.before), false, g.tok.Ink},
				{"", "→", false, g.tok.Ink2},
				{c.after, head(c.after), true, g.tok.Ink},
			}
		}
		g.add(c.link.from, c.link.to, order, line, parts, false)
	}
	g.place()
	return g
}
