package viz

import (
	"io"
	"math"
	"strings"
)

// Tradeoff draws bias against scatter, both logarithmic and relative to the
// length of the exact gradient: a point for every estimator, a line through the
// settings of one. What has no bias that could be found lies on the lowest line,
// what does not scatter at the left.
type Tradeoff struct {
	Caption
	Estimates
}

// SVG implements [Figure].
func (t Tradeoff) SVG(w io.Writer) error { sh, err := t.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (t Tradeoff) PNG(w io.Writer) error { sh, err := t.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: bias and deviation of every estimator.
func (t Tradeoff) Alt() string { return altOf(t.sheet()) }

// tradeoffHeight is the height of the field.
const tradeoffHeight = 330.0

func (t Tradeoff) sheet() (*sheet, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	sh := newSheet(t.Caption, "Bias against scatter",
		"Over all decisions, relative to the length of the exact gradient; both scales are logarithmic, and lines are "+
			"one standard error where that is wider than the mark. At 0: no bias beyond chance, or no scatter at all.")
	sh.height = tradeoffHeight + 66
	sh.alt = sentence(sh.caption.Title) + " " + t.words()
	sh.body = t.draw
	return sh, nil
}

// scales fits both axes; that of the bias runs upwards.
func (t Tradeoff) scales(at point) (x, y logScale) {
	var xs, ys []float64
	for _, e := range t.Estimators {
		d := t.whole(e)
		xs = append(xs, d.SD)
		if d.Clear {
			ys = append(ys, d.Bias)
		}
	}
	const names = 44.0
	x = newLogScale(xs, at.x+names, at.x+bodyWidth-60, true)
	y = newLogScale(ys, at.y+24+tradeoffHeight, at.y+24, false)
	y.zero, y.left = y.left-10, y.left-44
	return x, y
}

func (t Tradeoff) draw(s *sketch, at point) {
	x, y := t.scales(at)
	left0, right0, bottom := x.zero-10, x.right+40, y.zero+10
	s.text(point{at.x, at.y + 11}, "bias / ‖exact‖", labelSize, false, s.tok.Ink2, left)
	for _, v := range y.ticks() {
		s.line(point{left0, y.at(v)}, point{right0, y.at(v)}, 1, s.tok.Line)
		s.text(point{left0 - 6, y.at(v) + 4}, tickText(v), labelSize, false, s.tok.Ink2, right)
	}
	s.line(point{left0, y.zero}, point{right0, y.zero}, 1, s.tok.Ink3, 2, 3)
	s.text(point{left0 - 6, y.zero + 4}, "0", labelSize, false, s.tok.Ink2, right)
	s.line(point{left0, bottom}, point{right0, bottom}, 1, s.tok.Ink2)
	for _, v := range append([]float64{0}, x.ticks()...) {
		s.line(point{x.at(v), bottom}, point{x.at(v), bottom + 4}, 1, s.tok.Ink2)
		text := "0"
		if v > 0 {
			text = tickText(v)
		}
		s.text(point{x.at(v), bottom + 16}, text, labelSize, false, s.tok.Ink2, centre)
	}
	s.text(point{(left0 + right0) / 2, bottom + 33}, "standard deviation of one estimate / ‖exact‖",
		labelSize, false, s.tok.Ink2, centre)
	t.marks(s, x, y)
}

// marks draws joins, points and names.
func (t Tradeoff) marks(s *sketch, x, y logScale) {
	var places []point
	for i, e := range t.Estimators {
		d := t.whole(e)
		places = append(places, point{x.at(d.SD), y.at(d.shown())})
		if e.Join && i > 0 {
			s.line(places[i-1], places[i], 1.6, Palette.Method(e.Method).Color.On(s.dark))
		}
	}
	const radius = 4.6
	var taken []box
	for i, e := range t.Estimators {
		d, p, c := t.whole(e), places[i], Palette.Method(e.Method).Color.On(s.dark)
		if d.Clear {
			s.line(point{p.x, y.at(math.Max(2*none, d.Bias-d.BiasErr))}, point{p.x, y.at(d.Bias + d.BiasErr)}, 1.6, c)
		}
		if d.SD > none {
			s.line(point{x.at(d.SD - d.SDErr), p.y}, point{x.at(d.SD + d.SDErr), p.y}, 1.6, c)
		}
		if d.Clear {
			s.disc(p, radius, c, 1, s.tok.Bg)
		} else {
			s.disc(p, radius, s.tok.Bg, 1.6, c)
		}
		taken = append(taken, centred(p, 2*radius, 2*radius))
	}
	taken = append(taken, box{x.zero - 10, y.zero - 1, x.right + 40, y.zero + 40}) // nothing is written on the lowest line
	field := box{x.zero, y.right - 8, bodyWidth + margin, y.zero + 8}
	for i, e := range t.Estimators {
		name := e.Name
		if _, setting, found := strings.Cut(name, ", "); found && e.Join {
			name = setting
		}
		c := Palette.Method(e.Method).Color.On(s.dark)
		room := freePlace(places[i], textWidth(name, labelSize, true), append(taken, t.joins(places)...), field)
		taken = append(taken, room)
		s.text(point{room.x0, room.y1 - 3}, name, labelSize, true, c, left)
	}
}

// joins returns small boxes along the lines between joined points.
func (t Tradeoff) joins(places []point) []box {
	const pieces, side = 60, 5.0
	var out []box
	for i, e := range t.Estimators {
		for n := range pieces {
			if e.Join && i > 0 {
				out = append(out, centred(lerp(places[i-1], places[i], float64(n)/pieces), side, side))
			}
		}
	}
	return out
}

// freePlace finds the nearest room for a label of a width beside a point that is
// not taken yet, inside a field; the last resort is to the right.
func freePlace(p point, width float64, taken []box, field box) box {
	const height, gap = 13.0, 8.0
	for _, dy := range []float64{0, -9, 9, -15, 15, -22, 22, -30, 30, -40, -52, -64} {
		for _, x := range []float64{p.x + gap, p.x - gap - width, p.x - width/2} {
			room := box{x, p.y + dy - height/2, x + width, p.y + dy + height/2}
			free := room.x0 >= field.x0 && room.x1 <= field.x1 && room.y0 >= field.y0 && room.y1 <= field.y1
			for _, t := range taken {
				free = free && !room.overlaps(t)
			}
			if free {
				return room
			}
		}
	}
	return box{p.x + gap, p.y - height/2, p.x + gap + width, p.y + height/2}
}
