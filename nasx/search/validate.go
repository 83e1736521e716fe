package search

import (
	"errors"
	"fmt"
	"slices"
)

// Validate says what is wrong with a trace: a step below 1, numbers that are
// not finite, matrices of different shapes, a choice that does not exist, or a
// formula that cannot be filled in.
func (t Trace) Validate() error {
	if t.Step < 1 {
		return fmt.Errorf("search: trace of step %d, want 1 or later", t.Step)
	}
	for _, check := range []func() error{t.checkMatrices, t.checkVectors, t.checkScalars, t.checkTerms} {
		if err := check(); err != nil {
			return fmt.Errorf("search: trace of step %d: %w", t.Step, err)
		}
	}
	return nil
}

// checkMatrices holds all matrices to the shape of the first one, and the
// architecture and the credit to its rows.
func (t Trace) checkMatrices() error {
	var first [][]float64
	for _, m := range []struct {
		name string
		rows [][]float64
	}{
		{"z", t.Z}, {"probs", t.Probs}, {"op_grad", t.OpGrad}, {"extra", t.Extra}, {"grad", t.Grad}, {"update", t.Update},
	} {
		if m.rows == nil {
			continue
		}
		if first == nil {
			first = m.rows
		}
		if err := checkRows(m.name, m.rows, first); err != nil {
			return err
		}
	}
	if first == nil {
		return nil
	}
	if t.Arch != nil && len(t.Arch) != len(first) {
		return fmt.Errorf("arch has %d choices, want one for each of %d rows", len(t.Arch), len(first))
	}
	if t.Credit != nil && len(t.Credit) != len(first) {
		return fmt.Errorf("credit has %d entries, want one for each of %d rows", len(t.Credit), len(first))
	}
	for d, k := range t.Arch {
		if k >= len(first[d]) {
			return fmt.Errorf("arch[%d] is %d, want below its %d choices", d, k, len(first[d]))
		}
	}
	return nil
}

// checkRows holds a matrix to the shape of another one and to finite numbers.
func checkRows(name string, rows, like [][]float64) error {
	if len(rows) != len(like) {
		return fmt.Errorf("%s has %d rows, want %d as in the other matrices", name, len(rows), len(like))
	}
	for d, row := range rows {
		if len(row) != len(like[d]) {
			return fmt.Errorf("%s row %d has %d entries, want %d as in the other matrices", name, d, len(row), len(like[d]))
		}
		if k := slices.IndexFunc(row, func(v float64) bool { return !finite(v) }); k >= 0 {
			return fmt.Errorf("%s[%d][%d] is %g, want a finite number", name, d, k, row[k])
		}
	}
	return nil
}

func (t Trace) checkVectors() error {
	for d, k := range t.Arch {
		if k < 0 {
			return fmt.Errorf("arch[%d] is %d, want a choice from 0", d, k)
		}
	}
	if t.Arch != nil && t.Credit != nil && len(t.Arch) != len(t.Credit) {
		return fmt.Errorf("credit has %d entries, want one for each of %d choices", len(t.Credit), len(t.Arch))
	}
	if d := slices.IndexFunc(t.Credit, func(v float64) bool { return !finite(v) }); d >= 0 {
		return fmt.Errorf("credit[%d] is %g, want a finite number", d, t.Credit[d])
	}
	return nil
}

func (t Trace) checkScalars() error {
	for name, v := range t.Scalars {
		if !finite(v) {
			return fmt.Errorf("scalar %q is %g, want a finite number or none", name, v)
		}
	}
	return nil
}

// checkTerms also looks the first choice of every decision up.
func (t Trace) checkTerms() error {
	seen := map[string]bool{}
	for _, term := range t.Terms {
		if term.Symbol == "" || seen[term.Symbol] {
			return fmt.Errorf("term %q is empty or stands twice, want each symbol once", term.Symbol)
		}
		seen[term.Symbol] = true
		if !finite(term.Value) {
			return fmt.Errorf("term %q is %g, want a finite number", term.Symbol, term.Value)
		}
	}
	if t.Formula == "" {
		return nil
	}
	if t.Grad == nil {
		return errors.New("a formula but no grad, want both")
	}
	formula, err := ParseFormula(t.Formula)
	if err != nil {
		return err
	}
	for d, row := range t.Grad {
		if len(row) == 0 {
			continue
		}
		if _, _, err := t.explain(formula, d, 0); err != nil {
			return err
		}
	}
	return nil
}
