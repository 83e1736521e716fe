package credit_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/credit"
)

// chain returns the path 0, 1, …, length−1 with a reward of 1 at its end, and
// values of 0.
func chain(length int) (credit.Path, []float64) {
	states := make([]int, length)
	for t := range states {
		states[t] = t
	}
	return credit.Delayed(states, 1), make([]float64, length)
}

// sweep moves the values once toward the λ-returns.
func sweep(t *testing.T, values []float64, p credit.Path, lambda, stepSize float64) {
	t.Helper()
	targets, err := credit.Forward(values, p, 1, lambda)
	if err != nil {
		t.Fatal(err)
	}
	if err := credit.Toward(values, p, targets, stepSize); err != nil {
		t.Fatal(err)
	}
}

// The state d steps before the end is number length−d.
func TestSweepsOfTD0AreTheBinomialTail(t *testing.T) {
	const length = 12
	for _, eta := range []float64{0.1, 0.3, 0.5, 1} {
		p, values := chain(length)
		for n := 1; n <= 200; n++ {
			sweep(t, values, p, 0, eta)
			for d := 1; d <= length; d++ {
				got, want := values[length-d], credit.TDLaw(n, eta, d)
				if !(math.Abs(got-want) <= 1e-12) {
					t.Fatalf("η = %g, sweep %d, %d steps before the reward: got %.15f, want %.15f", eta, n, d, got, want)
				}
			}
		}
	}
}

func TestSweepsOfMonteCarloKnowNoDelay(t *testing.T) {
	p, values := chain(12)
	for n := 1; n <= 60; n++ {
		sweep(t, values, p, 1, 0.1)
		for s, got := range values {
			if want := credit.MonteCarloLaw(n, 0.1); !(math.Abs(got-want) <= 1e-12) {
				t.Fatalf("sweep %d, state %d: got %g, want %g", n, s, got, want)
			}
		}
	}
}

func TestAveragingSweepsAreThePermutationTail(t *testing.T) {
	const length = 12
	p, values := chain(length)
	for n := 1; n <= 400; n++ {
		sweep(t, values, p, 0, 1/float64(n))
		for d := 1; d <= length; d++ {
			got, want := values[length-d], credit.AverageLaw(n, d)
			if !(math.Abs(got-want) <= 1e-12) {
				t.Fatalf("sweep %d, %d steps before the reward: got %.15f, want %.15f", n, d, got, want)
			}
		}
	}
}

// Half times by the sweeps themselves, not by the laws. A step size of 0.5 hits
// a half exactly, hence the slack.
func TestHalfTimes(t *testing.T) {
	for _, tc := range []struct {
		name string
		step func(n int) float64
		want []int // for d = 1, 2, …
	}{
		{
			"η = 0.1: ten more sweeps a step", func(int) float64 { return 0.1 },
			[]int{7, 17, 27, 37, 47, 57, 67, 77, 87, 97, 107, 117},
		},
		{
			"η = 0.5: two more sweeps a step", func(int) float64 { return 0.5 },
			[]int{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23},
		},
		{
			"η = 1: the delay itself", func(int) float64 { return 1 },
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		},
		{
			"η = 1/n: e times as many sweeps a step", func(n int) float64 { return 1 / float64(n) },
			[]int{1, 2, 7, 21, 57, 157, 430, 1173, 3199, 8717, 23739, 64625},
		},
	} {
		length := len(tc.want)
		p, values := chain(length)
		got := make([]int, length)
		for n := 1; got[length-1] == 0 && n < 70_000; n++ {
			sweep(t, values, p, 0, tc.step(n))
			for d := 1; d <= length; d++ {
				if got[d-1] == 0 && values[length-d] >= 0.5-1e-12 {
					got[d-1] = n
				}
			}
		}
		for d, want := range tc.want {
			if got[d] != want {
				t.Errorf("%s: half the value %d steps before the reward after %d sweeps, want %d", tc.name, d+1, got[d], want)
			}
		}
	}
}

// The law counts cycles; here every permutation of up to seven elements is
// written down and its cycles are followed.
func TestAverageLawCountsPermutations(t *testing.T) {
	for n := 1; n <= 7; n++ {
		counts, all := make([]float64, n+1), 0.0
		permute(make([]int, 0, n), make([]bool, n), func(p []int) {
			counts[cycles(p)]++
			all++
		})
		tail := 0.0
		for d := n; d >= 1; d-- {
			tail += counts[d]
			if got, want := credit.AverageLaw(n, d), tail/all; !(math.Abs(got-want) <= 1e-14) {
				t.Errorf("AverageLaw(%d, %d) is %.16f, want %g of %g permutations", n, d, got, tail, all)
			}
		}
	}
}

// permute calls visit with every permutation that begins with prefix.
func permute(prefix []int, used []bool, visit func([]int)) {
	if len(prefix) == len(used) {
		visit(prefix)
		return
	}
	for i := range used {
		if !used[i] {
			used[i] = true
			permute(append(prefix, i), used, visit)
			used[i] = false
		}
	}
}

func cycles(p []int) int {
	seen, count := make([]bool, len(p)), 0
	for i := range p {
		if !seen[i] {
			count++
		}
		for j := i; !seen[j]; j = p[j] {
			seen[j] = true
		}
	}
	return count
}

func TestLawsAtTheirEnds(t *testing.T) {
	for _, tc := range []struct {
		name      string
		got, want float64
	}{
		{"the reward itself is known", credit.TDLaw(0, 0.1, 0), 1},
		{"nothing is known before the first sweep", credit.TDLaw(0, 0.1, 1), 0},
		{"a whole step needs as many sweeps as steps", credit.TDLaw(4, 1, 4), 1},
		{"and one less is not enough", credit.TDLaw(3, 1, 4), 0},
		{"ten steps, η = 0.3, 20 sweeps", math.Round(1000*credit.TDLaw(20, 0.3, 10)) / 1000, 0.048},
		{"ten steps, η = 0.3, 40 sweeps", math.Round(1000*credit.TDLaw(40, 0.3, 10)) / 1000, 0.804},
		{"Monte Carlo, η = 0.3, 20 sweeps", math.Round(1e4*credit.MonteCarloLaw(20, 0.3)) / 1e4, 0.9992},
		{"averages know the reward itself", credit.AverageLaw(0, 0), 1},
		{"averages know nothing before the first sweep", credit.AverageLaw(0, 1), 0},
	} {
		if !(math.Abs(tc.got-tc.want) <= 1e-12) {
			t.Errorf("%s: got %g, want %g", tc.name, tc.got, tc.want)
		}
	}
}
