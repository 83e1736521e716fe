package viz

import (
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"
)

// strokes returns the lines of a width that a figure draws, in their order.
func strokes(t *testing.T, f drawn, width vg.Length) []vg.Path {
	t.Helper()
	sh, err := f.sheet()
	if err != nil {
		t.Fatal(err)
	}
	var canvas recorder.Canvas
	if _, err := sh.render(func(float64, float64) vg.Canvas { return &canvas }); err != nil {
		t.Fatal(err)
	}
	var out []vg.Path
	var now vg.Length
	for _, action := range canvas.Actions {
		switch a := action.(type) {
		case *recorder.SetLineWidth:
			now = a.Width
		case *recorder.Stroke:
			if now == width {
				out = append(out, a.Path)
			}
		}
	}
	return out
}

// proportional says whether places on one scale that runs to the right stand as
// far apart as their values.
func proportional(t *testing.T, what string, lines []vg.Path, values []float64) {
	t.Helper()
	if len(lines) != len(values) {
		t.Fatalf("%s: %d lines, want %d", what, len(lines), len(values))
	}
	x := func(i int) float64 { return float64(lines[i][0].Pos.X) }
	unit := (x(0) - x(1)) / (values[0] - values[1])
	for i, v := range values {
		if want := x(0) + unit*(v-values[0]); !(unit > 0) || !(math.Abs(x(i)-want) <= 1e-6) {
			t.Errorf("%s: line %d of value %g stands at %g, want %g", what, i, v, x(i), want)
		}
	}
}

func TestTicksOfTheTruthStandAtTheirValues(t *testing.T) {
	means := GradientMeans{Estimates: testEstimates()}
	means.Estimators = means.Estimators[:1]
	proportional(t, "exact gradient", strokes(t, means, 2.6), []float64{0.3, -0.3, -0.4, 0.4})
	rules := testCreditRules()
	rules.Rules = rules.Rules[:1]
	proportional(t, "true credit", strokes(t, rules, 3.2), rules.Truth)
	bars := strokes(t, rules, 1.4)
	long := func(i int) float64 { return float64(bars[i][1].Pos.X - bars[i][0].Pos.X) }
	if len(bars) != 2 || !(math.Abs(long(0)/long(1)-0.75) <= 1e-9) {
		t.Fatalf("got %d lines of deviations %v, want two as 3 to 4", len(bars), bars)
	}
	truth := strokes(t, rules, 3.2)
	if want := 0.006 / 0.004 * float64(truth[0][0].Pos.X-truth[1][0].Pos.X); !(math.Abs(long(0)-want) <= 1e-6) {
		t.Errorf("a deviation of 0.003 to both sides is %g long, want %g", long(0), want)
	}
}

// The dot with the better advantage stands right of the middle of its column.
func TestRatiosOfGoodChoicesStandAtTheRight(t *testing.T) {
	middle := func(good, bad float64) float64 {
		dots := strokes(t, Ratios{Epsilon: 0.2, Passes: []RatiosPass{{
			Name: "epoch 1", Ratios: []float64{1, 1}, Advantages: []float64{good, bad}, Stopped: []bool{false, false},
		}}}, 1)
		var discs []float64
		for _, p := range dots {
			if len(p) > 1 && p[1].Type == vg.ArcComp {
				discs = append(discs, float64(p[1].Pos.X))
			}
		}
		if len(discs) != 2 {
			t.Fatalf("%d dots, want 2", len(discs))
		}
		return discs[0] - discs[1]
	}
	if both, apart := middle(1, 1), middle(1, -1); !(both < 0 && apart > 0) {
		t.Errorf("two good dots are %g apart, a good one and a bad one %g, want the bad one at the left", both, apart)
	}
}

// Half of the reward is 0.5, and known from the second episode on.
func TestHalfOfTheRewardIsKnown(t *testing.T) {
	r := Backup{Values: [][]float64{{0.45, 0.1}, {0.5, 0.2}, {0.7, 0.3}}}
	if first, second := r.halfway(0), r.halfway(1); first != 2 || second != 0 {
		t.Errorf("known after %d and %d episodes, want 2 and 0 for never", first, second)
	}
}
