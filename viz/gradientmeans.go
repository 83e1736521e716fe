package viz

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// GradientMeans draws the exact gradient of every choice as a tick, and beside it
// the mean of each estimator as a bar with its standard error, one column per
// estimator.
type GradientMeans struct {
	Caption
	Estimates
}

// SVG implements [Figure].
func (g GradientMeans) SVG(w io.Writer) error { sh, err := g.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (g GradientMeans) PNG(w io.Writer) error { sh, err := g.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the exact gradient, and how far each mean is from it.
func (g GradientMeans) Alt() string { return altOf(g.sheet()) }

// Measures of the columns.
const (
	meansHead  = 40.0
	meansRow   = 18.0
	meansApart = 10.0 // between decisions
	meansFoot  = 44.0
	meansNames = 136.0
	meansGap   = 20.0
)

func (g GradientMeans) sheet() (*sheet, error) {
	const mostColumns, mostRows = 7, 60
	if err := g.check(); err != nil {
		return nil, err
	}
	rows := 0
	for _, d := range g.Decisions {
		rows += len(d.Choices)
	}
	if len(g.Estimators) > mostColumns || rows > mostRows {
		return nil, fmt.Errorf("viz: means of %d estimators for %d choices, want at most %d for %d",
			len(g.Estimators), rows, mostColumns, mostRows)
	}
	sh := newSheet(g.Caption, "The exact gradient of every choice, and what estimators give on average",
		"Black tick: exact gradient of the expected loss in the logit. Bar: mean of the estimates, with its standard "+
			"error. Below: distance between the two, relative to the length of the exact gradient.")
	sh.height = meansHead + meansRow*float64(rows) + meansApart*float64(len(g.Decisions)-1) + meansFoot
	var parts []string
	for _, e := range g.Estimators {
		parts = append(parts, e.Name+" "+g.whole(e).biasText())
	}
	sh.alt = sentence(sh.caption.Title) + " Relative bias: " + strings.Join(parts, "; ") + "."
	sh.body = g.draw
	return sh, nil
}

// rows calls do with every choice and the height of its row.
func (g GradientMeans) rows(top float64, do func(d, k int, y float64)) {
	y := top
	for d, one := range g.Decisions {
		for k := range one.Choices {
			do(d, k, y+meansRow/2)
			y += meansRow
		}
		y += meansApart
	}
}

func (g GradientMeans) draw(s *sketch, at point) {
	low, high := 0.0, 0.0
	for _, e := range g.Estimators {
		for d, row := range e.Mean {
			for k, v := range row {
				low = math.Min(low, math.Min(v-e.Err[d][k], g.Truth[d][k]))
				high = math.Max(high, math.Max(v+e.Err[d][k], g.Truth[d][k]))
			}
		}
	}
	top, bottom := at.y+meansHead, 0.0
	g.rows(top, func(d, k int, y float64) {
		bottom = y + meansRow/2
		if k == 0 {
			s.text(point{at.x, y + 4}, clip(g.Decisions[d].Name, 6), labelSize, true, s.tok.Ink, left)
		}
		s.text(point{at.x + 38, y + 4}, clip(Palette.Op(g.Decisions[d].Choices[k]).Label, 14),
			labelSize, false, s.tok.Ink, left)
	})
	n := float64(len(g.Estimators))
	wide := (bodyWidth - meansNames - meansGap*(n-1)) / n
	for i, e := range g.Estimators {
		x := at.x + meansNames + float64(i)*(wide+meansGap)
		first, second, _ := strings.Cut(e.Name, ", ")
		c := Palette.Method(e.Method).Color.On(s.dark)
		s.text(point{x, at.y + 11}, clip(first, int(wide/7)), noteSize, true, c, left)
		s.text(point{x, at.y + 27}, clip(second, int(wide/6)), labelSize, false, s.tok.Ink2, left)
		g.column(s, e, axes{field: box{x, top, x + wide, bottom}, x0: low, x1: high})
		s.text(point{x, bottom + 36}, "bias "+g.whole(e).biasText(),
			labelSize, false, s.tok.Ink, left)
	}
}

// column draws one estimator.
func (g GradientMeans) column(s *sketch, e Estimated, a axes) {
	x := func(v float64) float64 { return a.at(v, 0).x }
	a.column(s, 1, fixed)
	c := Palette.Method(e.Method).Color.On(s.dark)
	g.rows(a.field.y0, func(d, k int, y float64) {
		v := e.Mean[d][k]
		s.rect(box{math.Min(x(0), x(v)), y - 5, math.Max(x(0), x(v)), y + 5}, 0, mix(s.tok.Bg, c, 0.45))
		s.line(point{x(v - e.Err[d][k]), y}, point{x(v + e.Err[d][k]), y}, 2, c)
		s.line(point{x(g.Truth[d][k]), y - 8}, point{x(g.Truth[d][k]), y + 8}, 2.6, s.tok.Ink)
	})
}
