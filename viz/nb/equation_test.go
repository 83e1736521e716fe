package nb

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

func TestEquationHasItsNumbers(t *testing.T) {
	r := recorded(t)
	tr := search.Trace{
		Step: 7, Z: [][]float64{{0.25, 0.75}}, OpGrad: [][]float64{{-0.004, 0.02}}, Credit: []float64{-0.014},
		Grad: [][]float64{{-0.0045, 0.0045}}, Formula: "∂L/∂a = Z*(g - R)/λ",
		Terms: []search.Term{
			{Symbol: "Z", Meaning: "entry of the sample", Row: search.RowZ},
			{Symbol: "g", Meaning: "slope", Row: search.RowOpGrad},
			{Symbol: "R", Meaning: "credit", Row: search.RowNegCredit},
			{Symbol: "λ", Meaning: "temperature", Value: 1},
		},
	}
	if err := Equation(tr, 0, 0); err != nil {
		t.Fatal(err)
	}
	want := `$$\begin{aligned}\frac{\partial L}{\partial a} &= \frac{Z\,\left(g - R\right)}{\lambda }\\ ` +
		`&= \frac{0.250 \cdot \left(\left(-0.00400\right) - 0.0140\right)}{1.00}\\ ` +
		`&= -0.00450\end{aligned}$$`
	if r.saved[0] != want {
		t.Errorf("got\n%s\nwant\n%s", r.saved[0], want)
	}
	if !strings.Contains(r.saved[1], "as the trace stores it") || !strings.Contains(r.saved[1], "value at step 7") {
		t.Errorf("the table lacks the stored gradient: %s", r.saved[1])
	}
	if err := Equation(search.Trace{Step: 1}, 0, 0); !errors.Is(err, search.ErrNoFormula) {
		t.Errorf("a trace without an equation: got %v", err)
	}
	if err := Equation(tr, 3, 0); err == nil {
		t.Error("a decision that does not exist was explained")
	}
}

func TestAnUpdateIsAddedToWhatTheEquationIsAbout(t *testing.T) {
	for text, want := range map[string]string{
		"∂L/∂a = p": "the logit", "∂L/∂α = p": "the logit", "∂L/∂p = p - f": "p", "y = p": "the logit",
	} {
		f, err := search.ParseFormula(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := moved(f.Left); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestTeXSetsParenthesesByPrecedence(t *testing.T) {
	for text, want := range map[string]string{
		"y = a - (b - c)":      `a - \left(b - c\right)`,
		"y = a - b - c":        `a - b - c`,
		"y = -(R - b)*(I - π)": `-\left(R - b\right)\,\left(I - \pi \right)`,
		"y = (a + b)^2":        `\left(a + b\right)^{2}`,
		"y = (a/b)*c_1":        `\frac{a}{b}\,c_{1}`,
		"y = -A*ρ":             `-A\,\rho `,
	} {
		f, err := search.ParseFormula(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tex(f.Right, inSum, nil); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

type running struct{ traces []client.Trace }

func (running) Name() string { return "digits" }

func (s running) Status() (client.Status, error) {
	return client.Status{Methods: []client.Method{{
		ID: "snas-2", Step: len(s.traces), Description: client.Description{
			Method: "snas", Seed: 4, Decisions: []client.Decision{{Name: "0→2", Cell: "normal", Choices: []string{"none"}}},
		},
	}}}, nil
}

func (s running) Traces(string, int, int) ([]client.Trace, error) { return s.traces, nil }

func TestRecordedTracesKeepEverything(t *testing.T) {
	raw, err := json.Marshal(search.Trace{Step: 1, OpGrad: [][]float64{{0.5}}, Credit: []float64{-1}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Recorded(running{[]client.Trace{{Raw: raw}}}, "snas-2")
	if err != nil {
		t.Fatal(err)
	}
	if r.About.Method != "snas" || r.About.Decisions[0].Name != "0→2" || r.Traces[0].OpGrad[0][0] != 0.5 {
		t.Errorf("got %+v", r)
	}
	_, err = Recorded(running{[]client.Trace{{Raw: raw}}}, "darts")
	if err == nil || !strings.Contains(err.Error(), "snas-2") {
		t.Errorf("an unknown method: got %v", err)
	}
	if _, err := Recorded(running{}, "snas-2"); err == nil || !strings.Contains(err.Error(), "no step yet") {
		t.Errorf("a session at its beginning: got %v", err)
	}
}
