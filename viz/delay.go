package viz

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Delays draws how many episodes rules of credit need against the delay of the
// reward: the median over seeds as a line, the seeds as dots, both axes
// logarithmic. Panels, one per task, stand side by side with one scale.
type Delays struct {
	Caption
	Panels []DelayPanel
	Limit  float64 // episodes after which a run was stopped and counts as it stands; 0 for none
}

// DelayPanel is one task of [Delays].
type DelayPanel struct {
	Title  string
	Series []DelaySeries
}

// DelaySeries is one rule of [DelayPanel].
type DelaySeries struct {
	Rule     string      // key of [Rules]
	Delays   []int       // decisions up to the reward, rising
	Episodes [][]float64 // for every delay, one count per seed, at least 1
}

// SVG implements [Figure].
func (d Delays) SVG(w io.Writer) error { sh, err := d.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (d Delays) PNG(w io.Writer) error { sh, err := d.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the medians.
func (d Delays) Alt() string { return altOf(d.sheet()) }

// check says what cannot be drawn.
func (d Delays) check() error {
	const most = 3
	if len(d.Panels) == 0 || len(d.Panels) > most {
		return fmt.Errorf("viz: %d panels of delays, want 1 to %d", len(d.Panels), most)
	}
	for _, p := range d.Panels {
		if len(p.Series) == 0 {
			return fmt.Errorf("viz: panel %q of delays is empty", clip(p.Title, 40))
		}
		for _, s := range p.Series {
			if len(s.Delays) == 0 || len(s.Episodes) != len(s.Delays) || !slices.IsSorted(s.Delays) || s.Delays[0] < 1 {
				return fmt.Errorf("viz: %s has %d delays and episodes for %d, want rising delays with episodes each",
					s.Rule, len(s.Delays), len(s.Episodes))
			}
			for _, seeds := range s.Episodes {
				if len(seeds) == 0 || !(slices.Min(seeds) >= 1) || math.IsInf(slices.Max(seeds), 0) {
					return fmt.Errorf("viz: %s has a delay without episodes, or with less than 1", s.Rule)
				}
			}
		}
	}
	return nil
}

// median returns the median of values, which are not changed.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// episodesText writes a median, which may lie half-way between two counts.
func episodesText(v float64) string {
	if v == math.Trunc(v) {
		return Count(int(v))
	}
	return Thousands(fixed(v, 1))
}

// logAxes returns the scales that all panels share, in powers of ten and two,
// and the delays that are marked.
func (d Delays) logAxes() (a axes, delays []int) {
	a = axes{x0: math.Inf(1), x1: math.Inf(-1)}
	top := 10.0
	for _, p := range d.Panels {
		for _, s := range p.Series {
			for i, delay := range s.Delays {
				x := math.Log2(float64(delay))
				a.x0, a.x1 = math.Min(a.x0, x), math.Max(a.x1, x)
				top = math.Max(top, slices.Max(s.Episodes[i]))
				if !slices.Contains(delays, delay) {
					delays = append(delays, delay)
				}
			}
		}
	}
	slices.Sort(delays)
	room := math.Max(0.1, 0.06*(a.x1-a.x0))
	a.x0, a.x1 = a.x0-room, a.x1+room
	a.y1 = math.Log10(top) + 0.12
	return a, delays
}

func (d Delays) sheet() (*sheet, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	note := "Lines: medians over seeds; dots: single seeds. Both axes are logarithmic."
	if d.Limit > 0 {
		most := Count(int(d.Limit))
		note += fmt.Sprintf(" A run that needs more than %s episodes counts as %s.", most, most)
	}
	sh := newSheet(d.Caption, "Episodes until the task is solved, by the delay of the reward", note)
	sh.height = plotHeight + 70
	var parts []string
	for _, p := range d.Panels {
		for _, s := range p.Series {
			var medians []string
			for i, delay := range s.Delays {
				medians = append(medians, fmt.Sprintf("%s at %s", episodesText(median(s.Episodes[i])), Count(delay)))
			}
			parts = append(parts, fmt.Sprintf("%s, %s: %s", p.Title, Rule(s.Rule).Label, strings.Join(medians, ", ")))
		}
	}
	sh.alt = sentence(sh.caption.Title) + " Medians. " + strings.Join(parts, "; ") + "."
	a, delays := d.logAxes()
	sh.body = func(s *sketch, at point) {
		const scale, names, gap = 52.0, 86.0, 10.0
		n := float64(len(d.Panels))
		wide := (bodyWidth - gap*(n-1)) / n
		for i, p := range d.Panels {
			x := at.x + float64(i)*(wide+gap)
			s.text(point{x, at.y + 11}, clip(p.Title, int(wide/6.2)), noteSize, true, s.tok.Ink, left)
			if i == 0 {
				s.text(point{x, at.y + 28}, "episodes", labelSize, false, s.tok.Ink2, left)
			}
			b := a
			b.field = box{x + scale, at.y + 36, x + wide - names, at.y + 36 + plotHeight}
			d.panel(s, p, b, delays)
		}
	}
	return sh, nil
}

// panel draws one task.
func (d Delays) panel(s *sketch, p DelayPanel, a axes, delays []int) {
	for power := 0; float64(power) <= a.y1; power++ {
		at := a.at(a.x0, float64(power))
		s.line(at, point{a.field.x1, at.y}, 1, s.tok.Line)
		s.text(point{a.field.x0 - 6, at.y + 4}, Count(int(math.Pow10(power))), labelSize, false, s.tok.Ink2, right)
	}
	for _, delay := range delays {
		at := a.at(math.Log2(float64(delay)), a.y0)
		s.line(at, point{at.x, at.y + 4}, 1, s.tok.Ink2)
		s.text(point{at.x, at.y + 16}, Count(delay), labelSize, false, s.tok.Ink2, centre)
	}
	below := point{(a.field.x0 + a.field.x1) / 2, a.field.y1 + 32}
	s.text(below, "decisions up to the reward", labelSize, false, s.tok.Ink2, centre)
	if d.Limit > 0 && math.Log10(d.Limit) <= a.y1 {
		at := a.at(a.x0, math.Log10(d.Limit))
		s.line(at, point{a.field.x1, at.y}, 1, s.tok.Ink3, 5, 3)
	}
	d.lines(s, p, a)
}

// lines draws the rules of one task, their medians on top of all seeds.
func (d Delays) lines(s *sketch, p DelayPanel, a axes) {
	const apart = 7.0 // pixels between rules, so that equal ones can be told apart
	var ends []endLabel
	lines := make([][]point, len(p.Series))
	for k, series := range p.Series {
		style := Rule(series.Rule)
		c := style.Color.On(s.dark)
		shift := apart * (float64(k) - float64(len(p.Series)-1)/2)
		for i, delay := range series.Delays {
			place := func(episodes float64) point {
				at := a.at(math.Log2(float64(delay)), math.Log10(episodes))
				return point{at.x + shift, at.y}
			}
			for _, n := range series.Episodes[i] {
				s.disc(place(n), 1.7, mix(s.tok.Bg, c, 0.55), 0, s.tok.Bg)
			}
			lines[k] = append(lines[k], place(median(series.Episodes[i])))
		}
		s.polyline(lines[k], 2.2, c)
		ends = append(ends, endLabel{lines[k][len(lines[k])-1].y, style.Label, c, true})
	}
	for k, line := range lines {
		for _, at := range line {
			s.disc(at, 3, Rule(p.Series[k].Rule).Color.On(s.dark), 1, s.tok.Bg)
		}
	}
	a.endLabels(s, ends)
}
