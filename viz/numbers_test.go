package viz

import (
	"math"
	"slices"
	"strings"
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

func TestCreditsAreMeansWithStandardErrors(t *testing.T) {
	r := Run{About: search.Description{Method: "snas", Decisions: testDecisions(1)}}
	for i, v := range []float64{1, 2, 3, 4, 100} {
		r.Traces = append(r.Traces, search.Trace{Step: i + 1, Credit: []float64{v, -v, 0, 0}})
	}
	c, err := CreditsOfRun(r, "normal", 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	// 1, 2, 3, 4: mean 2.5, variance 5/3, standard error √(5/12).
	want := math.Sqrt(5.0 / 12)
	if got := c.Edges[0]; math.Abs(got.Mean-2.5) > 1e-12 || !(math.Abs(got.Err-want) <= 1e-12) {
		t.Errorf("got %+v, want 2.5 ± %v", got, want)
	}
	if c.Edges[1].Mean != -2.5 || c.Count != 4 || c.First != 1 || c.Last != 4 {
		t.Errorf("got %+v", c)
	}
	if one, err := CreditsOfRun(r, "reduce", 5, 5); err != nil || one.Edges[0].Err != 0 || one.Count != 1 {
		t.Errorf("one minibatch has an error bar: %+v, %v", one, err)
	}
}

func TestApartKeepsOrderAndDistance(t *testing.T) {
	for _, tc := range []struct {
		name     string
		in, want []float64
	}{
		{"what is apart stays", []float64{50, 10, 90}, []float64{50, 10, 90}},
		{"two that touch share the way", []float64{50, 52}, []float64{46, 56}},
		{"three settle around their mean", []float64{50, 50, 50}, []float64{40, 50, 60}},
		{"the border holds", []float64{0, 1}, []float64{0, 10}},
		{"and the other one", []float64{100, 99}, []float64{100, 90}},
		{"none is none", nil, []float64{}},
	} {
		if got := apart(tc.in, 10, 0, 100); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestTicks(t *testing.T) {
	if got := stepTicks(800, 4); !slices.Equal(got, []float64{0, 200, 400, 600, 800}) {
		t.Errorf("800 steps: got %v", got)
	}
	if got := stepTicks(7, 4); got[0] != 0 || got[len(got)-1] != 7 {
		t.Errorf("7 steps: got %v, want 0 to 7", got)
	}
	for size, want := range map[float64]float64{1: 0.25, 800: 200, 0.4: 0.1, 9: 2.5} {
		if got := niceStep(size, 4); math.Abs(got-want) > 1e-12 {
			t.Errorf("step for %v in four: got %v, want %v", size, got, want)
		}
	}
}

func TestEdgeInk(t *testing.T) {
	// At chance the thinnest and palest line, at one the widest; full colour from .45 on.
	for _, tc := range []struct{ p, width, strength float64 }{
		{0.125, 1.1, 0.42}, {1, 9.1, 1}, {0.45, 1.1 + 8*0.325/0.875, 1}, {0.05, 1.1, 0.42},
	} {
		if got := edgeWidth(tc.p, 0.125, 1); math.Abs(got-tc.width) > 1e-12 {
			t.Errorf("width at %v: got %v, want %v", tc.p, got, tc.width)
		}
		if got := edgeStrength(tc.p, 0.125); math.Abs(got-tc.strength) > 1e-12 {
			t.Errorf("strength at %v: got %v, want %v", tc.p, got, tc.strength)
		}
	}
}

func TestChangesBetweenCells(t *testing.T) {
	e := func(from, to int, op string) Edge { return Edge{From: from, To: to, Op: op} }
	a := Cell{Edges: []Edge{e(0, 2, "a"), e(1, 2, "b"), e(0, 3, "c"), e(0, 3, "d")}}
	b := Cell{Edges: []Edge{e(0, 2, "a"), e(1, 2, "x"), e(0, 3, "d"), e(1, 3, "y")}}
	want := []change{
		{link{from: 0, to: 2}, "a", "a"},
		{link{from: 1, to: 2}, "b", "x"},
		{link{from: 0, to: 3}, "c", ""}, // of two parallel links the one with the same operation stays
		{link{from: 0, to: 3}, "d", "d"},
		{link{from: 1, to: 3}, "", "y"},
	}
	if got := changes(a, b); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCountArchitectures(t *testing.T) {
	// 8 operations on each of 2 × 9 edges: 8¹⁸ = 2⁵⁴.
	if got := CountArchitectures(testDecisions(3)).String(); got != "18014398509481984" {
		t.Errorf("got %s, want 2⁵⁴ = 18014398509481984", got)
	}
	if got := manyText(CountArchitectures([]space.Decision{{Choices: testOps}, {Choices: testOps[:5]}})); got != "40" {
		t.Errorf("got %s, want 40", got)
	}
}

func TestRunPicksTracesAtEvenDistances(t *testing.T) {
	r := testRun("snas", 1)
	some, every, err := r.withProbs(10)
	if err != nil || every != 4 || len(some) != 10 || some[0].Step != 1 || some[9].Step != 40 {
		t.Errorf("got %d traces, every %d, from %d to %d, %v", len(some), every, some[0].Step, some[len(some)-1].Step, err)
	}
}

func TestCurveSplitKeepsTheCurve(t *testing.T) {
	c := cubic{{0, 0}, {10, 30}, {40, -20}, {60, 5}}
	for _, at := range []float64{0.2, 0.5, 0.9} {
		s := c.split(at)
		for _, u := range []float64{0, 0.3, 1} {
			p, q := s.at(u), c.at(at*u)
			if math.Hypot(p.x-q.x, p.y-q.y) > 1e-9 {
				t.Errorf("split at %v: point %v is %+v, want %+v", at, u, p, q)
			}
		}
	}
	end := c.cutEnd(8)[3]
	if d := math.Hypot(60-end.x, 5-end.y); math.Abs(d-8) > 1e-3 {
		t.Errorf("cut leaves %v, want 8", d)
	}
}

func TestOutcomesGroupSeedsByMethod(t *testing.T) {
	blank := Run{About: search.Description{Method: "nao"}}
	got := OutcomesOf(testRun("snas", 1), testRun("darts", 1), testRun("snas", 1), blank)
	// The last epoch of testRun has search accuracy 0.5 + 0.48 and child 0.5 + 0.49.
	if len(got) != 3 || got[0].Method != "snas" || len(got[0].Child) != 2 || len(got[1].Search) != 1 ||
		got[2].Child != nil {
		t.Fatalf("got %+v", got)
	}
	if math.Abs(got[0].Search[1]-0.98) > 1e-12 || math.Abs(got[1].Child[0]-0.99) > 1e-12 {
		t.Errorf("got %+v, want the last values 0.98 and 0.99", got)
	}
}

func TestLongNamesLeaveRoomForTheData(t *testing.T) {
	r := testRun("snas", 1)
	r.About.Label = strings.Repeat("Wide ", 60)
	ch, err := entropyChart([]Run{r, r, r, r}, AxisUpdates, false)
	if err != nil {
		t.Fatal(err)
	}
	if room := ch.labelRoom(); room > bodyWidth/3 {
		t.Errorf("labels take %v of %v pixels", room, bodyWidth)
	}
}
