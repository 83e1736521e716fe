package viz

import (
	"fmt"
	"io"
	"math"
	"strings"

	"naslab.dev/nasx/search"
)

// Outcome is what a method reached after search, one value per seed.
type Outcome struct {
	Method string    // key of [Palette], for example "snas"
	Search []float64 // accuracy of the search network; may be empty
	Child  []float64 // accuracy of the derived child; may be empty
}

// OutcomesOf collects the last accuracies of runs, one value per run, by method
// in the order in which methods appear.
func OutcomesOf(runs ...Run) []Outcome {
	var out []Outcome
	at := map[string]int{}
	for _, r := range runs {
		i, ok := at[r.About.Method]
		if !ok {
			i = len(out)
			at[r.About.Method] = i
			out = append(out, Outcome{Method: r.About.Method})
		}
		if s := r.scalar(search.ScalarSearchAccuracy); !s.empty() {
			out[i].Search = append(out[i].Search, s.last())
		}
		if s := r.child(); !s.empty() {
			out[i].Child = append(out[i].Child, s.last())
		}
	}
	return out
}

// AfterSearch draws the accuracies after search: a bar for the mean, hollow for
// the search network and solid for its child, and a dot for every seed.
type AfterSearch struct {
	Caption
	Outcomes []Outcome
}

// Comparison draws methods side by side in three panels: accuracy over time,
// entropy over time, and accuracy after search with single seeds.
type Comparison struct {
	Caption
	Runs     []Run     // one seed of each method, over time
	Outcomes []Outcome // all seeds
	X        Axis
}

