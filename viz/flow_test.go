package viz

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// The terms of the three ways in which methods get a gradient.
var (
	scoreTerms = []search.Term{
		{Symbol: "R", Value: 0.9},
		{Symbol: "b", Value: 0.5},
		{Symbol: "I", Row: search.RowIndicator},
		{Symbol: "π", Row: search.RowProbs},
	}
	sampleTerms = []search.Term{
		{Symbol: "Z", Row: search.RowZ},
		{Symbol: "g", Row: search.RowOpGrad},
		{Symbol: "R", Row: search.RowNegCredit},
		{Symbol: "λ", Value: 0.5},
	}
	mixtureTerms = []search.Term{
		{Symbol: "p", Row: search.RowProbs}, {Symbol: "g", Row: search.RowOpGrad}, {Symbol: "R", Row: search.RowNegCredit},
	}
)

// testFlow is a step on one decision of four operations. The odds are .4 .3 .2 .1,
// the sample is .1 .7 .1 .1, and g is 1 −1 2 0, so R is .5 in the mixture and −.4
// in the sample.
func testFlow(method string) Flow {
	choices := []string{"none", "skip_connect", "sep_conv_3x3", "max_pool_3x3"}
	f := Flow{Method: method, Choices: choices, Trace: search.Trace{
		Step: 7, Arch: space.Arch{1}, Probs: [][]float64{{0.4, 0.3, 0.2, 0.1}}, OpGrad: [][]float64{{1, -1, 2, 0}},
		Scalars: map[string]float64{search.ScalarLoss: 2},
	}}
	t := &f.Trace
	switch method {
	case "enas":
		t.Formula, t.Terms = "∂L/∂a = -(R - b)*(I - π)", scoreTerms
		t.Grad, t.OpGrad = [][]float64{{0.16, -0.28, 0.08, 0.04}}, nil
		t.Scalars[search.ScalarReward], t.Scalars[search.ScalarArchLoss] = 0.9, 0.5
	case "snas":
		t.Formula, t.Terms, t.Z = "∂L/∂a = Z*(g - R)/λ", sampleTerms, [][]float64{{0.1, 0.7, 0.1, 0.1}}
		t.Grad, t.Credit = [][]float64{{0.28, -0.84, 0.48, 0.08}}, []float64{0.4}
	default:
		t.Formula, t.Terms, t.Z = "∂L/∂a = p*(g - R)", mixtureTerms, t.Probs
		t.Grad, t.Credit = [][]float64{{0.2, -0.45, 0.3, -0.05}}, []float64{-0.5}
		t.Arch = nil
	}
	return f
}

// testDraw is a step of SNAS on a cell of two nodes.
func testDraw() Sampling {
	d := testDecisions(2)[:5]
	rows := testProbs(5, 3, 0)
	return Sampling{Decisions: d, Cell: "normal", Trace: search.Trace{
		Step: 1, Arch: space.Argmax(rows), Z: rows, Probs: testProbs(5, 1, 1),
	}}
}

// addFlowFigures adds the figures of what flows to those that all tests look at.
func addFlowFigures(out map[string]drawn) {
	out["flow"] = GradientFlow{Flows: []Flow{testFlow("enas"), testFlow("snas"), testFlow("darts")}}
	out["sampling"] = testDraw()
	hard := testDraw()
	hard.Trace.Z = nil
	out["sampling of one-hot rows"] = hard
}

