package viz

import (
	"io"
	"math"
	"strings"
)

// BiasVariance draws by how much every estimator is wrong on average, and how
// much a single estimate scatters, one line per estimator: over all decisions as
// a disc with its standard error, and for every decision alone as a small ring.
// Both scales are logarithmic and relative to the length of the exact gradient.
type BiasVariance struct {
	Caption
	Estimates
}

// SVG implements [Figure].
func (b BiasVariance) SVG(w io.Writer) error { sh, err := b.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (b BiasVariance) PNG(w io.Writer) error { sh, err := b.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: bias and deviation of every estimator.
func (b BiasVariance) Alt() string { return altOf(b.sheet()) }

// Measures of the two columns.
const (
	varianceHead  = 24.0
	varianceRow   = 25.0
	varianceFoot  = 22.0
	varianceNames = 196.0
	varianceGap   = 40.0
	varianceText  = 52.0 // the number beside a row
)

func (b BiasVariance) sheet() (*sheet, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	var names []string
	for _, d := range b.Decisions {
		names = append(names, d.Name)
	}
	sh := newSheet(b.Caption, "Bias and scatter of estimators of one gradient",
		"Relative to the length of the exact gradient. Disc: all decisions, with its standard error. Rings, from above: "+
			strings.Join(names, ", ")+" alone. A hollow arrow: no bias was found; it begins where one would have been seen.")
	sh.height = varianceHead + varianceRow*float64(len(b.Estimators)) + varianceFoot
	sh.alt = sentence(sh.caption.Title) + " " + b.words()
	sh.body = b.draw
	return sh, nil
}

// deviations returns those of one estimator, relative: over all decisions, then
// decision by decision.
func (b BiasVariance) deviations(e Estimated) []Deviation {
	out := []Deviation{b.whole(e)}
	for d, one := range e.Decisions {
		out = append(out, one.relative(lengthOf(b.Truth[d])))
	}
	return out
}

func (b BiasVariance) draw(s *sketch, at point) {
	wide := (bodyWidth - varianceNames - varianceGap) / 2
	var biases, spreads []float64
	for _, e := range b.Estimators {
		for _, d := range b.deviations(e) {
			spreads = append(spreads, d.SD)
			biases = append(biases, math.Max(d.Bias, 2.5*d.Chance))
			if d.Clear {
				biases = append(biases, d.Bias)
			}
		}
	}
	start := at.x + varianceNames
	bias := newLogScale(biases, start, start+wide-varianceText, true)
	start += wide + varianceGap
	spread := newLogScale(spreads, start, start+wide-varianceText, true)
	bottom := at.y + varianceHead + varianceRow*float64(len(b.Estimators))
	for i, scale := range []logScale{bias, spread} {
		title := []string{"bias: ‖mean − exact‖ / ‖exact‖", "standard deviation of one estimate / ‖exact‖"}[i]
		s.text(point{scale.zero - 8, at.y + 11}, title, noteSize, true, s.tok.Ink, left)
		s.grid(scale, at.y+varianceHead, bottom)
	}
	for i, e := range b.Estimators {
		y := at.y + varianceHead + varianceRow*(float64(i)+0.5)
		style := Palette.Method(e.Method)
		s.rect(box{at.x, y - 8, at.x + 4, y + 8}, 0, style.Color.On(s.dark))
		s.text(point{at.x + 12, y + 4}, clip(e.Name, 34), labelSize, false, s.tok.Ink, left)
		b.row(s, b.deviations(e), style.Color.On(s.dark), bias, spread, y)
	}
}

// grid draws the ticks of a scale over a range of heights.
func (s *sketch) grid(l logScale, top, bottom float64) {
	for _, v := range l.ticks() {
		s.line(point{l.at(v), top}, point{l.at(v), bottom}, 1, s.tok.Line)
		s.text(point{l.at(v), bottom + 16}, tickText(v), labelSize, false, s.tok.Ink2, centre)
	}
	s.line(point{l.zero, top}, point{l.zero, bottom}, 1, s.tok.Ink3, 2, 3)
	s.text(point{l.zero, bottom + 16}, "0", labelSize, false, s.tok.Ink2, centre)
	s.line(point{l.left, bottom}, point{l.right, bottom}, 1, s.tok.Ink2)
}

// row draws one estimator: the first deviation is that over all decisions.
func (b BiasVariance) row(s *sketch, ds []Deviation, c Hex, bias, spread logScale, y float64) {
	const ring, disc = 2.4, 4.6
	n := float64(len(ds) - 1)
	for i, d := range ds[1:] {
		offset := math.Min(6, 14/n) * (float64(i) - (n-1)/2)
		if d.Clear || d.Chance < none {
			s.disc(point{bias.at(d.shown()), y + offset}, ring, s.tok.Bg, 1, c)
		}
		s.disc(point{spread.at(d.SD), y + offset}, ring, s.tok.Bg, 1, c)
	}
	whole := ds[0]
	if whole.Clear || whole.Chance < none {
		v := whole.shown()
		s.line(point{bias.at(v - whole.BiasErr), y}, point{bias.at(v + whole.BiasErr), y}, 2, c)
		s.disc(point{bias.at(v), y}, disc, c, 1, s.tok.Bg)
	} else {
		x := bias.at(2.5 * whole.Chance)
		c0 := cubic{{x, y}, {x - 8, y}, {x - 18, y}, {x - 26, y}}
		s.line(point{x, y - 5}, point{x, y + 5}, 1.6, c)
		s.edge(c0, ink{width: 1.6, color: c, dashed: true})
	}
	s.line(point{spread.at(whole.SD - whole.SDErr), y}, point{spread.at(whole.SD + whole.SDErr), y}, 2, c)
	s.disc(point{spread.at(whole.SD), y}, disc, c, 1, s.tok.Bg)
	s.text(point{bias.right + varianceText, y + 4}, whole.biasText(), labelSize, true, s.tok.Ink, right)
	s.text(point{spread.right + varianceText, y + 4}, whole.sdText(), labelSize, true, s.tok.Ink, right)
}

// shown is the bias as drawn: what is only rounding lies at 0.
func (d Deviation) shown() float64 {
	if !d.Clear {
		return 0
	}
	return d.Bias
}
