package credit_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/credittest"
	"naslab.dev/nasx/key"
)

// The same three episodes by four rules. The first decision is what matters.
func ExampleAssigner() {
	mc, _ := credit.NewMonteCarlo(credit.DefaultMonteCarloConfig())
	td0, _ := credit.NewTD0(0.5)
	two, _ := credit.NewNStep(2, 0.5)
	td, _ := credit.NewTDLambda(0.9, 0.5)
	for _, rule := range []credit.Assigner{mc, td0, two, td} {
		var last []float64
		for _, e := range []credit.Episode{
			{Actions: []int{0, 0, 0}, Return: 0}, {Actions: []int{1, 0, 0}, Return: 1}, {Actions: []int{1, 0, 0}, Return: 1},
		} {
			var err error
			if last, err = rule.Assign(e); err != nil {
				fmt.Println(err)
				return
			}
		}
		fmt.Printf("%-18s %.2f\n", rule.Name(), last)
	}
	// Output:
	// Monte Carlo, G − b [0.30 0.30 0.30]
	// TD(0), V' − V      [0.00 0.24 0.06]
	// 2-step return − V  [0.24 0.06 0.06]
	// TD(λ = 0.9)        [0.09 0.08 0.06]
}

// rules returns one of every kind, new.
func rules(t *testing.T) []credit.Assigner {
	t.Helper()
	mc, err := credit.NewMonteCarlo(credit.DefaultMonteCarloConfig())
	if err != nil {
		t.Fatal(err)
	}
	out := []credit.Assigner{mc}
	for _, cfg := range []credit.CriticConfig{
		{StepSize: 0.3},
		{StepSize: 0.3, Steps: 2, Decay: 0.9},
		{StepSize: 0.3, Lambda: 0.8, Decay: 0.5},
		{StepSize: 0.3, Lambda: 0.8, ByStep: true},
		{StepSize: 0.3, Lambda: 1},
	} {
		c, err := credit.NewCritic(cfg)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// episode is number n of a sequence of random episodes.
func episode(n int) credit.Episode {
	rng := key.Rand(5, "episodes", n, 0)
	e := credit.Episode{Return: rng.NormFloat64()}
	for range 4 {
		e.Actions = append(e.Actions, rng.IntN(3))
	}
	return e
}

// credits returns what a rule gives for the episodes from first to before last.
func credits(t *testing.T, a credit.Assigner, first, last int) [][]float64 {
	t.Helper()
	return credittest.Credits(t, a, episode, first, last)
}

func TestTwentyEpisodesAreTenSaveLoadAndTen(t *testing.T) {
	for i := range rules(t) {
		credittest.Resumes(t, func() credit.Assigner { return rules(t)[i] }, episode)
	}
}

// A baseline that has seen the return is one that has not, times a factor that
// does not depend on the return, so it adds no bias.
func TestMonteCarloAgainstTheBaselineBefore(t *testing.T) {
	mc, err := credit.NewMonteCarlo(credit.MonteCarloConfig{Decay: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		e, before := episode(n), mc.Baseline()
		got, err := mc.Assign(e)
		if err != nil {
			t.Fatal(err)
		}
		power := math.Pow(0.9, float64(n))
		want := 0.9 * (1 - power) / (1 - 0.9*power) * (e.Return - before)
		for _, g := range got {
			if !(math.Abs(g-want) <= 1e-12) {
				t.Fatalf("episode %d: credit %g, want %g for every decision", n, g, want)
			}
		}
	}
}

// λ = 1 on raw returns is Monte Carlo with the value of the state as baseline;
// all critics' advantages telescope for λ = 0.
func TestCriticsAtTheEndsOfLambda(t *testing.T) {
	one, err := credit.NewCritic(credit.CriticConfig{Lambda: 1, StepSize: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	zero, err := credit.NewCritic(credit.CriticConfig{Lambda: 0, StepSize: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		e, sum := episode(n), 0.0
		var values []float64
		for i := range e.Actions {
			values = append(values, one.Value(e.Actions[:i]))
		}
		start := zero.Value(nil)
		whole, err := one.Assign(e)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range whole {
			if want := e.Return - values[i]; !(math.Abs(got-want) <= 1e-14) {
				t.Fatalf("episode %d, decision %d: λ = 1 gives %g, want %g", n, i, got, want)
			}
		}
		steps, err := zero.Assign(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			sum += s
		}
		if want := e.Return - start; !(math.Abs(sum-want) <= 1e-14) {
			t.Fatalf("episode %d: credit by TD(0) sums to %g, want G − V(s_1) = %g", n, sum, want)
		}
	}
}

// On a space that is small enough every critic ends at the exact values.
func TestCriticsFindTheTruth(t *testing.T) {
	p := credit.Process{Choices: []int{2, 2, 2}, Return: func(a []int) float64 { return float64(a[0] + a[1]*a[2]) }}
	truth, err := p.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	for _, lambda := range []float64{0, 0.8, 1} {
		c, err := credit.NewCritic(credit.CriticConfig{Lambda: lambda, StepSize: 0.01})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 20_000 {
			rng := key.Rand(1, "truth", n, 0)
			a := []int{rng.IntN(2), rng.IntN(2), rng.IntN(2)}
			if _, err := c.Assign(credit.Episode{Actions: a, Return: p.Return(a)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, prefix := range [][]int{{}, {0}, {1}, {1, 1}, {0, 1}} {
			want, err := truth.At(prefix)
			if err != nil {
				t.Fatal(err)
			}
			// sd of a return below 0.7, an average over some 2/0.01 visits: 4·0.7/√200
			if got := c.Value(prefix); !(math.Abs(got-want) <= 0.2) {
				t.Errorf("λ = %g: value of %v is %.3f, want %.3f", lambda, prefix, got, want)
			}
		}
	}
}

func TestEpisodesAndSettingsThatMakeNoSense(t *testing.T) {
	for _, e := range []credit.Episode{
		{}, {Actions: []int{-1}}, {Actions: []int{0}, Return: math.NaN()}, {Actions: []int{0}, Return: math.Inf(1)},
	} {
		for _, r := range rules(t) {
			if _, err := r.Assign(e); !errors.Is(err, credit.ErrEpisode) {
				t.Errorf("%s: episode %+v: got error %v, want ErrEpisode", r.Name(), e, err)
			}
		}
	}
	if _, err := credit.NewMonteCarlo(credit.MonteCarloConfig{Decay: 1}); err == nil {
		t.Error("a baseline that never moves: no error")
	}
	for _, cfg := range []credit.CriticConfig{
		{},
		{StepSize: 2},
		{StepSize: 0.1, Lambda: 2},
		{StepSize: 0.1, Decay: 1},
		{StepSize: 0.1, Steps: -1},
		{StepSize: 0.1, Lambda: math.NaN()},
	} {
		if _, err := credit.NewCritic(cfg); err == nil {
			t.Errorf("critic %+v: no error", cfg)
		}
	}
	if _, err := credit.NewNStep(0, 0.1); err == nil {
		t.Error("0-step critic: no error")
	}
}

func TestStatesWithoutNumbersAreRefused(t *testing.T) {
	for _, r := range rules(t) {
		credits(t, r, 0, 3)
		state := r.State()
		state["baseline"][0] = math.NaN()
		if err := r.SetState(state); err == nil {
			t.Errorf("%s: a state with NaN: no error", r.Name())
		}
		if err := r.SetState(nil); err == nil {
			t.Errorf("%s: an empty state: no error", r.Name())
		}
	}
}

// Whatever a state holds, loading it gives an error or a rule that works.
func FuzzCriticState(f *testing.F) {
	f.Add(2.0, 0.0, 1.0, 1.0, 2)
	f.Add(0.0, 1.0, 7.0, 3.0, 1)
	f.Add(math.NaN(), -1.0, 1e300, 0.5, 3)
	f.Fuzz(func(t *testing.T, a, b, c, d float64, n int) {
		critic, err := credit.NewTD0(0.1)
		if err != nil {
			t.Fatal(err)
		}
		state := map[string][]float64{
			"baseline": {0, 1}, "prefixes": {a, b, c, d}, "values": make([]float64, min(max(0, n), 9)),
		}
		if err := critic.SetState(state); err != nil {
			return
		}
		if _, err := critic.Assign(credit.Episode{Actions: []int{1, 0}, Return: 1}); err != nil {
			t.Error(err)
		}
	})
}