// SVG implements [Figure].
func (a AfterSearch) SVG(w io.Writer) error { sh, err := a.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (a AfterSearch) PNG(w io.Writer) error { sh, err := a.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: means, and the range over seeds.
func (a AfterSearch) Alt() string { return altOf(a.sheet()) }

// SVG implements [Figure].
func (c Comparison) SVG(w io.Writer) error { sh, err := c.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (c Comparison) PNG(w io.Writer) error { sh, err := c.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the last values and the means.
func (c Comparison) Alt() string { return altOf(c.sheet()) }

// bars is the panel of outcomes, ready to be placed.
type bars struct {
	groups []barGroup
	seeds  string // "mean of 3 seeds"
	alt    string
}

type barGroup struct {
	style MethodStyle
	bars  []bar
}

type bar struct {
	word   string
	values []float64
	solid  bool
}

func (b bar) mean() float64 {
	sum := 0.0
	for _, v := range b.values {
		sum += v
	}
	return sum / float64(len(b.values))
}

func (b bar) rangeOf() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range b.values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	return low, high
}

// barsOf checks outcomes and makes them a panel.
func barsOf(outcomes []Outcome) (*bars, error) {
	const most = 6
	p := &bars{}
	fewest, largest := math.MaxInt, 0
	var parts []string
	for _, o := range outcomes {
		g := barGroup{style: Palette.Method(o.Method)}
		for _, b := range []bar{{"search", o.Search, false}, {"child", o.Child, true}} {
			if len(b.values) == 0 {
				continue
			}
			low, high := b.rangeOf()
			if !(low >= 0 && high <= 1) || math.IsNaN(b.mean()) {
				return nil, fmt.Errorf("viz: %s %s has an accuracy outside 0 to 1", g.style.Label, b.word)
			}
			g.bars = append(g.bars, b)
			fewest, largest = min(fewest, len(b.values)), max(largest, len(b.values))
			parts = append(parts, fmt.Sprintf("%s %s %s (%s to %s)", g.style.Label, b.word, Accuracy(b.mean()),
				Accuracy(low), Accuracy(high)))
		}
		if len(g.bars) > 0 {
			p.groups = append(p.groups, g)
		}
	}
	if len(p.groups) == 0 || len(p.groups) > most {
		return nil, fmt.Errorf("viz: %d methods with an accuracy after search, want 1 to %d", len(p.groups), most)
	}
	switch {
	case largest == 1:
		p.seeds = "one seed"
	case fewest == largest:
		p.seeds = fmt.Sprintf("mean of %d seeds", largest)
	default:
		p.seeds = fmt.Sprintf("means of %d to %d seeds", fewest, largest)
	}
	p.alt = titleOf(p.seeds) + ": " + strings.Join(parts, ", ") + "."
	return p, nil
}

// draw places the panel; field is the room of the bars.
func (p *bars) draw(s *sketch, field box) {
	a := axes{field: field, x1: 1, y1: 1, yTicks: []float64{0, 0.25, 0.5, 0.75, 1}, places: 2}
	a.draw(s)
	n := 0
	for _, g := range p.groups {
		n += len(g.bars)
	}
	unit := (field.x1 - field.x0) / (float64(n) + 0.55*float64(len(p.groups)))
	wide := math.Min(unit*0.86, 64)
	x := field.x0 + (unit-wide)/2 + 0.22*unit
	for _, g := range p.groups {
		start := x
		for _, b := range g.bars {
			p.bar(s, a, g, b, x, wide)
			x += unit
		}
		middle := (start + x - unit + wide) / 2
		s.text(point{middle, field.y1 + 33}, g.style.Label, 12, true, g.style.Color.On(s.dark), centre)
		x += 0.55 * unit
	}
}

func (p *bars) bar(s *sketch, a axes, g barGroup, b bar, x, wide float64) {
	c := g.style.Color.On(s.dark)
	mean := b.mean()
	top := a.at(0, mean).y
	body := box{x, top, x + wide, a.field.y1}
	if b.solid {
		s.rect(body, 0, c)
	} else {
		s.rect(body, 0, s.tok.Bg)
		s.frame(box{x + 0.7, top + 0.7, x + wide - 0.7, a.field.y1}, 0, 1.4, c)
	}
	low, high := b.rangeOf()
	lowest, highest := a.at(0, low).y, a.at(0, high).y
	const dot = 3.0
	number, text, word := 12.0, Accuracy(mean), b.word
	if wide < narrowBar { // hollow and solid must do without their words
		number, text, word = 10, strings.TrimPrefix(Accuracy(mean), "0"), ""
	}
	col := s.tok.Ink
	y := math.Min(highest, top) - dot - 6
	if a.field.y1-math.Max(lowest, top) > 34 { // the number fits inside, under the dots
		y = math.Max(lowest, top) + dot + 6 + 0.75*number
		if b.solid {
			col = readable(c)
		}
	}
	s.text(point{x + wide/2, y}, text, number, true, col, centre)
	for i, v := range b.values {
		at := point{x + wide*(float64(i)+1)/(float64(len(b.values))+1), a.at(0, v).y}
		s.disc(at, dot, s.tok.Bg, 1.3, s.tok.Ink)
	}
	s.text(point{x + wide/2, a.field.y1 + 16}, word, labelSize, false, s.tok.Ink2, centre)
}

// narrowBar is the width in pixels under which a bar has no room for its word.
const narrowBar = 32

// readable returns black or white, whichever reads better on a ground.
func readable(ground Hex) Hex {
	if luminance(ground) > 0.179 {
		return "#000000"
	}
	return "#ffffff"
}

// luminance is the relative luminance of a colour in sRGB, 0 … 1.
func luminance(h Hex) float64 {
	c := h.RGBA()
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

const barNote = "Hollow: search network. Solid: derived child, weights inherited, no retraining. " +
	"Dots: single seeds."

func (a AfterSearch) sheet() (*sheet, error) {
	p, err := barsOf(a.Outcomes)
	if err != nil {
		return nil, err
	}
	sh := newSheet(a.Caption, "Accuracy after search", "Held-out images, "+p.seeds+". "+barNote)
	sh.height = plotHeight + 38
	sh.alt = sentence(sh.caption.Title) + " " + p.alt
	sh.body = func(s *sketch, at point) {
		width := math.Min(bodyWidth-40, 180*float64(len(p.groups)))
		p.draw(s, box{at.x + 36, at.y + 8, at.x + 36 + width, at.y + 8 + plotHeight})
	}
	return sh, nil
}

func (c Comparison) sheet() (*sheet, error) {
	accuracy, err := accuracyChart(c.Runs, c.X, c.Dark)
	if err != nil {
		return nil, err
	}
	entropy, err := entropyChart(c.Runs, c.X, c.Dark)
	if err != nil {
		return nil, err
	}
	after, err := barsOf(c.Outcomes)
	if err != nil {
		return nil, err
	}
	caption := c.Caption
	if caption.Repro == "" {
		caption.Repro = reproOfRuns(c.Runs)
	}
	caption.Repro = joinDot(caption.Repro, entropy.note)
	sh := newSheet(caption, namesOf(c.Runs)+": accuracy and entropy",
		"Accuracy on held-out images. Child: derived architecture, weights inherited, no retraining. "+
			"Bars: hollow search, solid child; dots are single seeds.")
	sh.height = plotHeight + 64
	sh.alt = sentence(sh.caption.Title) + " " + accuracy.alt + " " + entropy.alt + " After search. " + after.alt
	sh.body = func(s *sketch, at point) {
		const barRoom, gap, scale = 250.0, 14.0, 34.0
		field := (bodyWidth - barRoom - accuracy.labelRoom() - entropy.labelRoom() - 2*gap - 2*scale) / 2
		x := at.x
		top, bottom := at.y+32, at.y+32+plotHeight
		for i, ch := range []*chart{accuracy, entropy} {
			s.spans(point{x, at.y + 10}, [][]span{
				{{"Accuracy", true, s.tok.Ink}, {", over " + c.X.Name(), false, s.tok.Ink}},
				{{"Entropy", true, s.tok.Ink}, {", nats per decision", false, s.tok.Ink}},
			}[i], noteSize, left)
			if field < 260 {
				ch.axes.xTicks = stepTicks(ch.axes.x1, 2)
			}
			ch.draw(s, box{x + scale, top, x + scale + field, bottom})
			x += scale + field + ch.labelRoom() + gap
		}
		s.spans(point{x, at.y + 10}, []span{{"After search", true, s.tok.Ink}, {", " + after.seeds, false, s.tok.Ink}},
			noteSize, left)
		after.draw(s, box{x + scale, top, at.x + bodyWidth, bottom})
	}
	return sh, nil
}
