package viz

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Strips draws lists of numbers as rows of dots on one scale, each with its mean
// and the width of its spread: estimates of one quantity, by different rules.
type Strips struct {
	Caption
	Unit  string   // under the axis
	Rows  []Strip  // 1 to 8
	Truth *float64 // what all of them estimate, nil where it is not known
}

// Strip is one row of [Strips].
type Strip struct {
	Name   string
	Values []float64 // at least two
}

// SVG implements [Figure].
func (t Strips) SVG(w io.Writer) error { sh, err := t.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (t Strips) PNG(w io.Writer) error { sh, err := t.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: mean and standard deviation of every row.
func (t Strips) Alt() string { return altOf(t.sheet()) }

const (
	mostStrips = 8
	stripHigh  = 62.0
	stripName  = 150.0
	stripText  = 130.0
)

// check says what cannot be drawn.
func (t Strips) check() error {
	if len(t.Rows) == 0 || len(t.Rows) > mostStrips {
		return fmt.Errorf("viz: %d strips, want 1 to %d", len(t.Rows), mostStrips)
	}
	for _, r := range t.Rows {
		if len(r.Values) < 2 || len(r.Values) > mostDots {
			return fmt.Errorf("viz: strip %q has %d numbers, want 2 to %d", clip(r.Name, 20), len(r.Values), mostDots)
		}
		for _, v := range r.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("viz: strip %q has %v, want finite numbers", clip(r.Name, 20), v)
			}
		}
	}
	if t.Truth != nil && (math.IsNaN(*t.Truth) || math.IsInf(*t.Truth, 0)) {
		return fmt.Errorf("viz: the truth of the strips is %v, want a finite number", *t.Truth)
	}
	return nil
}

// spread returns mean and standard deviation, 0 for a single value.
func spread(values []float64) (mean, deviation float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean) / math.Max(1, n-1)
	}
	return mean, math.Sqrt(deviation)
}

func (t Strips) sheet() (*sheet, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	sh := newSheet(t.Caption, "Estimates by different rules",
		"One dot per estimate. Bar: mean ± one standard deviation of a single estimate. Dashed: the truth.")
	sh.height = 14 + stripHigh*float64(len(t.Rows)) + 40
	var parts []string
	for _, r := range t.Rows {
		mean, deviation := spread(r.Values)
		parts = append(parts, fmt.Sprintf("%s %s ± %s", r.Name, Real(mean), Real(deviation)))
	}
	sh.alt = sentence(sh.caption.Title) + " Mean and standard deviation: " + strings.Join(parts, ", ") + "."
	sh.body = t.draw
	return sh, nil
}

func (t Strips) draw(s *sketch, at point) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range t.Rows {
		for _, v := range r.Values {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if t.Truth != nil {
		low, high = math.Min(low, *t.Truth), math.Max(high, *t.Truth)
	}
	step := niceStep(math.Max(high-low, 1e-9), 8)
	a := axes{x0: math.Floor(low/step) * step, x1: math.Ceil(high/step) * step, y1: 1}
	a.field = box{
		at.x + stripName, at.y + 14, at.x + bodyWidth - stripText, at.y + 14 + stripHigh*float64(len(t.Rows)),
	}
	for v := a.x0; v <= a.x1+step/2; v += step {
		p := a.at(v, 0)
		s.line(point{p.x, a.field.y0}, p, 1, s.tok.Line)
		s.text(point{p.x, p.y + 16}, short(math.Round(v/step)*step), labelSize, false, s.tok.Ink2, centre)
	}
	s.text(point{(a.field.x0 + a.field.x1) / 2, a.field.y1 + 33}, t.Unit, labelSize, false, s.tok.Ink2, centre)
	if t.Truth != nil {
		x := a.at(*t.Truth, 0).x
		s.line(point{x, a.field.y0 - 4}, point{x, a.field.y1}, 1.2, s.tok.Ink, 5, 3)
		s.text(point{x, a.field.y0 - 8}, "truth "+Real(*t.Truth), labelSize, true, s.tok.Ink, centre)
	}
	for i, r := range t.Rows {
		mean, deviation := spread(r.Values)
		y := a.field.y0 + stripHigh*(float64(i)+0.5)
		for n, v := range r.Values {
			off := float64(n*7919%len(r.Values))/float64(len(r.Values)) - 0.5
			s.disc(point{a.at(v, 0).x, y + 6 + 0.42*stripHigh*off}, 1.7, mix(s.tok.Bg, s.tok.Ink3, 0.55), 0, s.tok.Ink3)
		}
		from, to := a.at(mean-deviation, 0).x, a.at(mean+deviation, 0).x
		s.line(point{from, y - 18}, point{to, y - 18}, 2.4, s.tok.Ink)
		s.disc(point{a.at(mean, 0).x, y - 18}, 4, s.tok.Ink, 1, s.tok.Bg)
		s.text(point{at.x, y + 4}, r.Name, noteSize, true, s.tok.Ink, left)
		s.text(point{a.field.x1 + 12, y}, "mean "+Real(mean), labelSize, false, s.tok.Ink, left)
		s.text(point{a.field.x1 + 12, y + 15}, "± "+Real(deviation), labelSize, true, s.tok.Ink, left)
	}
}
