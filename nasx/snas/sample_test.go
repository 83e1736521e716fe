package snas

import (
	"math"
	"testing"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/oneshot"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/space"
)

// priced returns a Searcher without a network: enough for its penalty.
func priced(t *testing.T, estimator, form string) *Searcher {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Estimator = estimator
	cells := space.Cells{Nodes: 1, Ops: []string{space.OpNone, space.OpSkip, space.OpSep3}}
	penalty, err := cost.NewPenalty(form, 0.5, cells, cost.Net{
		Cells: 2, Channels: 4, Stem: 4, Reductions: []int{1}, Height: 4, Width: 4, InputChannels: 1, Classes: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &Searcher{cfg: cfg, parent: oneshot.Parent{Cells: cells}, penalty: penalty}
	for d := range cells.Decisions() {
		s.parent.Logits = append(s.parent.Logits, []float64{0.3 * float64(d), -0.4, 0.2})
	}
	return s
}

// expected returns E[C] over exact one-hot samples and its gradient in the
// logits, for the linear penalty: Σ p·c by enumeration of every choice.
func expected(t *testing.T, s *Searcher, logits [][]float64) float64 {
	t.Helper()
	total := 0.0
	probs := relax.SoftmaxRows(logits)
	for d, p := range probs {
		for k := range p {
			z := make([][]float64, len(probs))
			for i := range z {
				z[i] = make([]float64, len(p)) // other edges cost nothing
			}
			z[d][k] = 1
			price, err := s.penalty.At(z)
			if err != nil {
				t.Fatal(err)
			}
			total += p[k] * price.Total
		}
	}
	return total
}

func TestDiscretePenaltyIsTheExpectationOfTheLinearOne(t *testing.T) {
	s := priced(t, Discrete, cost.Linear)
	got, err := s.price(s.draw("gumbel", 0, 1), relax.SoftmaxRows(s.parent.Logits))
	if err != nil {
		t.Fatal(err)
	}
	if want := expected(t, s, s.parent.Logits); !(math.Abs(got.value-want) <= 1e-12*want) {
		t.Errorf("penalty: got %g, want %g", got.value, want)
	}
	const h = 1e-5
	for d, row := range s.parent.Logits {
		for k := range row {
			at := row[k]
			row[k] = at + h
			plus := expected(t, s, s.parent.Logits)
			row[k] = at - h
			minus := expected(t, s, s.parent.Logits)
			row[k] = at
			if want := (plus - minus) / (2 * h); !(math.Abs(got.outside[d][k]-want) <= 1e-7) {
				t.Errorf("∂C/∂a[%d][%d]: got %g, want %g", d, k, got.outside[d][k], want)
			}
		}
	}
}

// At a temperature near 0 samples are one-hot, so the mean price of both forms
// is its expectation by enumeration; the score form has the gradient of that
// expectation as its mean. Tolerance: 5 standard errors.
func TestSampledPenaltiesHaveTheRightMean(t *testing.T) {
	for _, form := range []string{cost.Linear, cost.Log} {
		s := priced(t, Policy, form)
		probs := relax.SoftmaxRows(s.parent.Logits)
		const draws, h = 40_000, 1e-5
		n := len(s.parent.Logits) * len(s.parent.Cells.Ops)
		sums, squares := make([]float64, n+1), make([]float64, n+1)
		for i := range draws {
			got, err := s.price(s.draw("gumbel", i, 2e-3), probs)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range append(relax.Flatten(got.outside), got.value) {
				sums[j] += v
				squares[j] += v * v
			}
		}
		want := make([]float64, 0, n+1)
		for _, row := range s.parent.Logits {
			for k := range row {
				at := row[k]
				row[k] = at + h
				plus := expected(t, s, s.parent.Logits)
				row[k] = at - h
				minus := expected(t, s, s.parent.Logits)
				row[k] = at
				want = append(want, (plus-minus)/(2*h))
			}
		}
		want = append(want, expected(t, s, s.parent.Logits))
		for j := range want {
			mean := sums[j] / draws
			sigma := math.Sqrt((squares[j]/draws - mean*mean) / draws)
			// Samples are not quite one-hot; that moves the mean by far less than
			// one part in a hundred.
			if !(math.Abs(mean-want[j]) <= 5*sigma+0.01*math.Abs(want[j])) {
				t.Errorf("%s, entry %d: mean is %g ± %.2g, want %g", form, j, mean, sigma, want[j])
			}
		}
	}
}

func TestOneDrawIsOneFunctionOfItsArguments(t *testing.T) {
	s := priced(t, Reparametrization, cost.Log)
	a, b := s.draw("gumbel", 3, 0.5), s.draw("gumbel", 3, 0.5)
	other := s.draw("gumbel", 4, 0.5)
	for d := range a.z {
		sum := 0.0
		for k, z := range a.z[d] {
			sum += z
			if z != b.z[d][k] {
				t.Fatalf("z[%d][%d] is %g, then %g", d, k, z, b.z[d][k])
			}
			if z == other.z[d][k] {
				t.Errorf("z[%d][%d] is the same in two steps", d, k)
			}
		}
		if !(math.Abs(sum-1) <= 1e-14) {
			t.Errorf("row %d sums to %g, want 1", d, sum)
		}
	}
	if a.gumbel[0][0] == a.gumbel[1][0] {
		t.Error("two decisions share their noise")
	}
}