// What is drawn follows from the equation: who is random, what flows forward, and
// what comes back past what.
func TestGraphsFollowTheEquation(t *testing.T) {
	for _, tc := range []struct {
		method, forward, back string
		random                string
	}{
		{"enas", "a→π π→I I→ops x→ops ops→y y→R", "R→a:−(R − b)·(I − π)", "I"},
		{"snas", "a→Z G→Z Z→ops x→ops ops→y y→L", "L→y:∂L/∂y y→ops: ops→Z:g Z→a:Z·(g − R)/λ", "G"},
		{"darts", "a→p p→ops x→ops ops→y y→L", "L→y:∂L/∂y y→ops: ops→p:g p→a:p·(g − R)", ""},
	} {
		one := testFlow(tc.method)
		if err := one.Trace.CheckFormula(1e-12); err != nil {
			t.Fatal(err)
		}
		f, err := flowOf(one.Trace, 0)
		if err != nil {
			t.Fatal(err)
		}
		name := func(i int) string {
			if f.nodes[i].ops {
				return "ops"
			}
			return f.nodes[i].symbol
		}
		var forward, back, random []string
		for _, l := range f.links {
			if l.back {
				back = append(back, name(l.from)+"→"+name(l.to)+":"+l.label)
			} else {
				forward = append(forward, name(l.from)+"→"+name(l.to))
			}
		}
		for i, n := range f.nodes {
			if n.random {
				random = append(random, name(i))
			}
		}
		if got := strings.Join(forward, " "); got != tc.forward {
			t.Errorf("%s: forward is %s, want %s", tc.method, got, tc.forward)
		}
		if got := strings.Join(back, " "); got != tc.back {
			t.Errorf("%s: back is %s, want %s", tc.method, got, tc.back)
		}
		if got := strings.Join(random, " "); got != tc.random {
			t.Errorf("%s: random is %s, want %s", tc.method, got, tc.random)
		}
	}
}

func TestFlowFiguresSayWhatTheyShow(t *testing.T) {
	flow := GradientFlow{Flows: []Flow{testFlow("enas"), testFlow("snas"), testFlow("darts")}}.Alt()
	for _, want := range []string{
		"ENAS: no gradient passes the draw", "the weights have a pass of their own; R = 0.900, b = 0.500",
		"SNAS: the draw is a function of its noise", "the same pass serves the weights",
		"Z = 0.700, g = −1.00, R = −0.400, λ = 0.500: ∂L/∂a = −0.840",
		"DARTS: nothing is drawn", "p = 0.300, g = −1.00, R = 0.500: ∂L/∂a = −0.450",
	} {
		if !strings.Contains(flow, want) {
			t.Errorf("got %q, want %q in it", flow, want)
		}
	}
	d := testDraw()
	best := argmax(d.Trace.Z[0])
	want := "0→2 " + Palette.Op(testOps[best]).Name + ", which had " + fixed(d.Trace.Probs[0][best], 2)
	if got := d.Alt(); !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

func TestFlowFiguresRefuseWhatTheyCannotDraw(t *testing.T) {
	silent, nothing, outside := testFlow("snas"), testFlow("snas"), testFlow("snas")
	few, broken := testFlow("snas"), testFlow("snas")
	silent.Trace.Formula = ""
	nothing.Trace.Terms = []search.Term{
		{Symbol: "Z", Value: 1}, {Symbol: "g", Value: 1}, {Symbol: "R"}, {Symbol: "λ", Value: 1},
	}
	outside.Decision = 1
	few.Choices = few.Choices[:3]
	broken.Trace.Z = [][]float64{{math.NaN(), 0, 0, 0}}
	undrawn, ragged := testDraw(), testDraw()
	undrawn.Trace.Arch = nil
	ragged.Trace.Z = ragged.Trace.Z[:4]
	figures := []Figure{GradientFlow{}, Sampling{}, undrawn, ragged}
	for _, f := range []Flow{silent, nothing, outside, few, broken} {
		figures = append(figures, GradientFlow{Flows: []Flow{f}})
	}
	for i, f := range figures {
		var b bytes.Buffer
		if err := f.PNG(&b); err == nil || !strings.HasPrefix(err.Error(), "viz: ") || f.Alt() != "" {
			t.Errorf("figure %d, %T: got error %v and text %q, want an error and no text", i, f, err, f.Alt())
		}
	}
}
