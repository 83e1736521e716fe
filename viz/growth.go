package viz

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Growth draws how the time of a step and of its compilation grows when one size of a
// network is varied, both axes logarithmic: medians as lines, least and most as bars. A
// dashed line says how long a step would take if it grew like the work that was
// counted. Panels, one per size, stand side by side with one scale of seconds.
type Growth struct {
	Caption
	Panels []GrowthPanel // 1 to 4
}

// GrowthPanel is one size of [Growth]. All slices are of one length.
type GrowthPanel struct {
	Name    string       // of the size
	Sizes   []int        // rising, at least 1
	Step    []TimeSpread // of one step
	Compile []TimeSpread // until the first step
	Counted []float64    // seconds of a step that grows like the counted work
}

// TimeSpread is a duration measured several times, in seconds.
type TimeSpread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// SVG implements [Figure].
func (g Growth) SVG(w io.Writer) error { sh, err := g.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (g Growth) PNG(w io.Writer) error { sh, err := g.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the medians at the smallest and the largest size.
func (g Growth) Alt() string { return altOf(g.sheet()) }

// check says what cannot be drawn.
func (g Growth) check() error {
	const most = 4
	if len(g.Panels) == 0 || len(g.Panels) > most {
		return fmt.Errorf("viz: %d panels of growth, want 1 to %d", len(g.Panels), most)
	}
	for _, p := range g.Panels {
		n := len(p.Sizes)
		if n < 2 || !slices.IsSorted(p.Sizes) || p.Sizes[0] < 1 || p.Sizes[0] == p.Sizes[n-1] {
			return fmt.Errorf("viz: growth with %s has sizes %v, want two or more that rise", clip(p.Name, 40), p.Sizes)
		}
		if len(p.Step) != n || len(p.Compile) != n || len(p.Counted) != n {
			return fmt.Errorf("viz: growth with %s has %d sizes, %d steps, %d compilations and %d counts, want as many of each",
				clip(p.Name, 40), n, len(p.Step), len(p.Compile), len(p.Counted))
		}
		for i := range n {
			for _, d := range []TimeSpread{p.Step[i], p.Compile[i], {p.Counted[i], p.Counted[i], p.Counted[i]}} {
				if !(d.Min >= none && d.Min <= d.Median && d.Median <= d.Max && d.Max < 1e9) {
					return fmt.Errorf("viz: growth with %s has a duration of %v s at %d, want a median between positive extremes",
						clip(p.Name, 40), d, p.Sizes[i])
				}
			}
		}
	}
	return nil
}

// Measures of [Growth].
const (
	growthHeight = 190.0
	growthScale  = 48.0  // room for the seconds, at the left
	growthNames  = 106.0 // for the names of the lines, at the right
	growthGap    = 24.0
)

func (g Growth) sheet() (*sheet, error) {
	if err := g.check(); err != nil {
		return nil, err
	}
	sh := newSheet(g.Caption, "How the cost of a step grows",
		"Medians; bars: least and most. Dashed: a step that grows like its multiply-adds. All axes are logarithmic.")
	sh.height = growthHeight + 58
	var parts []string
	for _, p := range g.Panels {
		parts = append(parts, fmt.Sprintf("%s from %s to %s: a step from %s to %s, compilation from %s to %s",
			p.Name, Count(p.Sizes[0]), Count(p.Sizes[len(p.Sizes)-1]), secondsText(p.Step[0].Median),
			secondsText(p.Step[len(p.Step)-1].Median), secondsText(p.Compile[0].Median),
			secondsText(p.Compile[len(p.Compile)-1].Median)))
	}
	sh.alt = sentence(sh.caption.Title) + " Medians. " + strings.Join(parts, "; ") + "."
	low, high := g.powers()
	sh.body = func(s *sketch, at point) {
		n := float64(len(g.Panels))
		wide := (bodyWidth - growthScale - growthNames - growthGap*(n-1)) / n
		for i, p := range g.Panels {
			a := axes{y0: low, y1: high, x0: math.Log2(float64(p.Sizes[0])), x1: math.Log2(float64(p.Sizes[len(p.Sizes)-1]))}
			room := 0.08 * (a.x1 - a.x0)
			a.x0, a.x1 = a.x0-room, a.x1+room
			x := at.x + growthScale + float64(i)*(wide+growthGap)
			a.field = box{x, at.y + 38, x + wide, at.y + 38 + growthHeight}
			p.draw(s, a, i == 0, i == len(g.Panels)-1)
		}
	}
	return sh, nil
}

// powers returns the powers of ten, of seconds, that hold everything.
func (g Growth) powers() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range g.Panels {
		for i := range p.Sizes {
			low = math.Min(low, math.Log10(min(p.Step[i].Min, p.Compile[i].Min, p.Counted[i])))
			high = math.Max(high, math.Log10(max(p.Step[i].Max, p.Compile[i].Max, p.Counted[i])))
		}
	}
	return low - 0.1, high + 0.1
}

// draw draws one panel; the first has the scale, the last the names.
func (p GrowthPanel) draw(s *sketch, a axes, first, last bool) {
	x0, end := a.field.x0, len(p.Sizes)-1
	s.text(point{x0, a.field.y0 - 26}, p.Name, noteSize, true, s.tok.Ink, left)
	grown := func(from, to float64) string { return "×" + fixed(to/from, 1) }
	s.text(point{x0, a.field.y0 - 11}, "step "+grown(p.Step[0].Median, p.Step[end].Median)+", work "+
		grown(p.Counted[0], p.Counted[end]), labelSize, false, s.tok.Ink2, left)
	for power := math.Ceil(a.y0); power <= a.y1; power++ {
		at := a.at(a.x0, power)
		s.line(at, point{a.field.x1, at.y}, 1, s.tok.Line)
		if first {
			s.text(point{x0 - 6, at.y + 4}, secondsText(math.Pow(10, power)), labelSize, false, s.tok.Ink2, right)
		}
	}
	s.line(point{x0, a.field.y1}, point{a.field.x1, a.field.y1}, 1, s.tok.Ink2)
	for _, size := range p.Sizes {
		at := a.at(math.Log2(float64(size)), a.y0)
		s.line(at, point{at.x, at.y + 4}, 1, s.tok.Ink2)
		s.text(point{at.x, at.y + 16}, Count(size), labelSize, false, s.tok.Ink2, centre)
	}
	counted := make([]TimeSpread, len(p.Counted))
	for i, v := range p.Counted {
		counted[i] = TimeSpread{v, v, v}
	}
	ends := []endLabel{
		{p.line(s, a, counted, 1.2, s.tok.Ink3, nil, 5, 3), "as multiply-adds", s.tok.Ink3, false},
		{p.line(s, a, p.Compile, 1.2, s.tok.Ink2, &s.tok.Bg), "compilation", s.tok.Ink2, false},
		{p.line(s, a, p.Step, 2.4, s.tok.Ink, &s.tok.Ink), "one step", s.tok.Ink, true},
	}
	if last {
		a.endLabels(s, ends)
	}
}

// line draws durations over sizes, with bars and, where dot is given, dots of that
// colour; it returns the height of the line's end.
func (p GrowthPanel) line(s *sketch, a axes, of []TimeSpread, w float64, c Hex, dot *Hex, dash ...float64) float64 {
	var ps []point
	for i, d := range of {
		x := math.Log2(float64(p.Sizes[i]))
		ps = append(ps, a.at(x, math.Log10(d.Median)))
		s.line(a.at(x, math.Log10(d.Min)), a.at(x, math.Log10(d.Max)), 1, c)
	}
	s.polyline(ps, w, c, dash...)
	if dot != nil {
		for _, at := range ps {
			s.disc(at, 3, *dot, 1.2, c)
		}
	}
	return ps[len(ps)-1].y
}

// secondsText writes a duration with two digits at most: "3.1 s", "140 ms".
func secondsText(seconds float64) string {
	unit := " s"
	if seconds < 0.9995 {
		seconds, unit = 1e3*seconds, " ms"
	}
	if seconds < 9.95 {
		return short(seconds) + unit
	}
	return Thousands(fixed(seconds, 0)) + unit
}
