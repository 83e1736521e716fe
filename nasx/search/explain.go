package search

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/space"
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
	value, found := term.Value, false
	switch term.Row {
	case "":
		found = true
	case RowZ:
		value, found = at(t.Z, d, k)
	case RowProbs:
		value, found = at(t.Probs, d, k)
	case RowOpGrad:
		value, found = at(t.OpGrad, d, k)
	case RowExtra:
		value, found = at(t.Extra, d, k)
	case RowCredit:
		value, found = at([][]float64{t.Credit}, 0, d)
	case RowNegCredit:
		value, found = at([][]float64{t.Credit}, 0, d)
		value = -value
	case RowIndicator:
		value, found = indicator(t.Arch, d, k)
	default:
		return 0, fmt.Errorf("search: term %q takes its value from row %q, want one of the Row constants",
			term.Symbol, term.Row)
	}
	if !found {
		return 0, fmt.Errorf("search: term %q has no value in row %q at decision %d, choice %d",
			term.Symbol, term.Row, d, k)
	}
	return value, nil
}

// at returns an entry of a matrix, false where it has none.
func at(rows [][]float64, d, k int) (float64, bool) {
	if d < 0 || d >= len(rows) || k < 0 || k >= len(rows[d]) {
		return 0, false
	}
	return rows[d][k], true
}

// indicator returns 1 where the architecture chose k at decision d, else 0;
// false where it decided nothing.
func indicator(arch space.Arch, d, k int) (float64, bool) {
	if d < 0 || d >= len(arch) || k < 0 {
		return 0, false
	}
	if arch[d] == k {
		return 1, true
	}
	return 0, true
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
