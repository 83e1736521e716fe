package viz

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// CreditRules draws the credit that several rules give to the decisions of one
// architecture, side by side: the mean over repetitions as a bar with one
// standard deviation, and the enumerated truth as a tick. Below, how far the
// means are from the truth and how much single estimates scatter.
type CreditRules struct {
	Caption
	Decisions []string  // names, with the choice made: "0→2 conv 3×3"
	Truth     []float64 // [decisions]; nil where it is not known
	Rules     []RuleCredit
}

// RuleCredit is one rule of [CreditRules].
type RuleCredit struct {
	Name   string // as shown: "TD(λ = 0.8)"
	Detail string // a few words: "smears it backwards"
	Mean   []float64
	SD     []float64 // of single estimates; nil for one estimate
}

// SVG implements [Figure].
func (c CreditRules) SVG(w io.Writer) error { sh, err := c.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (c CreditRules) PNG(w io.Writer) error { sh, err := c.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: bias and deviation of every rule.
func (c CreditRules) Alt() string { return altOf(c.sheet()) }

// Measures of the columns.
const (
	rulesHead  = 44.0
	rulesRow   = 26.0
	rulesFoot  = 48.0
	rulesNames = 112.0
	rulesGap   = 22.0
)

// check says what cannot be drawn.
func (c CreditRules) check() error {
	const mostRules, mostDecisions = 6, 40
	n := len(c.Decisions)
	if len(c.Rules) == 0 || len(c.Rules) > mostRules || n == 0 || n > mostDecisions {
		return fmt.Errorf("viz: credit of %d decisions by %d rules, want 1 to %d by 1 to %d",
			n, len(c.Rules), mostDecisions, mostRules)
	}
	rows := [][]float64{c.Truth}
	if c.Truth == nil {
		rows = nil
	}
	for _, r := range c.Rules {
		rows = append(rows, r.Mean)
		if r.SD != nil {
			rows = append(rows, r.SD)
		}
	}
	for _, row := range rows {
		if len(row) != n {
			return fmt.Errorf("viz: %d credits for %d decisions, want one each", len(row), n)
		}
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return errors.New("viz: a credit is no finite number")
			}
		}
	}
	return nil
}

// errorsOf returns the root mean square bias against the truth, NaN if that is
// not known, and the root mean square deviation.
func (c CreditRules) errorsOf(r RuleCredit) (bias, sd float64) {
	n := float64(len(c.Decisions))
	for d := range c.Decisions {
		if c.Truth != nil {
			bias += (r.Mean[d] - c.Truth[d]) * (r.Mean[d] - c.Truth[d]) / n
		}
		if r.SD != nil {
			sd += r.SD[d] * r.SD[d] / n
		}
	}
	if c.Truth == nil {
		bias = math.NaN()
	}
	return math.Sqrt(bias), math.Sqrt(sd)
}

func (c CreditRules) sheet() (*sheet, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	note := "Grey bar: mean credit, in " + Power(-3) + ", with one standard deviation of single estimates."
	if c.Truth != nil {
		note += " Tick: enumerated truth. Below: root mean square bias and deviation, in " + Power(-3) + "."
	}
	sh := newSheet(c.Caption, "Who gets the credit? One architecture, by several rules", note)
	sh.height = rulesHead + rulesRow*float64(len(c.Decisions)) + rulesFoot
	var parts []string
	for _, r := range c.Rules {
		parts = append(parts, r.Name+" "+c.verdict(r))
	}
	sh.alt = sentence(sh.caption.Title) + " In thousandths: " + strings.Join(parts, "; ") + "."
	sh.body = c.draw
	return sh, nil
}

// verdict says how good a rule is: "bias 9.1 · sd 13.0".
func (c CreditRules) verdict(r RuleCredit) string {
	bias, sd := c.errorsOf(r)
	text := "sd " + fixed(1000*sd, 1)
	if c.Truth != nil {
		text = "bias " + fixed(1000*bias, 1) + " · " + text
	}
	return text
}

// draw gives all rules one scale.
func (c CreditRules) draw(s *sketch, at point) {
	low, high := 0.0, 0.0
	take := func(v float64) { low, high = math.Min(low, v), math.Max(high, v) }
	for _, v := range c.Truth {
		take(v)
	}
	for _, r := range c.Rules {
		for d, v := range r.Mean {
			sd := 0.0
			if r.SD != nil {
				sd = r.SD[d]
			}
			take(v - sd)
			take(v + sd)
		}
	}
	if high == low {
		high = 1
	}
	n := float64(len(c.Rules))
	wide := (bodyWidth - rulesNames - rulesGap*(n-1)) / n
	for d, name := range c.Decisions {
		y := at.y + rulesHead + rulesRow*(float64(d)+0.5)
		s.text(point{at.x, y + 4}, clip(name, 20), labelSize, false, s.tok.Ink, left)
	}
	for i, r := range c.Rules {
		x := at.x + rulesNames + float64(i)*(wide+rulesGap)
		field := box{x, at.y + rulesHead, x + wide, at.y + rulesHead + rulesRow*float64(len(c.Decisions))}
		s.text(point{x, at.y + 11}, clip(r.Name, int(wide/7)), noteSize, true, s.tok.Ink, left)
		s.text(point{x, at.y + 27}, clip(r.Detail, int(wide/5.6)), labelSize, false, s.tok.Ink2, left)
		c.column(s, r, axes{field: field, x0: low, x1: high})
		s.text(point{x, field.y1 + 38}, c.verdict(r), labelSize, false, s.tok.Ink, left)
	}
}

// column draws one rule.
func (c CreditRules) column(s *sketch, r RuleCredit, a axes) {
	x := func(v float64) float64 { return a.at(v, 0).x }
	a.column(s, 1000, signed)
	for d, v := range r.Mean {
		y := a.field.y0 + rulesRow*(float64(d)+0.5)
		s.rect(box{math.Min(x(0), x(v)), y - 7, math.Max(x(0), x(v)), y + 7}, 0, mix(s.tok.Bg, s.tok.Ink3, 0.6))
		if r.SD != nil {
			s.line(point{x(v - r.SD[d]), y}, point{x(v + r.SD[d]), y}, 1.4, s.tok.Ink2)
		}
		if c.Truth != nil {
			s.line(point{x(c.Truth[d]), y - 11}, point{x(c.Truth[d]), y + 11}, 3.2, s.tok.Ink)
		}
	}
}
