package search_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// example is one update of SNAS on a decision with three choices and one with
// two, by hand: R = Σ Z·g is 0.2·1 + 0.5·(−2) + 0.3·0 = −0.8 and 0.5·3 − 0.5·1
// = 1, so that with λ = 0.5 the gradient is Z·(g − R)/0.5.
func example() search.Trace {
	return search.Trace{
		Step: 1, Phase: search.PhaseSearch, Arch: space.Arch{1, 0},
		Z:       [][]float64{{0.2, 0.5, 0.3}, {0.5, 0.5}},
		Probs:   [][]float64{{0.25, 0.5, 0.25}, {0.5, 0.5}},
		OpGrad:  [][]float64{{1, -2, 0}, {3, -1}},
		Grad:    [][]float64{{0.72, -1.2, 0.48}, {2, -2}},
		Credit:  []float64{0.8, -1},
		Scalars: map[string]float64{search.ScalarLoss: 1.5},
		Formula: "∂L/∂a = Z*(g - R)/λ",
		Terms: []search.Term{
			{Symbol: "Z", Meaning: "relaxed choice", Row: search.RowZ},
			{Symbol: "g", Meaning: "∂L/∂Z", Row: search.RowOpGrad},
			{Symbol: "R", Meaning: "credit of the edge, as a cost", Row: search.RowNegCredit},
			{Symbol: "λ", Meaning: "temperature", Value: 0.5},
		},
	}
}

func ExampleTrace_Explain() {
	terms, value, err := example().Explain(0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, term := range terms {
		fmt.Printf("%s = %g  %s\n", term.Symbol, term.Value, term.Meaning)
	}
	fmt.Printf("%s = %.2f\n", example().Formula, value)
	// Output:
	// Z = 0.5  relaxed choice
	// g = -2  ∂L/∂Z
	// R = -0.8  credit of the edge, as a cost
	// λ = 0.5  temperature
	// ∂L/∂a = Z*(g - R)/λ = -1.20
}

func TestFormulaGivesTheGradientEverywhere(t *testing.T) {
	tr := example()
	if err := tr.CheckFormula(1e-12); err != nil {
		t.Error(err)
	}
	tr.Grad[1][1] += 1e-3
	if err := tr.CheckFormula(1e-6); err == nil || !strings.Contains(err.Error(), "decision 1, choice 1") {
		t.Errorf("got error %v for a wrong gradient, want one that names decision 1, choice 1", err)
	}
	tr.Formula = ""
	if err := tr.CheckFormula(1); !errors.Is(err, search.ErrNoFormula) {
		t.Errorf("got error %v, want ErrNoFormula", err)
	}
	if _, _, err := tr.Explain(0, 0); !errors.Is(err, search.ErrNoFormula) {
		t.Errorf("got error %v, want ErrNoFormula", err)
	}
}

func TestExplainLeavesTheTraceAlone(t *testing.T) {
	tr := example()
	if _, _, err := tr.Explain(0, 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), tr); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestTermsFindTheirRows(t *testing.T) {
	tr := example()
	tr.Extra = [][]float64{{5, 6, 7}, {8, 9}}
	tr.Formula = "y = x"
	for _, tc := range []struct {
		row  string
		d, k int
		want float64
	}{
		{search.RowZ, 0, 2, 0.3},
		{search.RowProbs, 0, 1, 0.5},
		{search.RowOpGrad, 1, 0, 3},
		{search.RowExtra, 1, 1, 9},
		{search.RowCredit, 0, 2, 0.8},
		{search.RowNegCredit, 1, 0, 1},
		{search.RowIndicator, 0, 1, 1},
		{search.RowIndicator, 0, 0, 0},
	} {
		tr.Terms = []search.Term{{Symbol: "x", Row: tc.row, Value: 99}}
		_, got, err := tr.Explain(tc.d, tc.k)
		if err != nil || got != tc.want {
			t.Errorf("row %s at %d, %d: got %g, error %v; want %g", tc.row, tc.d, tc.k, got, err, tc.want)
		}
	}
	for _, at := range [][2]int{{-1, 0}, {2, 0}, {0, -1}, {1, 2}} {
		for _, row := range []string{search.RowZ, search.RowExtra, "nowhere"} {
			tr.Terms = []search.Term{{Symbol: "x", Row: row}}
			if _, _, err := tr.Explain(at[0], at[1]); err == nil {
				t.Errorf("row %s has a value at %v, want an error", row, at)
			}
		}
	}
}

func TestEntropyOfKnownRows(t *testing.T) {
	for _, tc := range []struct {
		rows [][]float64
		want float64
	}{
		{nil, 0},
		{[][]float64{{1, 0, 0}}, 0},
		{[][]float64{{.125, .125, .125, .125, .125, .125, .125, .125}}, math.Log(8)},
		{[][]float64{{.5, .5}, {0, 1}}, math.Ln2 / 2},
	} {
		if got := search.Entropy(tc.rows); !(math.Abs(got-tc.want) <= 1e-15) {
			t.Errorf("entropy of %v is %g, want %g", tc.rows, got, tc.want)
		}
	}
}

func TestValidateFindsEachFault(t *testing.T) {
	if err := example().Validate(); err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for _, tc := range []struct {
		name, want string
		breakIt    func(*search.Trace)
	}{
		{"step 0", "step 0", func(tr *search.Trace) { tr.Step = 0 }},
		{"NaN in a matrix", "grad[1][0] is NaN", func(tr *search.Trace) { tr.Grad[1][0] = nan }},
		{"infinity in a scalar", `"loss" is +Inf`, func(tr *search.Trace) { tr.Scalars["loss"] = math.Inf(1) }},
		{"NaN in the credit", "credit[0] is NaN", func(tr *search.Trace) { tr.Credit[0] = nan }},
		{"missing row", "op_grad has 1 rows", func(tr *search.Trace) { tr.OpGrad = tr.OpGrad[:1] }},
		{"longer row", "probs row 1 has 3", func(tr *search.Trace) { tr.Probs[1] = []float64{0, 0, 1} }},
		{"extra of another shape", "extra has 1 rows", func(tr *search.Trace) { tr.Extra = tr.Z[:1] }},
		{"choice that is not", "arch[1] is 2", func(tr *search.Trace) { tr.Arch[1] = 2 }},
		{"negative choice", "arch[1] is -1", func(tr *search.Trace) { tr.Arch[1] = -1 }},
		{"choices missing", "arch has 1", func(tr *search.Trace) { tr.Arch = tr.Arch[:1] }},
		{"credit missing", "credit has 1", func(tr *search.Trace) { tr.Credit = tr.Credit[:1] }},
		{"symbol twice", "twice", func(tr *search.Trace) { tr.Terms[1].Symbol = "Z" }},
		{"symbol missing", `"λ" has no term`, func(tr *search.Trace) { tr.Terms = tr.Terms[:3] }},
		{"broken formula", "byte", func(tr *search.Trace) { tr.Formula = "y = (" }},
		{"formula without gradient", "no grad", func(tr *search.Trace) { tr.Grad = nil }},
		{"division by zero", "want a finite", func(tr *search.Trace) { tr.Terms[3].Value = 0 }},
	} {
		tr := example()
		tc.breakIt(&tr)
		if err := tr.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.want)
		}
	}
}
