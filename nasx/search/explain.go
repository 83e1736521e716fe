package search

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrNoFormula is the error of [Trace.Explain] for a trace without a formula.
var ErrNoFormula = errors.New("search: trace has no formula")

// Explain fills in the update's equation for one choice of one decision. It
// returns the terms, each with its value there, and the value of the formula's
// right side, which equals Grad at that place up to rounding.
func (t Trace) Explain(decision, choice int) (terms []Term, value float64, err error) {
	if t.Formula == "" {
		return nil, 0, ErrNoFormula
	}
	formula, err := ParseFormula(t.Formula)
	if err != nil {
		return nil, 0, err
	}
	return t.explain(formula, decision, choice)
}

// CheckFormula holds the formula to Grad at every decision and choice: the
// relative difference, or the absolute one below 1, must not exceed tolerance.
// A trace with Grad but no formula fails with [ErrNoFormula].
func (t Trace) CheckFormula(tolerance float64) error {
	if t.Formula == "" {
		return ErrNoFormula
	}
	formula, err := ParseFormula(t.Formula)
	if err != nil {
		return err
	}
	for d, row := range t.Grad {
		for k, want := range row {
			_, got, err := t.explain(formula, d, k)
			if err != nil {
				return err
			}
			if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
				return fmt.Errorf("search: step %d, decision %d, choice %d: %s gives %g, want the gradient %g",
					t.Step, d, k, t.Formula, got, want)
			}
		}
	}
	return nil
}

func (t Trace) explain(formula Formula, decision, choice int) ([]Term, float64, error) {
	terms := slices.Clone(t.Terms)
	values := make(map[string]float64, len(terms))
	for i, term := range terms {
		v, err := t.termValue(term, decision, choice)
		if err != nil {
			return nil, 0, err
		}
		terms[i].Value = v
		values[term.Symbol] = v
	}
	value, err := formula.Right.Eval(values)
	if err != nil {
		return nil, 0, err
	}
	if !finite(value) {
		return nil, 0, fmt.Errorf("search: %s at decision %d, choice %d is %g, want a finite number",
			t.Formula, decision, choice, value)
	}
	return terms, value, nil
}

// termValue looks a term up in its row.
func (t Trace) termValue(term Term, d, k int) (float64, error) {
	matrix := map[string][][]float64{RowZ: t.Z, RowProbs: t.Probs, RowOpGrad: t.OpGrad, RowExtra: t.Extra}
	switch term.Row {
	case "":
		return term.Value, nil
	case RowZ, RowProbs, RowOpGrad, RowExtra:
		rows := matrix[term.Row]
		if d >= 0 && d < len(rows) && k >= 0 && k < len(rows[d]) {
			return rows[d][k], nil
		}
	case RowCredit, RowNegCredit:
		if d >= 0 && d < len(t.Credit) {
			if term.Row == RowNegCredit {
				return -t.Credit[d], nil
			}
			return t.Credit[d], nil
		}
	case RowIndicator:
		if d >= 0 && d < len(t.Arch) && k >= 0 {
			if t.Arch[d] == k {
				return 1, nil
			}
			return 0, nil
		}
	default:
		return 0, fmt.Errorf("search: term %q takes its value from row %q, want one of the Row constants",
			term.Symbol, term.Row)
	}
	return 0, fmt.Errorf("search: term %q has no value in row %q at decision %d, choice %d", term.Symbol, term.Row, d, k)
}

// Entropy returns the mean over rows of −Σ p ln p in nats, 0 for no rows; an
// entry of 0 counts nothing.
func Entropy(rows [][]float64) float64 {
	if len(rows) == 0 {
		return 0
	}
	sum := 0.0
	for _, row := range rows {
		for _, p := range row {
			if p != 0 {
				sum -= p * math.Log(p)
			}
		}
	}
	return sum / float64(len(rows))
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
