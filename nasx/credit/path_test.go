package credit_test

import (
	"fmt"
	"math"
	"testing"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/key"
)

// One architecture of three decisions, worth 1; nothing has been learned. Which
// decision learns of the reward?
func Example() {
	path := credit.Delayed([]int{0, 1, 2}, 1)
	for _, lambda := range []float64{0, 0.5, 1} {
		values := make([]float64, 3)
		targets, err := credit.Forward(values, path, 1, lambda)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("λ = %g: %g\n", lambda, targets)
	}
	// Output:
	// λ = 0: [0 0 1]
	// λ = 0.5: [0.25 0.5 1]
	// λ = 1: [1 1 1]
}

// random returns values and a path through five states that comes back to them,
// with a reward after every step.
func random(seed uint64) (credit.Path, []float64) {
	rng := key.Rand(seed, "path test", 0, 0)
	p, values := credit.Path{}, make([]float64, 5)
	for s := range values {
		values[s] = rng.NormFloat64()
	}
	for range 9 {
		p.States, p.Rewards = append(p.States, rng.IntN(5)), append(p.Rewards, rng.NormFloat64())
	}
	return p, values
}

func near(t *testing.T, name string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d numbers, want %d", name, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol) {
			t.Errorf("%s: number %d is %.17g, want %.17g", name, i, got[i], want[i])
		}
	}
}

// The forward view as it is written down: all n-step returns that bootstrap,
// and the full return with the weight that is left.
func TestForwardIsTheWeightedSumOfNStepReturns(t *testing.T) {
	for seed := range uint64(20) {
		p, values := random(seed)
		const gamma, lambda = 0.9, 0.7
		got, err := credit.Forward(values, p, gamma, lambda)
		if err != nil {
			t.Fatal(err)
		}
		full, length := credit.Returns(p.Rewards, gamma), len(p.States)
		want := make([]float64, length)
		for now := range want {
			bootstraps := length - 1 - now
			for n := 1; n <= bootstraps; n++ {
				nth, err := credit.NStep(values, p, gamma, n)
				if err != nil {
					t.Fatal(err)
				}
				want[now] += (1 - lambda) * math.Pow(lambda, float64(n-1)) * nth[now]
			}
			want[now] += math.Pow(lambda, float64(bootstraps)) * full[now]
		}
		near(t, fmt.Sprintf("seed %d", seed), got, want, 1e-13)
	}
}

func TestTheEndsOfLambda(t *testing.T) {
	p, values := random(3)
	const gamma = 0.9
	one, err := credit.NStep(values, p, gamma, 1)
	if err != nil {
		t.Fatal(err)
	}
	many, err := credit.NStep(values, p, gamma, 100)
	if err != nil {
		t.Fatal(err)
	}
	surprises, err := credit.Surprises(values, p, gamma)
	if err != nil {
		t.Fatal(err)
	}
	for lambda, want := range map[float64][]float64{0: one, 1: many} {
		got, err := credit.Forward(values, p, gamma, lambda)
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("λ = %g", lambda), got, want, 1e-14)
	}
	near(t, "many steps are the return", many, credit.Returns(p.Rewards, gamma), 1e-14)
	for i, s := range p.States {
		if !(math.Abs(surprises[i]-(one[i]-values[s])) <= 1e-14) {
			t.Errorf("surprise %d is %g, want one step minus the value, %g", i, surprises[i], one[i]-values[s])
		}
	}
}

// Offline accumulating traces move every visit of a state by η(G^λ − V), on
// paths that come back too; replacing traces do not.
func TestOfflineTracesAreTheForwardView(t *testing.T) {
	apart := 0.0
	for seed := range uint64(20) {
		p, values := random(seed)
		rule := credit.Traces{Discount: 0.9, Lambda: 0.7, StepSize: 0.1}
		targets, err := credit.Forward(values, p, rule.Discount, rule.Lambda)
		if err != nil {
			t.Fatal(err)
		}
		want := append([]float64(nil), values...)
		for i, s := range p.States {
			want[s] += rule.StepSize * (targets[i] - values[s])
		}
		got := append([]float64(nil), values...)
		if err := rule.Offline(got, p); err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("seed %d", seed), got, want, 1e-14)

		rule.Replacing = true
		replaced := append([]float64(nil), values...)
		if err := rule.Offline(replaced, p); err != nil {
			t.Fatal(err)
		}
		for s := range replaced {
			apart = math.Max(apart, math.Abs(replaced[s]-want[s]))
		}
	}
	if !(apart > 0.05) {
		t.Errorf("replacing traces differ by at most %g from the forward view, want more on paths that come back", apart)
	}
}

// Without a second visit, online and offline are the same for λ = 1 on a chain
// from values of 0, and accumulating and replacing always.
func TestTracesOnAChain(t *testing.T) {
	p, _ := chain(6)
	run := func(online, replacing bool, lambda float64, episodes int) []float64 {
		_, values := chain(6)
		rule := credit.Traces{Discount: 1, Lambda: lambda, StepSize: 0.3, Replacing: replacing}
		for range episodes {
			learn := rule.Offline
			if online {
				learn = rule.Online
			}
			if err := learn(values, p); err != nil {
				t.Fatal(err)
			}
		}
		return values
	}
	near(t, "replacing, online", run(true, true, 0.9, 9), run(true, false, 0.9, 9), 0)
	near(t, "Monte Carlo, online", run(true, false, 1, 9), run(false, false, 1, 9), 1e-14)
	near(t, "first episode of λ = 0.9: η·λ^(d−1)", run(false, false, 0.9, 1),
		[]float64{0.3 * 0.59049, 0.3 * 0.6561, 0.3 * 0.729, 0.243, 0.27, 0.3}, 1e-15)
	plain := make([]float64, 6)
	for range 9 {
		sweep(t, plain, p, 0, 0.3)
	}
	near(t, "λ = 0, online, is TD(0)", run(true, false, 0, 9), plain, 1e-15)
}

// Backward order carries a reward over the whole chain in one sweep: the order
// of updates is part of every law.
func TestBackwardOrderNeedsOneSweep(t *testing.T) {
	p, values := chain(10)
	for i := len(p.States) - 1; i >= 0; i-- {
		delta, err := credit.Surprises(values, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		values[i] += delta[i]
	}
	near(t, "backward", values, credit.Returns(p.Rewards, 1), 0)
}

func TestPathsAndRulesThatMakeNoSense(t *testing.T) {
	values := make([]float64, 2)
	short := credit.Path{States: []int{0, 1}, Rewards: []float64{1}}
	outside := credit.Path{States: []int{0, 2}, Rewards: []float64{0, 1}}
	for _, p := range []credit.Path{short, outside} {
		if _, err := credit.Forward(values, p, 1, 0.5); err == nil {
			t.Errorf("forward view of %+v: no error", p)
		}
		if _, err := credit.NStep(values, p, 1, 2); err == nil {
			t.Errorf("n-step returns of %+v: no error", p)
		}
		if err := credit.Toward(values, p, []float64{1, 1}, 0.1); err == nil {
			t.Errorf("update along %+v: no error", p)
		}
	}
	good, _ := chain(2)
	if _, err := credit.NStep(values, good, 1, 0); err == nil {
		t.Error("0-step return: no error")
	}
	for _, r := range []credit.Traces{
		{Discount: 2, StepSize: 0.1},
		{Discount: 1, Lambda: -1, StepSize: 0.1},
		{Discount: 1},
		{Discount: math.NaN(), StepSize: 1},
	} {
		if err := r.Online(values, good); err == nil {
			t.Errorf("traces %+v: no error", r)
		}
	}
}
