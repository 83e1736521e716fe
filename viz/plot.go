package viz

import (
	"math"
	"sort"
)

// axes is one plot: a field with two linear scales.
type axes struct {
	field          box // of the data
	x0, x1, y0, y1 float64
	xTicks, yTicks []float64
	xName          string
	places         int // of the y ticks
}

func (a axes) at(x, y float64) point {
	fx, fy := 0.0, 0.0
	if a.x1 > a.x0 {
		fx = (x - a.x0) / (a.x1 - a.x0)
	}
	if a.y1 > a.y0 {
		fy = (y - a.y0) / (a.y1 - a.y0)
	}
	return point{a.field.x0 + fx*(a.field.x1-a.field.x0), a.field.y1 - fy*(a.field.y1-a.field.y0)}
}

// draw draws grid and labels: horizontal lines only, no line for the y axis.
func (a axes) draw(s *sketch) {
	for _, v := range a.yTicks {
		p := a.at(a.x0, v)
		s.line(p, point{a.field.x1, p.y}, 1, s.tok.Line)
		s.text(point{a.field.x0 - 6, p.y + 4}, fixed(v, a.places), labelSize, false, s.tok.Ink2, right)
	}
	base := a.field.y1
	s.line(point{a.field.x0, base}, point{a.field.x1, base}, 1, s.tok.Ink2)
	for _, v := range a.xTicks {
		p := a.at(v, a.y0)
		s.line(point{p.x, base}, point{p.x, base + 4}, 1, s.tok.Ink2)
		s.text(point{p.x, base + 16}, Thousands(fixed(v, 0)), labelSize, false, s.tok.Ink2, centre)
	}
	if a.xName != "" {
		s.text(point{(a.field.x0 + a.field.x1) / 2, base + 33}, a.xName, labelSize, false, s.tok.Ink2, centre)
	}
}

// column draws the line of 0 of a narrow field and its scale below, on which 1 is
// written as unit.
func (a axes) column(s *sketch, unit float64, text func(v float64, places int) string) {
	zero := a.at(0, a.y0).x
	s.line(point{zero, a.field.y0}, point{zero, a.field.y1}, 1, s.tok.Ink2)
	step := niceStep(unit*(a.x1-a.x0), 3)
	for v := math.Ceil(unit*a.x0/step) * step; v <= unit*a.x1+1e-9*step; v += step {
		p := a.at(v/unit, a.y0)
		s.line(p, point{p.x, p.y + 4}, 1, s.tok.Ink2)
		s.text(point{p.x, p.y + 16}, text(v, placesOf(step)), labelSize, false, s.tok.Ink2, centre)
	}
	s.line(point{a.field.x0, a.field.y1}, point{a.field.x1, a.field.y1}, 1, s.tok.Line)
}

// curveLine is one line of a plot with its label at the end.
type curveLine struct {
	series
	name  string // without its last value
	label string // at the end of the line
	color Hex
	heavy bool // what the figure is about, 2.4 px; else 1.2
	dash  bool
	bare  bool // a label alone
}

func (l curveLine) width() float64 {
	if l.heavy {
		return 2.4
	}
	return 1.2
}

// lines draws lines and their labels, light ones first. Labels that would touch
// are pushed apart.
func (a axes) lines(s *sketch, lines []curveLine) {
	for _, heavy := range []bool{false, true} {
		for _, l := range lines {
			if l.heavy != heavy || l.empty() || l.bare {
				continue
			}
			var ps []point
			for i := range l.x {
				ps = append(ps, a.at(l.x[i], clamp(l.y[i], a.y0, a.y1)))
			}
			var dash []float64
			if l.dash {
				dash = []float64{5, 3}
			}
			s.polyline(ps, l.width(), l.color, dash...)
			if len(ps) == 1 {
				s.disc(ps[0], 2.2, l.color, 0, l.color)
			}
		}
	}
	var ends []endLabel
	for _, l := range lines {
		if l.empty() {
			continue
		}
		p := a.at(l.x[len(l.x)-1], clamp(l.last(), a.y0, a.y1))
		ends = append(ends, endLabel{p.y, l.label, l.color, l.heavy})
	}
	a.endLabels(s, ends)
}

// endLabel is a text at the right end of a line.
type endLabel struct {
	y    float64
	text string
	col  Hex
	bold bool
}

// endLabels writes labels beside the field, at least a line apart.
func (a axes) endLabels(s *sketch, ends []endLabel) {
	ys := make([]float64, len(ends))
	for i, e := range ends {
		ys[i] = e.y
	}
	ys = apart(ys, 1.25*labelSize, a.field.y0-6, a.field.y1)
	for i, e := range ends {
		s.text(point{a.field.x1 + 7, ys[i] + 4}, e.text, labelSize, e.bold, e.col, left)
	}
}

// apart moves values as little as it can until neighbours are gap apart,
// keeping their order and, where there is room, low … high.
func apart(ys []float64, gap, low, high float64) []float64 {
	order := make([]int, len(ys))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return ys[order[i]] < ys[order[j]] })
	// Blocks of touching labels, each centred on the mean of its wishes.
	type block struct{ sum, n float64 }
	var blocks []block
	top := func(b block) float64 {
		return clamp(b.sum/b.n-(b.n-1)*gap/2, low, math.Max(low, high-(b.n-1)*gap))
	}
	for _, i := range order {
		blocks = append(blocks, block{ys[i], 1})
		for len(blocks) > 1 {
			a, b := blocks[len(blocks)-2], blocks[len(blocks)-1]
			if top(a)+a.n*gap <= top(b)+1e-9 {
				break
			}
			blocks = append(blocks[:len(blocks)-2], block{a.sum + b.sum, a.n + b.n})
		}
	}
	out := make([]float64, len(ys))
	k := 0
	for _, b := range blocks {
		for j := range int(b.n) {
			out[order[k]] = top(b) + float64(j)*gap
			k++
		}
	}
	return out
}

// niceStep returns a step of 1, 2, 2.5 or 5 times a power of ten that divides a
// range into at most n parts.
func niceStep(size float64, n int) float64 {
	if !(size > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(size/float64(n))))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if size/(m*power) <= float64(n)+1e-9 {
			return m * power
		}
	}
	return 10 * power
}

// placesOf returns how many places a number with one digit, or 2.5, and a power of
// ten needs: that of a step serves all its ticks.
func placesOf(step float64) int {
	places := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if v := step * math.Pow10(places); math.Abs(v-math.Round(v)) > 1e-6 {
		places++
	}
	return places
}

// stepTicks returns whole numbers for an axis of steps that ends at most: its
// end is always among them.
func stepTicks(most float64, n int) []float64 {
	step := math.Max(1, niceStep(most, n))
	if whole := int(most); most >= float64(n) && whole%n == 0 && float64(whole) == most {
		step = most / float64(n)
	}
	out := []float64{}
	for v := 0.0; v < most-0.6*step; v += step {
		out = append(out, v)
	}
	return append(out, most)
}
