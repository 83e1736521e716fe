package viz

import (
	"math"
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

var testOps = []string{
	"none", "max_pool_3x3", "avg_pool_3x3", "skip_connect",
	"sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
}

// testDecisions are the decisions of two full cells with that many nodes.
func testDecisions(nodes int) []space.Decision {
	var out []space.Decision
	for _, cell := range []string{"normal", "reduce"} {
		for to := 2; to < nodes+2; to++ {
			for from := range to {
				out = append(out, space.Decision{Name: EdgeName(from, to), Cell: cell, Choices: testOps})
			}
		}
	}
	return out
}

// testProbs makes rows that sum to one and grow more decided with sharp.
func testProbs(rows int, sharp, phase float64) [][]float64 {
	out := make([][]float64, rows)
	for i := range out {
		sum := 0.0
		for k := range testOps {
			v := math.Exp(sharp * math.Sin(float64(7*i*i+13*k)+phase))
			out[i] = append(out[i], v)
			sum += v
		}
		for k := range out[i] {
			out[i][k] /= sum
		}
	}
	return out
}

// testRun is a run of 40 updates, ten epochs, that becomes more decided.
func testRun(method string, nodes int) Run {
	r := Run{About: search.Description{
		Method: method, Label: Palette.Method(method).Label, Seed: 1, Data: "digits 8×8", Steps: 40,
		StepsPerEpoch: 4, ImagesPerStep: 64, Decisions: testDecisions(nodes),
	}}
	rows := len(r.About.Decisions)
	for step := 1; step <= 40; step++ {
		part := float64(step) / 40
		t := search.Trace{
			Step: step, Probs: testProbs(rows, 2*part, float64(len(method))), CreditBy: "-R, first-order Taylor term",
			Scalars: map[string]float64{
				search.ScalarEntropyNormal: math.Log(8) - 0.2*part, search.ScalarEntropyReduce: math.Log(8) - 0.3*part,
				search.ScalarTemperature: 1 - 0.9*part,
			},
		}
		for d := range rows {
			t.Credit = append(t.Credit, 0.01*math.Sin(float64(d*step)))
		}
		if step%4 == 0 {
			t.Scalars[search.ScalarSearchAccuracy] = 0.5 + 0.48*part
			t.Scalars[search.ScalarChildArgmax] = 0.5 + 0.49*part
		}
		r.Traces = append(r.Traces, t)
	}
	return r
}

// dartsV2 is the published genotype of [DARTS].
func dartsV2() space.Genotype {
	l := func(op string, from int) space.Link { return space.Link{Op: op, From: from} }
	const sep, dil, skip, pool = "sep_conv_3x3", "dil_conv_3x3", "skip_connect", "max_pool_3x3"
	concat := []int{2, 3, 4, 5}
	return space.Genotype{
		Space:  "darts",
		Normal: []space.Link{l(sep, 0), l(sep, 1), l(sep, 0), l(sep, 1), l(sep, 1), l(skip, 0), l(skip, 0), l(dil, 2)},
		Reduce: []space.Link{
			l(pool, 0), l(pool, 1), l(skip, 2), l(pool, 1), l(pool, 0), l(skip, 2), l(skip, 2), l(pool, 1),
		},
		NormalConcat: concat, ReduceConcat: concat, Edges: space.EdgesTop2,
	}
}

var testOutcomes = []Outcome{
	{"darts", []float64{0.987, 0.98, 0.987}, []float64{0.22, 0.183, 0.363}},
	{"snas", []float64{0.953, 0.987, 0.99}, []float64{0.973, 0.98, 0.993}},
}

// drawn is a figure that tests can look into.
type drawn interface {
	Figure
	sheet() (*sheet, error)
}

// allFigures has every kind of figure, cells of one to seven nodes among them.
func allFigures(t *testing.T) map[string]drawn {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]drawn{}
	for nodes := 1; nodes <= 7; nodes++ {
		r := testRun("snas", nodes)
		n := Count(nodes)
		c, err := CellOfTrace(r.About, r.Traces[39], "normal")
		must(err)
		c.Select = "0→2"
		out["cell "+n] = c
		credit, err := CreditsOfRun(r, "reduce", 1, 0)
		must(err)
		out["credit "+n] = credit
		out["heat "+n] = Heat{Run: r, Cell: "normal"}
		out["evolution "+n] = Evolution{Run: r, Cell: "reduce"}
	}
	for _, cell := range []string{"normal", "reduce"} {
		c, err := CellOfGenotype(dartsV2(), cell)
		must(err)
		out["DARTS_V2 "+cell] = c
	}
	looseFigures(t, out)
	g := dartsV2()
	g.Normal, g.Reduce = g.Reduce, g.Normal
	out["difference"] = Difference{Cell: "normal", From: Side{"one", "darts", dartsV2()}, To: Side{"another", "snas", g}}
	runs := []Run{testRun("darts", 3), testRun("snas", 3)}
	out["accuracy"] = Accuracies{Runs: runs}
	out["entropy"] = Entropies{Runs: runs, X: AxisImages}
	out["after"] = AfterSearch{Outcomes: testOutcomes}
	out["comparison"] = Comparison{Runs: runs, Outcomes: testOutcomes}
	out["regret"] = testRegret()
	out["space"] = SpaceTable{Decisions: testDecisions(3)}
	out["mixtures"] = Mixtures{Ops: testOps, Blocks: []Mixture{
		{Title: "λ = 1", Names: []string{"0→2", "1→2"}, Rows: testProbs(2, 1, 0)},
		{Title: "λ = 0.1", Names: []string{"0→2", "1→2"}, Rows: testProbs(2, 9, 0)},
	}}
	out["decisions"] = testDecisionTable()
	out["growth"] = testGrowth()
	addCreditFigures(out)
	addEstimateFigures(out)
	addFlowFigures(out)
	return out
}
