package viz

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// ClipShape draws the clipped objective of PPO over the ratio ρ: on the left for a
// choice that did better than expected, on the right for one that did worse. Where
// the line is flat the clip has taken the gradient away.
type ClipShape struct {
	Caption
	Epsilon float64    // ε of clip(ρ, 1 − ε, 1 + ε), above 0 and below 1
	Marks   []ClipMark // decisions to place on the lines, none or some
}

// ClipMark is one decision of [ClipShape].
type ClipMark struct {
	Ratio     float64 // ρ, above 0
	Advantage float64 // its sign says which panel
	Name      string  // a few letters
}

// SVG implements [Figure].
func (c ClipShape) SVG(w io.Writer) error { sh, err := c.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (c ClipShape) PNG(w io.Writer) error { sh, err := c.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: where the two lines are flat, and which marks lie there.
func (c ClipShape) Alt() string { return altOf(c.sheet()) }

const (
	clipGap   = 70.0
	clipRange = 2.0 // ρ from 0 to this
	mostMarks = 12
)

func (c ClipShape) sheet() (*sheet, error) {
	if !(c.Epsilon > 0 && c.Epsilon < 1) {
		return nil, fmt.Errorf("viz: a clip at ε = %v, want more than 0 and less than 1", c.Epsilon)
	}
	if len(c.Marks) > mostMarks {
		return nil, fmt.Errorf("viz: %d marks on the clip, want at most %d", len(c.Marks), mostMarks)
	}
	for _, m := range c.Marks {
		if !(m.Ratio > 0 && m.Ratio <= clipRange) || m.Advantage == 0 || math.IsNaN(m.Advantage) {
			return nil, fmt.Errorf("viz: a mark at ρ = %v with advantage %v, want ρ above 0 and up to %g, and an advantage",
				m.Ratio, m.Advantage, clipRange)
		}
	}
	sh := newSheet(c.Caption, "What the clip does to one decision",
		"Heavy: the objective that PPO climbs, min(ρA, clip(ρ)A). Dashed: ρA, without the clip. "+
			"Shaded: the slope is 0, this decision is left alone.")
	sh.height = plotHeight + 66
	sh.alt = fmt.Sprintf("%s For a good choice the objective is flat where the ratio is above %s, for a bad one "+
		"where it is below %s.", sentence(sh.caption.Title), fixed(1+c.Epsilon, 2), fixed(1-c.Epsilon, 2))
	var stopped []string
	for _, m := range c.Marks {
		if m.flat(c.Epsilon) {
			stopped = append(stopped, m.Name)
		}
	}
	if len(c.Marks) > 0 {
		sh.alt += fmt.Sprintf(" %d of %d decisions lie there: %s.", len(stopped), len(c.Marks), strings.Join(stopped, ", "))
	}
	sh.body = func(s *sketch, at point) {
		wide := (bodyWidth - clipGap) / 2
		c.panel(s, at, wide, 1)
		c.panel(s, point{at.x + wide + clipGap, at.y}, wide, -1)
	}
	return sh, nil
}

// flat says whether the clip stops a mark.
func (m ClipMark) flat(epsilon float64) bool {
	return m.Advantage > 0 && m.Ratio > 1+epsilon || m.Advantage < 0 && m.Ratio < 1-epsilon
}

// panel draws one sign of the advantage, A = 1 or −1.
func (c ClipShape) panel(s *sketch, at point, wide, sign float64) {
	a := axes{x1: clipRange, y1: clipRange, yTicks: []float64{0, 1, 2}, xName: "ρ, probability now over then"}
	title, from, to := "A = 1, better than expected: make it likelier", 1+c.Epsilon, clipRange
	if sign < 0 {
		a.y0, a.y1, a.yTicks = -clipRange, 0, []float64{-2, -1, 0}
		title, from, to = "A = −1, worse than expected: make it rarer", 0, 1-c.Epsilon
	}
	a.field = box{at.x + 30, at.y + 30, at.x + wide, at.y + 30 + plotHeight}
	s.text(point{at.x, at.y + 12}, title, noteSize, true, s.tok.Ink, left)
	s.rect(box{a.at(from, 0).x, a.field.y0, a.at(to, 0).x, a.field.y1}, 0, mix(s.tok.Bg, s.tok.Line, 0.5))
	for _, v := range []float64{1 - c.Epsilon, 1, 1 + c.Epsilon} {
		p := a.at(v, a.y0)
		s.line(point{p.x, a.field.y1}, point{p.x, a.field.y1 + 4}, 1, s.tok.Ink2)
	}
	a.draw(s)
	s.text(point{a.at(1, 0).x, a.field.y1 + 16}, "1", labelSize, false, s.tok.Ink2, centre)
	s.text(point{a.at(1-c.Epsilon, 0).x - 4, a.field.y1 + 16}, "1−ε", labelSize, false, s.tok.Ink2, right)
	s.text(point{a.at(1+c.Epsilon, 0).x + 4, a.field.y1 + 16}, "1+ε", labelSize, false, s.tok.Ink2, left)
	value := func(ratio float64) float64 {
		held := clamp(ratio, 1-c.Epsilon, 1+c.Epsilon)
		return math.Min(ratio*sign, held*sign)
	}
	s.polyline([]point{a.at(0, 0), a.at(clipRange, sign*clipRange)}, 1.2, s.tok.Ink3, 5, 3)
	line := Palette.Method("enas-ppo").Color.On(s.dark)
	bends := []float64{0, 1 - c.Epsilon, 1 + c.Epsilon, clipRange}
	var ps []point
	for _, ratio := range bends {
		ps = append(ps, a.at(ratio, value(ratio)))
	}
	s.polyline(ps, 2.4, line)
	for _, m := range c.Marks {
		if m.Advantage*sign <= 0 {
			continue
		}
		fill, below := line, -9.0
		if m.flat(c.Epsilon) { // the dashed line is above
			fill, below = s.tok.Bg, 17
		}
		p := a.at(m.Ratio, value(m.Ratio))
		s.disc(p, 4.5, fill, 1.6, line)
		s.words(point{p.x, p.y + below}, m.Name, labelSize, true, s.tok.Ink)
	}
}
