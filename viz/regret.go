package viz

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"
	"strings"
)

// Regret draws how far the best architecture that a search has seen is from the
// best one that there is, against the queries made: for each method the mean
// over seeds, with two of its standard errors as a band, on a logarithmic scale.
type Regret struct {
	Caption
	Lines []RegretLine // one to six
}

// RegretLine is one method of [Regret].
type RegretLine struct {
	Method string // as in search.Description.Method; gives colour and, without Name, the name
	Name   string // "" for the method's

	// Gaps are the searches, one per seed: after each query the true accuracy
	// of the best architecture of the table less that of the best seen by
	// reward, as fractions, 0 or more. Where searches differ in length, the
	// shortest says how far the line goes.
	Gaps [][]float64
}

// SVG implements [Figure].
func (r Regret) SVG(w io.Writer) error { sh, err := r.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (r Regret) PNG(w io.Writer) error { sh, err := r.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the mean regret at the end.
func (r Regret) Alt() string { return altOf(r.sheet()) }

// Limits of a regret figure, and the smallest gap that its axis tells from 0,
// in percentage points.
const (
	mostRegrets  = 6
	mostSearches = 100000
	smallestGap  = 0.01
)

// check says what cannot be drawn.
func (l RegretLine) check() error {
	if len(l.Gaps) == 0 || len(l.Gaps) > mostSearches {
		return fmt.Errorf("viz: %d searches of %s to draw the regret of, want 1 to %d", len(l.Gaps), l.name(), mostSearches)
	}
	for seed, gaps := range l.Gaps {
		if len(gaps) == 0 {
			return fmt.Errorf("viz: search %d of %s has no query to draw", seed+1, l.name())
		}
		if i := slices.IndexFunc(gaps, func(v float64) bool { return !(v >= -1e-9 && v <= 1) }); i >= 0 {
			return fmt.Errorf("viz: search %d of %s has a gap of %v after query %d, want a fraction",
				seed+1, l.name(), gaps[i], i+1)
		}
	}
	return nil
}

func (l RegretLine) name() string {
	if l.Name != "" {
		return l.Name
	}
	return Palette.Method(l.Method).Label
}

func (l RegretLine) color(dark bool) Hex {
	return Palette.Method(l.Method).Color.On(dark)
}

// regretCurve is a line in percentage points, one entry per query.
type regretCurve struct {
	line            RegretLine
	mean, low, high []float64
}

// curve summarises the seeds.
func (l RegretLine) curve() regretCurve {
	length := math.MaxInt
	for _, gaps := range l.Gaps {
		length = min(length, len(gaps))
	}
	c := regretCurve{line: l}
	column := make([]float64, len(l.Gaps))
	for q := range length {
		for i, gaps := range l.Gaps {
			column[i] = 100 * gaps[q]
		}
		mean, deviation := spread(column)
		reach := 2 * deviation / math.Sqrt(float64(len(column)))
		c.mean, c.low, c.high = append(c.mean, mean), append(c.low, mean-reach), append(c.high, mean+reach)
	}
	return c
}

func (r Regret) sheet() (*sheet, error) {
	if len(r.Lines) == 0 || len(r.Lines) > mostRegrets {
		return nil, fmt.Errorf("viz: %d methods to draw the regret of, want 1 to %d", len(r.Lines), mostRegrets)
	}
	var curves []regretCurve
	var parts []string
	seeds := len(r.Lines[0].Gaps)
	for _, l := range r.Lines {
		if err := l.check(); err != nil {
			return nil, err
		}
		c := l.curve()
		curves = append(curves, c)
		parts = append(parts, fmt.Sprintf("%s %s after %s queries", l.name(), Real(c.last()), Count(len(c.mean))))
		seeds = min(seeds, len(l.Gaps))
	}
	note := "Best accuracy of the table less the true accuracy of the best architecture seen by reward. Mean over " +
		Count(seeds) + " seeds. Band: two standard errors of the mean."
	sh := newSheet(r.Caption, "Regret against queries", note)
	sh.height = plotHeight + 62
	sh.alt = sentence(sh.caption.Title) + " Mean regret in percentage points: " + strings.Join(parts, ", ") + "."
	sh.body = func(s *sketch, at point) { drawRegret(s, at, curves) }
	return sh, nil
}

func (c regretCurve) last() float64 { return c.mean[len(c.mean)-1] }

// gapTicks are the values at which the axis may have a line.
var gapTicks = []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100}

// gapAxis returns the ticks around the values of all curves. The lower bounds of
// bands do not stretch it: they may reach 0.
func gapAxis(curves []regretCurve) []float64 {
	low, high := math.Inf(1), 0.0
	for _, c := range curves {
		for q := range c.mean {
			low, high = math.Min(low, c.mean[q]), math.Max(high, c.mean[q])
		}
	}
	first, last := 0, len(gapTicks)-1
	for first < last-1 && gapTicks[first+1] <= math.Max(low, smallestGap) {
		first++
	}
	for last > first+1 && gapTicks[last-1] >= high {
		last--
	}
	return gapTicks[first : last+1]
}

// drawRegret draws the field with its bands, lines and labels.
func drawRegret(s *sketch, at point, curves []regretCurve) {
	ticks := gapAxis(curves)
	a := axes{y0: math.Log10(ticks[0]), y1: math.Log10(ticks[len(ticks)-1]), xName: "queries"}
	room := 0.0
	var lines []curveLine
	for i, c := range curves {
		label := c.line.name() + " " + Real(c.last())
		room = math.Max(room, textWidth(label, labelSize, true)+10)
		line := curveLine{label: label, color: c.line.color(s.dark), heavy: true}
		line.dash = slices.ContainsFunc(lines[:i], func(l curveLine) bool { return !l.dash && nearly(l.color, line.color) })
		for q, v := range c.mean {
			line.x, line.y = append(line.x, float64(q+1)), append(line.y, math.Log10(math.Max(v, ticks[0])))
		}
		a.x1 = math.Max(a.x1, float64(len(c.mean)))
		lines = append(lines, line)
	}
	const ticksOfX = 5
	a.xTicks = stepTicks(a.x1, ticksOfX)
	a.field = box{at.x + 36, at.y + 28, at.x + bodyWidth - room, at.y + 28 + plotHeight}
	s.text(point{at.x, at.y + 12}, "regret, percentage points (logarithmic)", labelSize, false, s.tok.Ink2, left)
	for _, v := range ticks {
		p := a.at(0, math.Log10(v))
		s.line(p, point{a.field.x1, p.y}, 1, s.tok.Line)
		s.text(point{p.x - 6, p.y + 4}, short(v), labelSize, false, s.tok.Ink2, right)
	}
	a.draw(s)
	for i, c := range curves {
		s.band(a, c, lines[i].color)
	}
	a.lines(s, lines)
}

// nearly says whether two colours are hard to tell apart.
func nearly(a, b Hex) bool {
	const enough = 90
	x, y := a.RGBA(), b.RGBA()
	d := func(u, v uint8) float64 { return float64(u) - float64(v) }
	return math.Hypot(math.Hypot(d(x.R, y.R), d(x.G, y.G)), d(x.B, y.B)) < enough
}

// band fills the room between the bounds of a curve, so that what lies under it
// shows through.
func (s *sketch) band(a axes, c regretCurve, ink Hex) {
	const opacity = 40 // of 255
	var ps []point
	place := func(q int, v float64) {
		y := clamp(math.Log10(math.Max(v, smallestGap/10)), a.y0, a.y1)
		ps = append(ps, a.at(float64(q+1), y))
	}
	for q, v := range c.high {
		place(q, v)
	}
	for q := len(c.low) - 1; q >= 0; q-- {
		place(q, c.low[q])
	}
	path := s.path(ps...)
	path.Close()
	rgb := ink.RGBA()
	s.c.SetColor(color.NRGBA{rgb.R, rgb.G, rgb.B, opacity})
	s.c.Fill(path)
}
