package panel

import (
	"fmt"
	"image"
	"maps"
	"math"
	"slices"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// Measures of a table, in pixels of the page; its pictures have two for each.
const (
	tableWide   = 932.0 // as wide as the pictures of package viz
	tableMargin = 16.0
	tableTop    = 52.0
	tableHead   = 22.0 // of a row of column heads
	tableRow    = 18.0
	tableName   = 300.0 // widest name of a row
	tableCell   = 64.0  // widest cell
	tableCredit = 90.0  // for the credit at the right
	mostRows    = 400   // of one table; the others are counted
)

// table is a picture of rows of probabilities, or of numbers with names.
type table struct {
	title, note, below string
	rows               []tableLine
}

// tableLine is one row, or a row of column heads where heads is set.
type tableLine struct {
	name    string
	heads   []string  // of the columns, as operations
	probs   []float64 // of the choices
	sampled int       // the choice that was sampled, -1 for none
	value   string    // at the right: a credit, or the value of a scalar
}

// tableOf lists the decisions of one cell. Decisions whose lists of choices
// begin alike stand together, below one row of column heads.
func tableOf(about search.Description, t search.Trace, cell string, probs [][]float64) table {
	out := table{title: title(about, t, cell), below: viz.ReproOf(about)}
	out.note = "Probabilities in per cent, by choice; full ink begins at 60."
	if t.Probs != nil && t.Arch != nil {
		out.note += " A dot marks what this step sampled."
	}
	if t.Credit != nil {
		out.note += " At the right the credit of every decision, in 10⁻³."
	}
	for _, family := range families(about.Decisions, cell) {
		widest := slices.MaxFunc(family, func(a, b int) int {
			return len(about.Decisions[a].Choices) - len(about.Decisions[b].Choices)
		})
		out.rows = append(out.rows, tableLine{heads: about.Decisions[widest].Choices, sampled: -1})
		for _, d := range family {
			line := tableLine{name: about.Decisions[d].Name, sampled: -1}
			if d < len(probs) {
				line.probs = probs[d]
			}
			if t.Probs != nil && d < len(t.Arch) {
				line.sampled = t.Arch[d]
			}
			if d < len(t.Credit) {
				line.value = viz.Credit(t.Credit[d])
			}
			out.rows = append(out.rows, line)
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
func scalarsOf(about search.Description, t search.Trace) table {
	out := table{title: title(about, t, ""), note: "The numbers of this step.", below: viz.ReproOf(about)}
	for _, name := range slices.Sorted(maps.Keys(t.Scalars)) {
		out.rows = append(out.rows, tableLine{name: name, sampled: -1, value: viz.Real(t.Scalars[name])})
	}
	return out
}

// draw makes the picture.
func (t table) draw() (*image.Paletted, error) {
	if more := len(t.rows) - mostRows; more > 0 {
		t.rows = append(slices.Clone(t.rows[:mostRows]), tableLine{name: fmt.Sprintf("and %d more", more), sampled: -1})
	}
	high, columns, left := tableTop+2*tableMargin, 1, 60.0
	for _, r := range t.rows {
		high += r.height()
		columns = max(columns, len(r.probs), len(r.heads))
		left = max(left, min(tableName, 14+width(r.name, 11, false)))
	}
	cell := min(tableCell, (tableWide-2*tableMargin-left-tableCredit)/float64(columns))
	canvas := vgimg.NewWith(vgimg.UseWH(tableWide, vg.Length(high)), vgimg.UseDPI(144))
	p := pen{canvas, high, viz.Palette.Light}
	p.box(0, 0, tableWide, high, p.ink.Bg)
	p.text(tableMargin, 31, t.title, 15, true, p.ink.Ink)
	p.text(tableMargin, 49, t.note, 12, false, p.ink.Ink2)
	y := tableTop + 6
	for _, r := range t.rows {
		p.line(r, y, tableMargin+left, cell, tableMargin+left+cell*float64(columns)+tableCredit-14)
		y += r.height()
	}
	p.text(tableMargin, high-12, t.below, 11, false, p.ink.Ink3)
	return flat(canvas.Image()), nil
}

func (r tableLine) height() float64 {
	if r.heads != nil {
		return tableHead
	}
	return tableRow
}

// pen draws on a canvas whose y runs down.
type pen struct {
	c    vg.Canvas
	high float64
	ink  viz.Tokens
}

// line draws a row at y: cells from left on, the value ending at right.
func (p pen) line(r tableLine, y, left, cell, right float64) {
	for k, key := range r.heads {
		op := viz.Palette.Op(key)
		x := left + cell*float64(k)
		head := clip(op.Head, cell-4, 10)
		p.text(x+(cell-width(head, 10, false))/2, y+13, head, 10, false, p.ink.Ink2)
		if slices.ContainsFunc(viz.Palette.Ops, func(o viz.OpStyle) bool { return o.Key == key }) {
			p.box(x+3, y+16, x+cell-4, y+18.5, op.Color.Light)
		}
	}
	p.text(tableMargin, y+13, clip(r.name, left-tableMargin-8, 11), 11, false, p.ink.Ink)
	for k, v := range r.probs {
		x := left + cell*float64(k)
		tone := viz.Tone(v, 1/float64(len(r.probs)))
		p.box(x, y, x+cell-1, y+tableRow-1, mixed(p.ink.Bg, p.ink.Heat, tone))
		ink := p.ink.Ink
		if tone > 0.45 { // by the luminance of the ground
			ink = p.ink.Bg
		}
		number := viz.Count(int(math.Round(100 * v)))
		p.text(x+(cell-width(number, 10, false))/2, y+13, number, 10, false, ink)
		if k == r.sampled {
			p.box(x+cell-8, y+3, x+cell-4.5, y+6.5, ink)
		}
	}
	p.text(right-width(r.value, 11, false), y+13, r.value, 11, false, p.ink.Ink)
}

func (p pen) box(x0, y0, x1, y1 float64, c viz.Hex) {
	rect := vg.Rectangle{Min: p.point(x0, y1), Max: p.point(x1, y0)}
	p.c.SetColor(c.RGBA())
	p.c.Fill(rect.Path())
}

func (p pen) text(x, y float64, s string, size float64, bold bool, c viz.Hex) {
	p.c.SetColor(c.RGBA())
	p.c.FillString(face(size, bold), p.point(x, y), s)
}

func (p pen) point(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(p.high - y)} }

// faces holds Liberation Sans, which comes with the library.
var faces = font.NewCache(liberation.Collection())

func face(size float64, bold bool) font.Face {
	f := font.Font{Typeface: "Liberation", Variant: "Sans"}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return faces.Lookup(f, vg.Length(size))
}

func width(s string, size float64, bold bool) float64 {
	f := face(size, bold)
	return float64(f.Width(s))
}

// clip shortens a text in its middle until it fits.
func clip(s string, room, size float64) string {
	letters := []rune(s)
	shown := s
	for n := len(letters); n > 2 && width(shown, size, false) > room; n-- {
		head := n / 2
		shown = string(letters[:head]) + "…" + string(letters[len(letters)-(n-1-head):])
	}
	return shown
}

// mixed returns the colour a share of the way from one to another.
func mixed(from, to viz.Hex, share float64) viz.Hex {
	a, b := from.RGBA(), to.RGBA()
	part := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + share*(float64(y)-float64(x)))) }
	return viz.Hex(fmt.Sprintf("#%02x%02x%02x", part(a.R, b.R), part(a.G, b.G), part(a.B, b.B)))
}
