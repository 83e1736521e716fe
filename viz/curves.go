package viz

import (
	"fmt"
	"io"
	"math"
	"strings"

	"naslab.dev/nasx/search"
)

// mostRuns is how many methods one figure over time may hold.
const mostRuns = 4

// Accuracies draws the accuracy of the search network (thin, dashed) against
// that of its derived child (thick) over time, for up to four runs.
type Accuracies struct {
	Caption
	Runs []Run
	X    Axis
}

// Entropies draws how undecided runs are over time: mean entropy of their
// decisions, per cell where the traces tell cells apart.
type Entropies struct {
	Caption
	Runs []Run
	X    Axis
}

// SVG implements [Figure].
func (a Accuracies) SVG(w io.Writer) error { sh, err := a.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (a Accuracies) PNG(w io.Writer) error { sh, err := a.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the last accuracies.
func (a Accuracies) Alt() string { return altOf(a.sheet()) }

// SVG implements [Figure].
func (e Entropies) SVG(w io.Writer) error { sh, err := e.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (e Entropies) PNG(w io.Writer) error { sh, err := e.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the last entropies.
func (e Entropies) Alt() string { return altOf(e.sheet()) }

// chart is a field of lines, ready to be placed.
type chart struct {
	axes  axes
	lines []curveLine
	rule  float64 // a dotted horizontal line, 0 for none
	named string  // what the rule is
	alt   string
	note  string // "entropy axis starts at 1.6"
}

// plotHeight is the height of a field over time.
const plotHeight = 230.0

func (a Accuracies) sheet() (*sheet, error) {
	ch, err := accuracyChart(a.Runs, a.X, a.Dark)
	if err != nil {
		return nil, err
	}
	note := "Accuracy on held-out images, over " + a.X.Name() +
		". Search: the network that is searched, dashed. Child: the derived architecture with inherited weights."
	return ch.alone(a.Caption, "Accuracy of search and child", note, a.Runs), nil
}

func (e Entropies) sheet() (*sheet, error) {
	ch, err := entropyChart(e.Runs, e.X, e.Dark)
	if err != nil {
		return nil, err
	}
	note := "Entropy in nats per decision, mean, over " + e.X.Name() + ". The lower, the more decided."
	return ch.alone(e.Caption, "Entropy of the decisions", note, e.Runs), nil
}

// alone makes a chart a figure of its own.
func (ch *chart) alone(c Caption, title, note string, runs []Run) *sheet {
	if c.Repro == "" {
		c.Repro = reproOfRuns(runs)
	}
	c.Repro = joinDot(c.Repro, ch.note)
	sh := newSheet(c, title, note)
	sh.height = plotHeight + 40
	sh.alt = sentence(sh.caption.Title) + " " + ch.alt
	sh.body = func(s *sketch, at point) {
		ch.draw(s, box{at.x + 36, at.y + 8, at.x + bodyWidth - ch.labelRoom(), at.y + 8 + plotHeight})
	}
	return sh
}

// labelRoom is the width that the labels at the ends of lines need.
func (ch *chart) labelRoom() float64 {
	w := textWidth(ch.named, labelSize, false)
	for _, l := range ch.lines {
		w = math.Max(w, textWidth(l.label, labelSize, l.heavy))
	}
	return w + 10
}

// draw places the chart's field.
func (ch *chart) draw(s *sketch, field box) {
	a := ch.axes
	a.field = field
	a.draw(s)
	if ch.rule > 0 {
		p := a.at(a.x0, ch.rule)
		s.line(p, point{field.x1, p.y}, 1, s.tok.Ink3, 1.5, 3)
	}
	lines := ch.lines
	if ch.rule > 0 { // its name is pushed apart with the others
		end := series{[]float64{a.x1}, []float64{ch.rule}}
		lines = append([]curveLine{{series: end, label: ch.named, color: s.tok.Ink3, bare: true}}, lines...)
	}
	a.lines(s, lines)
}

// checkRuns refuses none and too many.
func checkRuns(runs []Run, what string) error {
	if len(runs) == 0 || len(runs) > mostRuns {
		return fmt.Errorf("viz: %d runs to draw the %s of, want 1 to %d", len(runs), what, mostRuns)
	}
	return nil
}

// scaled returns the series with x in the unit of an axis.
func scaled(s series, factor float64) series {
	x := make([]float64, len(s.x))
	for i, v := range s.x {
		x[i] = v * factor
	}
	return series{x, s.y}
}

func accuracyChart(runs []Run, x Axis, dark bool) (*chart, error) {
	if err := checkRuns(runs, "accuracy"); err != nil {
		return nil, err
	}
	ch := &chart{axes: axes{y0: 0, y1: 1, yTicks: []float64{0, 0.25, 0.5, 0.75, 1}, places: 2, xName: x.Name()}}
	var parts []string
	for _, r := range runs {
		factor, err := x.scale(r.About)
		if err != nil {
			return nil, err
		}
		name, c := methodLabel(r.About), r.color(dark)
		for _, kind := range []struct {
			word  string
			data  series
			heavy bool
		}{{"search", r.scalar(search.ScalarSearchAccuracy), false}, {"child", r.child(), true}} {
			if kind.data.empty() {
				continue
			}
			short := name + " " + kind.word
			label := short + " " + Accuracy(kind.data.last())
			ch.lines = append(ch.lines, curveLine{
				series: scaled(kind.data, factor), name: short, label: label,
				color: c, heavy: kind.heavy, dash: !kind.heavy,
			})
			parts = append(parts, label)
		}
	}
	if len(ch.lines) == 0 {
		return nil, fmt.Errorf("viz: no trace of %s has an accuracy to draw", namesOf(runs))
	}
	ch.fitX()
	ch.alt = "At the end: " + strings.Join(parts, ", ") + "."
	return ch, nil
}

func entropyChart(runs []Run, x Axis, dark bool) (*chart, error) {
	if err := checkRuns(runs, "entropy"); err != nil {
		return nil, err
	}
	ch := &chart{axes: axes{places: 1, xName: x.Name()}}
	var parts []string
	choices := 0
	for _, r := range runs {
		factor, err := x.scale(r.About)
		if err != nil {
			return nil, err
		}
		name, c := methodLabel(r.About), r.color(dark)
		kinds := entropiesOf(r)
		for i, k := range kinds {
			short := joined(name, k.word)
			label := short + " " + Nats(k.data.last())
			line := curveLine{series: scaled(k.data, factor), name: short, label: label, color: c, heavy: i == 0}
			ch.lines = append(ch.lines, line)
			parts = append(parts, label)
		}
		for _, d := range r.About.Decisions {
			choices = max(choices, len(d.Choices))
		}
	}
	if len(ch.lines) == 0 {
		return nil, fmt.Errorf("viz: no trace of %s has an entropy to draw", namesOf(runs))
	}
	ch.fitX()
	ch.fitEntropy(choices)
	ch.alt = "At the end, in nats: " + strings.Join(parts, ", ") + "."
	if ch.named != "" {
		ch.alt += " Undecided is " + ch.named + "."
	}
	return ch, nil
}

// fitX lets the x axis begin at 0 and end with the data.
func (ch *chart) fitX() {
	const ticks = 4
	for _, l := range ch.lines {
		ch.axes.x1 = math.Max(ch.axes.x1, l.x[len(l.x)-1])
	}
	ch.axes.x1 = math.Max(ch.axes.x1, 1)
	ch.axes.xTicks = stepTicks(ch.axes.x1, ticks)
}

// fitEntropy sets the y axis from a tenth below the lowest value to ln K.
func (ch *chart) fitEntropy(choices int) {
	low, high := math.Inf(1), 0.0
	for _, l := range ch.lines {
		for _, v := range l.y {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if choices > 1 {
		ch.rule, ch.named = math.Log(float64(choices)), "ln "+Count(choices)
		high = math.Max(high, ch.rule)
	}
	const steps, most = 10, 5
	a := &ch.axes
	a.y0 = math.Max(0, math.Floor(low*steps-0.5)/steps)
	a.y1 = math.Ceil(high*steps-1e-9) / steps
	if a.y1-a.y0 < 0.2 {
		a.y0 = math.Max(0, a.y1-0.2)
	}
	step := math.Max(0.1, niceStep(a.y1-a.y0, most))
	if step < 0.5 && step > 0.2 {
		step = 0.5
	}
	a.y0 = math.Max(0, math.Floor(a.y0/step+1e-9)*step)
	for v := a.y0; v <= a.y1+1e-9; v += step {
		a.yTicks = append(a.yTicks, v)
	}
	if a.y0 > 0 {
		ch.note = "entropy axis starts at " + fixed(a.y0, 1)
	}
}
