package viz

import (
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// faces holds Liberation Sans, which comes with the module.
var faces = font.NewCache(liberation.Collection())

func face(size float64, bold bool) font.Face {
	f := font.Font{Typeface: "Liberation", Variant: "Sans"}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return faces.Lookup(f, vg.Length(size))
}

// point is a place on a sheet, in pixels, y down.
type point struct{ x, y float64 }

// box is an upright rectangle.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) grown(by float64) box { return box{b.x0 - by, b.y0 - by, b.x1 + by, b.y1 + by} }

func (b box) overlaps(c box) bool { return b.x0 < c.x1 && c.x0 < b.x1 && b.y0 < c.y1 && c.y0 < b.y1 }

func (b box) holds(p point) bool { return p.x > b.x0 && p.x < b.x1 && p.y > b.y0 && p.y < b.y1 }

func centred(at point, w, h float64) box { return box{at.x - w/2, at.y - h/2, at.x + w/2, at.y + h/2} }

// label is a text that was put on a sheet; tests hold labels apart.
type label struct {
	text string
	box  box
}

// sketch draws on a sheet.
type sketch struct {
	c      vg.Canvas
	height float64
	tok    Tokens
	dark   bool
	labels []label
}

func (s *sketch) pt(p point) vg.Point {
	return vg.Point{X: vg.Length(p.x), Y: vg.Length(s.height - p.y)}
}

func (s *sketch) path(ps ...point) vg.Path {
	var path vg.Path
	for i, p := range ps {
		if i == 0 {
			path.Move(s.pt(p))
		} else {
			path.Line(s.pt(p))
		}
	}
	return path
}

// stroke draws a path of width w; dash lengths are optional.
func (s *sketch) stroke(path vg.Path, w float64, c Hex, dash ...float64) {
	lengths := make([]vg.Length, len(dash))
	for i, d := range dash {
		lengths[i] = vg.Length(d)
	}
	s.c.SetLineWidth(vg.Length(w))
	s.c.SetLineDash(lengths, 0)
	s.c.SetColor(c.RGBA())
	s.c.Stroke(path)
	s.c.SetLineDash(nil, 0)
}

func (s *sketch) fill(path vg.Path, c Hex) {
	s.c.SetColor(c.RGBA())
	s.c.Fill(path)
}

func (s *sketch) line(a, b point, w float64, c Hex, dash ...float64) {
	s.stroke(s.path(a, b), w, c, dash...)
}

func (s *sketch) polyline(ps []point, w float64, c Hex, dash ...float64) {
	if len(ps) > 1 {
		s.stroke(s.path(ps...), w, c, dash...)
	}
}

// round returns the outline of b with rounded corners.
func (s *sketch) round(b box, r float64) vg.Path {
	r = math.Max(0, math.Min(r, math.Min(b.x1-b.x0, b.y1-b.y0)/2))
	if r == 0 {
		path := s.path(point{b.x0, b.y0}, point{b.x1, b.y0}, point{b.x1, b.y1}, point{b.x0, b.y1})
		path.Close()
		return path
	}
	const k = 0.5523 // a cubic that is nearly a quarter of a circle
	var path vg.Path
	corner := func(from, via1, via2, to point) {
		path.Line(s.pt(from))
		path.CubeTo(s.pt(via1), s.pt(via2), s.pt(to))
	}
	q := r * (1 - k)
	path.Move(s.pt(point{b.x0 + r, b.y0}))
	corner(point{b.x1 - r, b.y0}, point{b.x1 - q, b.y0}, point{b.x1, b.y0 + q}, point{b.x1, b.y0 + r})
	corner(point{b.x1, b.y1 - r}, point{b.x1, b.y1 - q}, point{b.x1 - q, b.y1}, point{b.x1 - r, b.y1})
	corner(point{b.x0 + r, b.y1}, point{b.x0 + q, b.y1}, point{b.x0, b.y1 - q}, point{b.x0, b.y1 - r})
	corner(point{b.x0, b.y0 + r}, point{b.x0, b.y0 + q}, point{b.x0 + q, b.y0}, point{b.x0 + r, b.y0})
	path.Close()
	return path
}

func (s *sketch) rect(b box, r float64, c Hex) { s.fill(s.round(b, r), c) }

func (s *sketch) frame(b box, r, w float64, c Hex, dash ...float64) {
	s.stroke(s.round(b, r), w, c, dash...)
}

// disc draws a filled circle with an outline of width w.
func (s *sketch) disc(at point, r float64, fill Hex, w float64, line Hex) {
	var path vg.Path
	path.Move(s.pt(point{at.x + r, at.y}))
	path.Arc(s.pt(at), vg.Length(r), 0, 2*math.Pi)
	path.Close()
	s.fill(path, fill)
	s.stroke(path, w, line)
}

// span is a piece of text in one style.
type span struct {
	text string
	bold bool
	col  Hex
}

// align says which point of a text is given.
type align int

const (
	left align = iota
	centre
	right
)

// text writes one line in one style; at is its baseline.
func (s *sketch) text(at point, text string, size float64, bold bool, c Hex, a align) {
	s.spans(at, []span{{text, bold, c}}, size, a)
}

// spans writes one line in several styles; at is its baseline. The line is
// remembered as one label.
func (s *sketch) spans(at point, spans []span, size float64, a align) {
	w, all := 0.0, ""
	for _, sp := range spans {
		w += textWidth(sp.text, size, sp.bold)
		all += sp.text
	}
	if all == "" {
		return
	}
	switch a {
	case centre:
		at.x -= w / 2
	case right:
		at.x -= w
	}
	room := box{at.x, at.y - ascent*size, at.x + w, at.y + descent*size}
	s.labels = append(s.labels, label{all, room})
	for _, sp := range spans {
		for _, r := range runs(sp.text) {
			f := face(r.size(size), sp.bold)
			end := at.x + float64(f.Width(r.text))
			word := strings.TrimLeft(r.text, " ") // SVG drops spaces in front
			at.x = end - float64(f.Width(word))
			if word = strings.TrimRight(word, " "); word != "" {
				s.c.SetColor(sp.col.RGBA())
				s.c.FillString(f, s.pt(point{at.x, at.y - r.rise(size)}), word)
			}
			at.x = end
		}
	}
}

// Heights of letters over and under the baseline, in em: what is inked by
// capitals, digits and descenders of Liberation Sans.
const (
	ascent  = 0.73
	descent = 0.21
)

// run is a piece of text that stands on the line or is raised.
type run struct {
	text   string
	raised bool
}

func (r run) size(size float64) float64 {
	if r.raised {
		return 0.68 * size
	}
	return size
}

func (r run) rise(size float64) float64 {
	if r.raised {
		return 0.36 * size
	}
	return 0
}

// raised are the letters that are drawn small and high.
var raised = map[rune]rune{
	'⁰': '0', '¹': '1', '²': '2', '³': '3', '⁴': '4', '⁵': '5',
	'⁶': '6', '⁷': '7', '⁸': '8', '⁹': '9', '⁻': '−',
}

// runs separates raised digits, which the font has only in part, from the rest
// and control characters, which no figure shows, from both.
func runs(s string) []run {
	var out []run
	for _, r := range s {
		plain, up := raised[r]
		switch {
		case r < ' ' || r == 0x7f:
			plain = ' '
		case !up:
			plain = r
		}
		if len(out) == 0 || out[len(out)-1].raised != up {
			out = append(out, run{raised: up})
		}
		out[len(out)-1].text += string(plain)
	}
	return out
}

// textWidth measures one line.
func textWidth(s string, size float64, bold bool) float64 {
	w := 0.0
	for _, r := range runs(s) {
		f := face(r.size(size), bold)
		w += float64(f.Width(r.text))
	}
	return w
}

// wrap breaks text into lines no wider than w; a word longer than a line is
// cut.
func wrap(text string, size, w float64) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		for n := len([]rune(word)); n > 1 && textWidth(word, size, false) > w; n-- {
			word = clip(word, n-1)
		}
		if k := len(lines); k > 0 && textWidth(lines[k-1]+" "+word, size, false) <= w {
			lines[k-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
