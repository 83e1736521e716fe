package viz

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Ratios draws the inner steps of one update of PPO side by side: for each, the
// ratio of every decision of the batch, good choices on the right half of the
// column and bad ones on the left. Hollow dots are those that the clip stops.
type Ratios struct {
	Caption
	Epsilon float64      // ε of the clip, above 0 and below 1
	Passes  []RatiosPass // 1 to 12 inner steps
}

// RatiosPass is one inner step of [Ratios].
type RatiosPass struct {
	Name       string    // under the column: "epoch 1"
	Ratios     []float64 // ρ of every decision, above 0
	Advantages []float64 // A of every decision
	Stopped    []bool    // where the clip took the gradient away
}

// SVG implements [Figure].
func (r Ratios) SVG(w io.Writer) error { sh, err := r.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (r Ratios) PNG(w io.Writer) error { sh, err := r.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the share of stopped decisions per inner step.
func (r Ratios) Alt() string { return altOf(r.sheet()) }

const (
	mostPasses = 12
	mostDots   = 20000
)

// check says what cannot be drawn.
func (r Ratios) check() error {
	if !(r.Epsilon > 0 && r.Epsilon < 1) {
		return fmt.Errorf("viz: a clip at ε = %v, want more than 0 and less than 1", r.Epsilon)
	}
	if len(r.Passes) == 0 || len(r.Passes) > mostPasses {
		return fmt.Errorf("viz: %d inner steps to draw, want 1 to %d", len(r.Passes), mostPasses)
	}
	for _, p := range r.Passes {
		if len(p.Ratios) == 0 || len(p.Ratios) > mostDots ||
			len(p.Advantages) != len(p.Ratios) || len(p.Stopped) != len(p.Ratios) {
			return fmt.Errorf("viz: %s has %d ratios, %d advantages and %d marks, want 1 to %d, and as many of each",
				p.Name, len(p.Ratios), len(p.Advantages), len(p.Stopped), mostDots)
		}
		for i, v := range p.Ratios {
			if !(v > 0) || math.IsInf(v, 0) || math.IsNaN(p.Advantages[i]) {
				return fmt.Errorf("viz: %s has the ratio %v with advantage %v, want a number above 0 and a number",
					p.Name, v, p.Advantages[i])
			}
		}
	}
	return nil
}

// share returns the percentage of a pass that the clip stops.
func (p RatiosPass) share() float64 {
	n := 0.0
	for _, s := range p.Stopped {
		if s {
			n++
		}
	}
	return 100 * n / float64(len(p.Stopped))
}

// reach is the largest |ln ρ| that the axis must hold.
func (r Ratios) reach() float64 {
	most := 1.3 * math.Log1p(r.Epsilon)
	for _, p := range r.Passes {
		for _, v := range p.Ratios {
			most = math.Max(most, 1.05*math.Abs(math.Log(v)))
		}
	}
	return math.Min(most, math.Log(1000))
}

func (r Ratios) sheet() (*sheet, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	sh := newSheet(r.Caption, "How far every decision has moved, inner step by inner step",
		"One dot per decision of the batch: its probability now over that when it was made, on a logarithmic scale. "+
			"Left half of a column: worse than expected (A < 0); right half: better. Hollow: stopped by the clip. "+
			"Lines at 1 ± ε.")
	sh.height = plotHeight + 74
	var parts []string
	for _, p := range r.Passes {
		parts = append(parts, fmt.Sprintf("%s %s %%", p.Name, fixed(p.share(), 0)))
	}
	sh.alt = sentence(sh.caption.Title) + " Stopped by the clip: " + strings.Join(parts, ", ") + "."
	sh.body = r.draw
	return sh, nil
}

// ratioTicks are where the axis may have a line.
var ratioTicks = []float64{0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000}

func (r Ratios) draw(s *sketch, at point) {
	reach := r.reach()
	a := axes{x1: float64(len(r.Passes)), y0: -reach, y1: reach}
	a.field = box{at.x + 44, at.y + 24, at.x + bodyWidth, at.y + 24 + plotHeight}
	s.text(point{at.x, at.y + 10}, "ratio ρ", labelSize, false, s.tok.Ink2, left)
	for _, v := range ratioTicks {
		y := math.Log(v)
		near := math.Abs(y-math.Log1p(r.Epsilon)) < 0.05*reach || math.Abs(y-math.Log1p(-r.Epsilon)) < 0.05*reach
		if math.Abs(y) > reach || near {
			continue
		}
		p := a.at(0, y)
		s.line(p, point{a.field.x1, p.y}, 1, s.tok.Line)
		s.text(point{p.x - 6, p.y + 4}, short(v), labelSize, false, s.tok.Ink2, right)
	}
	for _, bound := range []float64{1 - r.Epsilon, 1 + r.Epsilon} {
		p := a.at(0, math.Log(bound))
		s.line(p, point{a.field.x1, p.y}, 1.2, s.tok.Ink3, 5, 3)
		s.text(point{p.x - 6, p.y + 4}, short(bound), labelSize, true, s.tok.Ink2, right)
	}
	ink := Palette.Method("enas-ppo").Color.On(s.dark)
	for i, pass := range r.Passes {
		for d, v := range pass.Ratios {
			// Dots share a half of the column by their number, so that none hides another.
			x := float64(i) + 0.5
			slot := 0.06 + 0.36*float64(d*7919%len(pass.Ratios))/float64(len(pass.Ratios))
			if pass.Advantages[d] < 0 {
				slot = -slot
			}
			fill := ink
			if pass.Stopped[d] {
				fill = s.tok.Bg
			}
			s.disc(a.at(x+slot, clamp(math.Log(v), -reach, reach)), 2.6, fill, 1, ink)
		}
		x := a.at(float64(i)+0.5, 0).x
		s.text(point{x, a.field.y1 + 17}, pass.Name, labelSize, false, s.tok.Ink2, centre)
		s.text(point{x, a.field.y1 + 33}, fixed(pass.share(), 0)+" % stopped", labelSize, true, s.tok.Ink, centre)
		if i > 0 {
			edge := a.at(float64(i), 0).x
			s.line(point{edge, a.field.y0}, point{edge, a.field.y1}, 1, s.tok.Line)
		}
	}
	s.line(point{a.field.x0, a.field.y1}, point{a.field.x1, a.field.y1}, 1, s.tok.Ink2)
}
