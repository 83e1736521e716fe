package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// maxTrace bounds one trace as JSON, in bytes; one of the default search has
// some 30 KB.
const maxTrace = 16 << 20

// encodeTrace makes the stored form: JSON with fields in declared order and map
// keys sorted, so that equal traces are equal bytes.
func encodeTrace(trace search.Trace) ([]byte, error) {
	raw, err := json.Marshal(trace)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	if len(raw) > maxTrace {
		return nil, fmt.Errorf("trace has %d bytes as JSON, want at most %d", len(raw), maxTrace)
	}
	return raw, nil
}

// decodeTrace reads the stored form of a step.
func decodeTrace(step int, raw []byte, decisions []space.Decision) (search.Trace, error) {
	var trace search.Trace
	if err := json.Unmarshal(raw, &trace); err != nil {
		return search.Trace{}, fmt.Errorf("trace: %w", err)
	}
	if trace.Step != step {
		return search.Trace{}, fmt.Errorf("trace says step %d", trace.Step)
	}
	if err := checkTrace(trace, decisions); err != nil {
		return search.Trace{}, err
	}
	return trace, nil
}

// checkTrace holds a trace to the contract of [search.Trace] and to the run's
// decisions, so that whoever draws it can index one by the other.
func checkTrace(t search.Trace, decisions []space.Decision) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if t.Formula != "" && len(t.Grad) == 0 {
		return fmt.Errorf("formula %.40q without grad, want both", t.Formula)
	}
	if len(decisions) == 0 {
		return nil
	}
	names, values := matrices(t)
	for i, rows := range values[:len(values)-1] {
		if len(rows) > len(decisions) {
			return fmt.Errorf("%s has %d rows, want at most one for each of %d decisions", names[i], len(rows), len(decisions))
		}
		for d, row := range rows {
			if want := len(decisions[d].Choices); len(row) > want {
				return fmt.Errorf("%s of %s has %d values, want at most %d", names[i], place(decisions, d), len(row), want)
			}
		}
	}
	if n := max(len(t.Arch), len(t.Credit)); n > len(decisions) {
		return fmt.Errorf("arch or credit has %d entries, want at most one for each of %d decisions", n, len(decisions))
	}
	for d, k := range t.Arch {
		if want := len(decisions[d].Choices); k >= want {
			return fmt.Errorf("arch of %s is %d, want below %d", place(decisions, d), k, want)
		}
	}
	return nil
}

// matrices returns the rows of a trace by their JSON name, in order.
func matrices(t search.Trace) (names []string, values [][][]float64) {
	return []string{"z", "probs", "op_grad", "extra", "grad", "update", "credit"},
		[][][]float64{t.Z, t.Probs, t.OpGrad, t.Extra, t.Grad, t.Update, {t.Credit}}
}

// checkFinite names the first value of a trace that is NaN or infinite.
func checkFinite(t search.Trace, decisions []space.Decision) error {
	for _, name := range slices.Sorted(maps.Keys(t.Scalars)) {
		if v := t.Scalars[name]; !finite(v) {
			return fmt.Errorf("scalar %q %w (%v)", name, ErrNotFinite, v)
		}
	}
	names, values := matrices(t)
	for i, rows := range values {
		for d, row := range rows {
			for k, v := range row {
				if finite(v) {
					continue
				}
				if names[i] == "credit" {
					return fmt.Errorf("credit of %s %w (%v)", place(decisions, k), ErrNotFinite, v)
				}
				return fmt.Errorf("%s of %s, choice %s, %w (%v)",
					names[i], place(decisions, d), choice(decisions, d, k), ErrNotFinite, v)
			}
		}
	}
	for _, term := range t.Terms {
		if !finite(term.Value) {
			return fmt.Errorf("term %q %w (%v)", term.Symbol, ErrNotFinite, term.Value)
		}
	}
	return nil
}

// finite says whether a number is neither NaN nor infinite.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// place names a decision.
func place(decisions []space.Decision, d int) string {
	if d >= len(decisions) {
		return fmt.Sprintf("decision %d", d)
	}
	if decisions[d].Cell == "" {
		return fmt.Sprintf("decision %d (%s)", d, decisions[d].Name)
	}
	return fmt.Sprintf("decision %d (%s, %s cell)", d, decisions[d].Name, decisions[d].Cell)
}

// choice names a choice of a decision.
func choice(decisions []space.Decision, d, k int) string {
	if d >= len(decisions) || k >= len(decisions[d].Choices) {
		return fmt.Sprint(k)
	}
	return fmt.Sprintf("%d (%s)", k, decisions[d].Choices[k])
}

// Tolerance of [compare]: relative to the largest number of the same field, and
// a floor for numbers that are rounding errors of float32.
const (
	relativeTolerance = 1e-4
	absoluteTolerance = 1e-7
)

// compare holds a replayed trace to the stored one and names the first value
// that is further off than a different machine explains.
func compare(got, want search.Trace) error {
	if got.Step != want.Step || got.Phase != want.Phase {
		return fmt.Errorf("is step %d, phase %q, want step %d, phase %q", got.Step, got.Phase, want.Step, want.Phase)
	}
	if !slices.Equal(got.Arch, want.Arch) {
		return fmt.Errorf("arch is %v, want %v", got.Arch, want.Arch)
	}
	names, a := matrices(got)
	_, b := matrices(want)
	for i, name := range names {
		if err := compareRows(a[i], b[i]); err != nil {
			return fmt.Errorf("%s%w", name, err)
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(got.Scalars)), slices.Sorted(maps.Keys(want.Scalars))) {
		return fmt.Errorf("has other scalars than the stored one")
	}
	for _, name := range slices.Sorted(maps.Keys(want.Scalars)) {
		if err := compareRows([][]float64{{got.Scalars[name]}}, [][]float64{{want.Scalars[name]}}); err != nil {
			return fmt.Errorf("scalar %s%w", name, err)
		}
	}
	if len(got.Terms) != len(want.Terms) || got.Formula != want.Formula {
		return fmt.Errorf("has another formula than the stored one")
	}
	for i, term := range want.Terms {
		if err := compareRows([][]float64{{got.Terms[i].Value}}, [][]float64{{term.Value}}); err != nil {
			return fmt.Errorf("term %s%w", term.Symbol, err)
		}
	}
	return nil
}

// compareRows compares ragged rows within the tolerance.
func compareRows(got, want [][]float64) error {
	if len(got) != len(want) {
		return fmt.Errorf(" has %d rows, want %d", len(got), len(want))
	}
	scale := 0.0
	for _, row := range want {
		for _, v := range row {
			scale = max(scale, math.Abs(v))
		}
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			return fmt.Errorf("[%d] has %d values, want %d", i, len(got[i]), len(want[i]))
		}
		for j := range want[i] {
			if !(math.Abs(got[i][j]-want[i][j]) <= relativeTolerance*scale+absoluteTolerance) {
				return fmt.Errorf("[%d][%d] is %v, want %v", i, j, got[i][j], want[i][j])
			}
		}
	}
	return nil
}
