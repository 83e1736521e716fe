package viz

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// testGaps are searches whose gap falls as the best of so many random numbers.
func testGaps(seeds, queries int, speed float64, seed uint64) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([][]float64, seeds)
	for i := range out {
		best := 1.0
		for q := range queries {
			best = math.Min(best, rng.Float64()*math.Pow(float64(q+1), -speed))
			out[i] = append(out[i], 0.08*best)
		}
	}
	return out
}

// testRegret has the methods of the table protocol.
func testRegret() Regret {
	return Regret{Lines: []RegretLine{
		{Method: "random", Gaps: testGaps(60, 100, 0, 1)},
		{Method: "evolution", Gaps: testGaps(60, 100, 0.2, 2)},
		{Method: "tabular", Gaps: testGaps(60, 100, 0.3, 3)},
		{Method: "enas-ppo", Name: "PPO", Gaps: testGaps(60, 90, 0.5, 4)},
	}}
}

// Four seeds by hand: 1, 2, 3 and 10 % have the mean 4 and the variance 50/3, so
// two standard errors are 2·√(50/12).
func TestRegretIsTheMeanOverSeeds(t *testing.T) {
	l := RegretLine{Method: "random", Gaps: [][]float64{{0.01, 0}, {0.03, 0}, {0.02, 0, 0.5}, {0.10, 0}}}
	c := l.curve()
	reach := 2 * math.Sqrt(50.0/12)
	for _, v := range []struct{ got, want float64 }{
		{c.mean[0], 4}, {c.low[0], 4 - reach}, {c.high[0], 4 + reach}, {c.mean[1], 0}, {c.last(), 0},
	} {
		if !(math.Abs(v.got-v.want) <= 1e-12) {
			t.Errorf("got %g, want %g", v.got, v.want)
		}
	}
	if len(c.mean) != 2 {
		t.Errorf("%d queries, want those of the shortest search, 2", len(c.mean))
	}
	one := RegretLine{Gaps: [][]float64{{0.02}}}
	if c := one.curve(); c.low[0] != 2 || c.high[0] != 2 {
		t.Errorf("one seed has a band from %g to %g, want none", c.low[0], c.high[0])
	}
}

func TestRegretAxisHoldsAllMeans(t *testing.T) {
	for _, tc := range []struct {
		means []float64
		want  []float64
	}{
		{[]float64{7, 0.4}, []float64{0.2, 0.5, 1, 2, 5, 10}},
		{[]float64{1, 1}, []float64{1, 2}},
		{[]float64{90, 0}, gapTicks},
		{[]float64{0, 0}, []float64{0.01, 0.02}},
	} {
		if got := gapAxis([]regretCurve{{mean: tc.means}}); !slices.Equal(got, tc.want) {
			t.Errorf("means %v: got the ticks %v, want %v", tc.means, got, tc.want)
		}
	}
}

func TestRegretSaysWhatItShows(t *testing.T) {
	r := testRegret()
	alt := r.Alt()
	for _, part := range []string{"random ", "PPO ", "after 90 queries", "percentage points"} {
		if !strings.Contains(alt, part) {
			t.Errorf("got %q, want %q in it", alt, part)
		}
	}
	var svg bytes.Buffer
	if err := r.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(svg.String(), "two standard errors") {
		t.Error("the figure does not say what its bands are")
	}
	if !strings.Contains(svg.String(), "fill-opacity") {
		t.Error("bands hide what lies under them, want them to let it through")
	}
}

func TestRegretRefusesWhatItCannotDraw(t *testing.T) {
	for name, r := range map[string]Regret{
		"no method":      {},
		"no search":      {Lines: []RegretLine{{Method: "random"}}},
		"no query":       {Lines: []RegretLine{{Gaps: [][]float64{{}}}}},
		"no number":      {Lines: []RegretLine{{Gaps: [][]float64{{math.NaN()}}}}},
		"a gap below 0":  {Lines: []RegretLine{{Gaps: [][]float64{{-0.1}}}}},
		"per cent":       {Lines: []RegretLine{{Gaps: [][]float64{{3}}}}},
		"too many lines": {Lines: make([]RegretLine, 7)},
	} {
		if err := r.PNG(&bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "viz: ") {
			t.Errorf("%s: got %v, want an error", name, err)
		}
	}
}
