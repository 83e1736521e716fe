package credit_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/key"
)

// Two decisions with two choices; the second choice helps, most where both
// are made. By hand: V(0) = (0 + 1)/2, V(1) = (1 + 4)/2, V() = 3/2.
func ExampleProcess_Enumerate() {
	p := credit.Process{
		Choices: []int{2, 2},
		Return:  func(a []int) float64 { return float64(a[0] + a[1] + 2*a[0]*a[1]) },
	}
	v, err := p.Enumerate()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, prefix := range [][]int{{}, {0}, {1}, {1, 0}, {1, 1}} {
		value, err := v.At(prefix)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(prefix, value)
	}
	credits, err := v.Credit([]int{1, 0})
	fmt.Println("what 1 and 0 earned:", credits, err)
	// Output:
	// [] 1.5
	// [0] 0.5
	// [1] 2.5
	// [1 0] 1
	// [1 1] 4
	// what 1 and 0 earned: [1 -1.5] <nil>
}

// pairs is a process of eight decisions with three choices whose return adds an
// effect per decision and one per pair of neighbours.
func pairs() credit.Process {
	const decisions, choices = 8, 3
	rng := key.Rand(7, "pairs", 0, 0)
	var alone [decisions][choices]float64
	var both [decisions - 1][choices][choices]float64
	for t := range decisions {
		for a := range choices {
			alone[t][a] = rng.NormFloat64()
		}
	}
	for t := range both {
		for a := range choices {
			for b := range choices {
				both[t][a][b] = rng.NormFloat64()
			}
		}
	}
	return credit.Process{
		Choices: slices.Repeat([]int{choices}, decisions),
		Return: func(actions []int) float64 {
			sum := 0.0
			for t, a := range actions {
				sum += alone[t][a]
				if t > 0 {
					sum += both[t-1][actions[t-1]][a]
				}
			}
			return sum
		},
	}
}

// every calls visit with every architecture of the process.
func every(p credit.Process, visit func(actions []int)) {
	actions := make([]int, len(p.Choices))
	for {
		visit(actions)
		t := len(actions) - 1
		for t >= 0 && actions[t] == p.Choices[t]-1 {
			actions[t] = 0
			t--
		}
		if t < 0 {
			return
		}
		actions[t]++
	}
}

// The values against plain averages over all architectures that begin so.
func TestValuesAreMeansOverCompletions(t *testing.T) {
	p := pairs()
	v, err := p.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range [][]int{{}, {2}, {0, 1, 2}, {1, 1, 1, 1, 1, 1, 1}, {2, 0, 1, 2, 0, 1, 2, 0}} {
		sum, n := 0.0, 0.0
		every(p, func(actions []int) {
			if slices.Equal(actions[:len(prefix)], prefix) {
				sum += p.Return(actions)
				n++
			}
		})
		got, err := v.At(prefix)
		if err != nil || !(math.Abs(got-sum/n) <= 1e-12) {
			t.Errorf("value of %v is %.15f (%v), want %.15f", prefix, got, err, sum/n)
		}
	}
}

// Redistributed by the true values, nothing is left to come after any decision:
// κ, the mean of the rewards after it, is 0 for every prefix, and not 0 if the
// decision's own reward is counted in.
func TestTrueCreditLeavesNothingToCome(t *testing.T) {
	p := pairs()
	v, err := p.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	type mean struct{ later, own, n float64 }
	sums := map[string]*mean{}
	mean0, _ := v.At(nil)
	every(p, func(actions []int) {
		rho, err := v.Credit(actions)
		if err != nil {
			t.Fatal(err)
		}
		all := 0.0
		for i := len(actions) - 1; i >= 0; i-- {
			k := fmt.Sprint(actions[:i+1])
			if sums[k] == nil {
				sums[k] = &mean{}
			}
			sums[k].later += all
			all += rho[i]
			sums[k].own += all
			sums[k].n++
		}
		if want := p.Return(actions) - mean0; !(math.Abs(all-want) <= 1e-12) {
			t.Fatalf("credit of %v sums to %g, want %g", actions, all, want)
		}
	})
	worst, control := 0.0, 0.0
	for _, m := range sums {
		worst, control = math.Max(worst, math.Abs(m.later/m.n)), math.Max(control, math.Abs(m.own/m.n))
	}
	if !(worst < 1e-12) || !(control > 0.1) {
		t.Errorf("κ is at most %g, want 0; with the own reward %g, want it far from 0", worst, control)
	}
}

// What the first decision learns from has no variance if it is the true credit,
// and the variance of everything later if it is the return.
func TestTrueCreditOfTheFirstDecisionIsCertain(t *testing.T) {
	p := pairs()
	v, err := p.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	moved, whole := map[float64]bool{}, map[float64]bool{}
	every(p, func(actions []int) {
		if actions[0] == 1 {
			rho, err := v.Credit(actions)
			if err != nil {
				t.Fatal(err)
			}
			moved[rho[0]], whole[p.Return(actions)] = true, true
		}
	})
	if len(moved) != 1 || len(whole) < 1000 {
		t.Errorf("the first decision sees %d credits and %d returns, want 1 and many", len(moved), len(whole))
	}
}

// A policy weighs the completions.
func TestValuesUnderAPolicy(t *testing.T) {
	p := credit.Process{
		Choices: []int{2, 3},
		Return:  func(a []int) float64 { return float64(10*a[0] + a[1]) },
		Policy: func(prefix []int) []float64 {
			if len(prefix) == 0 {
				return []float64{0.25, 0.75}
			}
			return []float64{0.5, 0.25, 0.25}
		},
	}
	v, err := p.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.At(nil) // 0.75·10 + 0.25·1 + 0.25·2
	if err != nil || !(math.Abs(got-8.25) <= 1e-15) {
		t.Errorf("mean return is %g (%v), want 8.25", got, err)
	}
	p.Policy = func([]int) []float64 { return []float64{1} }
	if _, err := p.Enumerate(); err == nil {
		t.Error("a policy with too few probabilities: no error")
	}
}

func TestProcessesThatCannotBeEnumerated(t *testing.T) {
	zero := func([]int) float64 { return 0 }
	for name, p := range map[string]credit.Process{
		"no decisions": {Return: zero},
		"no return":    {Choices: []int{2}},
		"no choice":    {Choices: []int{2, 0}, Return: zero},
		"too many":     {Choices: slices.Repeat([]int{8}, 14), Return: zero},
	} {
		if _, err := p.Enumerate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	v, err := credit.Process{Choices: []int{2, 2}, Return: zero}.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range [][]int{{2}, {-1}, {0, 0, 0}} {
		if _, err := v.At(prefix); err == nil {
			t.Errorf("value of %v: no error", prefix)
		}
	}
	if _, err := v.Credit([]int{0}); err == nil {
		t.Error("credit of half an architecture: no error")
	}
}
