package viz

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testPolicyFigures are the figures of how a policy learns.
func testPolicyFigures() map[string]Figure {
	rng := rand.New(rand.NewPCG(1, 2))
	ratios := Ratios{Epsilon: 0.2}
	for n, name := range []string{"epoch 1", "epoch 2", "epoch 3", "epoch 4"} {
		pass := RatiosPass{Name: name}
		for range 60 {
			a := rng.NormFloat64()
			v := math.Exp(float64(n) * (0.1*math.Copysign(1, a) + 0.12*rng.NormFloat64()))
			pass.Ratios, pass.Advantages = append(pass.Ratios, v), append(pass.Advantages, a)
			pass.Stopped = append(pass.Stopped, a > 0 && v > 1.2 || a < 0 && v < 0.8)
		}
		ratios.Passes = append(ratios.Passes, pass)
	}
	truth, strips := 0.3, Strips{Unit: "∂E[R]/∂a"}
	for _, name := range []string{"no baseline", "mean reward"} {
		strip := Strip{Name: name}
		for range 200 {
			strip.Values = append(strip.Values, 0.3+rng.NormFloat64()/float64(1+3*len(strips.Rows)))
		}
		strips.Rows = append(strips.Rows, strip)
	}
	strips.Truth = &truth
	return map[string]Figure{
		"clip":   ClipShape{Epsilon: 0.2, Marks: []ClipMark{{1.35, 1, "a"}, {0.9, 2, "b"}, {0.6, -1, "c"}, {1.4, -0.2, "d"}}},
		"ratios": ratios, "strips": strips,
	}
}

// To look at the figures: NASX_FIGURES=DIR go test -run PolicyFigures.
func TestPolicyFiguresAreDrawn(t *testing.T) {
	for name, f := range testPolicyFigures() {
		var svg, png bytes.Buffer
		if err := f.SVG(&svg); err != nil {
			t.Fatal(err)
		}
		if err := f.PNG(&png); err != nil {
			t.Fatal(err)
		}
		if f.Alt() == "" || !strings.Contains(svg.String(), "aria-label") {
			t.Errorf("%s has no text alternative", name)
		}
		if dir := os.Getenv("NASX_FIGURES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".png"), png.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// No two labels touch, in these figures and in the comparison of three methods,
// whose bars have no room for their words.
func TestPolicyFiguresHaveRoomForTheirLabels(t *testing.T) {
	figures := testPolicyFigures()
	c := Comparison{}
	for _, method := range []string{"darts", "snas", "enas"} {
		c.Runs = append(c.Runs, testRun(method, 3))
		c.Outcomes = append(c.Outcomes, Outcome{method, []float64{.95, .93, .94}, []float64{.1, .59, .3}})
	}
	figures["comparison"] = c
	for name, f := range figures {
		labels, w, h := look(t, f.(drawn))
		for i, a := range labels {
			if a.box.x0 < 0 || a.box.y0 < 0 || a.box.x1 > w || a.box.y1 > h {
				t.Errorf("%s: %q leaves the sheet", name, a.text)
			}
			for _, b := range labels[:i] {
				if a.box.overlaps(b.box) {
					t.Errorf("%s: %q and %q touch", name, a.text, b.text)
				}
			}
		}
	}
}

// The alternatives name what the figure rests on, worked by hand.
func TestPolicyFiguresSayWhatTheyShow(t *testing.T) {
	figures := testPolicyFigures()
	for name, parts := range map[string][]string{
		"clip":   {"above 1.20", "below 0.80", "2 of 4 decisions lie there: a, c"},
		"ratios": {"epoch 1 0 %", "epoch 4 "},
		"strips": {"no baseline ", "mean reward "},
	} {
		for _, part := range parts {
			if alt := figures[name].Alt(); !strings.Contains(alt, part) {
				t.Errorf("%s: got %q, want %q in it", name, alt, part)
			}
		}
	}
	mean, deviation := spread([]float64{1, 2, 6})
	if !(math.Abs(mean-3) < 1e-12 && math.Abs(deviation-math.Sqrt(7)) < 1e-12) {
		t.Errorf("got %g ± %g, want 3 ± √7", mean, deviation)
	}
}

func TestPolicyFiguresRefuseWhatCannotBeDrawn(t *testing.T) {
	nan := math.NaN()
	one := func(ratio, advantage float64) Ratios {
		return Ratios{Epsilon: 0.2, Passes: []RatiosPass{{
			Ratios: []float64{ratio}, Advantages: []float64{advantage}, Stopped: []bool{false},
		}}}
	}
	for name, f := range map[string]Figure{
		"a clip at 0":             ClipShape{},
		"a mark beyond the axis":  ClipShape{Epsilon: 0.2, Marks: []ClipMark{{Ratio: 3, Advantage: 1}}},
		"a mark of no sign":       ClipShape{Epsilon: 0.2, Marks: []ClipMark{{Ratio: 1}}},
		"too many marks":          ClipShape{Epsilon: 0.2, Marks: make([]ClipMark, 13)},
		"no inner steps":          Ratios{Epsilon: 0.2},
		"ratios at no clip":       Ratios{Passes: one(1, 1).Passes},
		"a ratio of 0":            one(0, 1),
		"an advantage of NaN":     one(1, nan),
		"ratios without the rest": Ratios{Epsilon: 0.2, Passes: []RatiosPass{{Ratios: []float64{1}}}},
		"no strips":               Strips{},
		"a strip of one":          Strips{Rows: []Strip{{Values: []float64{1}}}},
		"a strip of NaN":          Strips{Rows: []Strip{{Values: []float64{1, nan}}}},
		"a truth of NaN":          Strips{Rows: []Strip{{Values: []float64{1, 2}}}, Truth: &nan},
	} {
		if err := f.SVG(&bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "viz: ") {
			t.Errorf("%s: got error %v, want one", name, err)
		}
		if f.Alt() != "" {
			t.Errorf("%s has the alternative %q, want none", name, f.Alt())
		}
	}
}
