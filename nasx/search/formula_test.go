package search_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/search"
)

func TestFormulaFollowsTheRulesOfArithmetic(t *testing.T) {
	values := map[string]float64{"a": 3, "b": 2, "λ": 0.5, "R_ij": -4, "p̂'": 7}
	for _, tc := range []struct {
		text string
		want float64
	}{
		{"1 + 2*3", 7},
		{"(1 + 2)*3", 9},
		{"8/4/2", 1},
		{"8 - 4 - 2", 2},
		{"2^3^2", 512},
		{"-2^2", -4},
		{"(-2)^2", 4},
		{"2^-1", 0.5},
		{"a*-b", -6},
		{"--a", 3},
		{"a − b·λ", 2},
		{"a×b", 6},
		{"R_ij/λ", -8},
		{"p̂'*2", 14},
		{"1e3 + 2.5e-1 + .5e", math.NaN()},
		{"1e3 + 2.5e-1", 1000.25},
		{"2.", 2},
		{" ( a ) ", 3},
	} {
		f, err := search.ParseFormula("x = " + tc.text)
		if math.IsNaN(tc.want) {
			if err == nil {
				t.Errorf("%s is accepted, want an error", tc.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if got, err := f.Right.Eval(values); err != nil || got != tc.want {
			t.Errorf("%s: got %g and error %v, want %g", tc.text, got, err, tc.want)
		}
	}
}

func TestFormulaKeepsItsSymbolsInOrder(t *testing.T) {
	f, err := search.ParseFormula("∂L/∂a = Z*(g - R)/λ + Z")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"∂L", "∂a"}, f.Left.Symbols()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Z", "g", "R", "λ"}, f.Right.Symbols()); diff != "" {
		t.Errorf("right (-want +got):\n%s", diff)
	}
	if f.Left.Kind != search.ExprDiv || f.Right.Kind != search.ExprAdd {
		t.Errorf("got kinds %q and %q, want / and +", f.Left.Kind, f.Right.Kind)
	}
}

func TestBrokenFormulasNameThePlace(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", "the text ends"},
		{"a", "want = or an operator"},
		{"a = ", "the text ends"},
		{"a = b c", "want an operator or the end"},
		{"a = (b", "want )"},
		{"a = b)", "want an operator or the end"},
		{"a = b = c", "want an operator or the end"},
		{"a = 2b", "want an operator or the end"},
		{"a = *b", "want a number"},
		{"a = _b", "want a number"},
		{"a = 1e999", "does not fit"},
		{"a = \x00", "want a number"},
		{"a = \xff", "want a number"},
		{"a = " + strings.Repeat("(", 100) + "b" + strings.Repeat(")", 100), "deeper than 32"},
		{"a = " + strings.Repeat("-", 100) + "b", "deeper than 32"},
		{"a = " + strings.Repeat("b^", 100) + "b", "deeper than 32"},
		{"a = " + strings.Repeat("b+", 1000) + "b", "at most 1024"},
	} {
		if _, err := search.ParseFormula(tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.40q: got error %v, want one with %q", tc.text, err, tc.want)
		}
	}
}

func TestEvalNamesTheMissingSymbol(t *testing.T) {
	f, err := search.ParseFormula("y = a + 2*b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Right.Eval(map[string]float64{"a": 1}); err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("got error %v, want one that names b", err)
	}
}

func FuzzParseFormula(f *testing.F) {
	for _, text := range []string{
		"∂L/∂a = Z*(g - R)/λ", "y = -(R - b)*(I - π)", "y=1e-3^-x_1·(2×z)", "a = ((b", "−=−",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		formula, err := search.ParseFormula(text)
		if err != nil {
			return
		}
		values := map[string]float64{}
		for _, name := range formula.Right.Symbols() {
			values[name] = 2
		}
		if _, err := formula.Right.Eval(values); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
