package key_test

import (
	"fmt"
	"math"
	"testing"

	"naslab.dev/nasx/key"
)

func ExampleRand() {
	a := key.Rand(1, "gumbel", 7, 0)
	b := key.Rand(1, "gumbel", 7, 0)
	fmt.Println(a.Uint64() == b.Uint64())
	// Output: true
}

func TestEveryArgumentChangesTheStream(t *testing.T) {
	seen := map[uint64]string{}
	for _, tc := range []struct {
		seed        uint64
		purpose     string
		step, index int
	}{
		{0, "", 0, 0},
		{1, "", 0, 0},
		{0, "a", 0, 0},
		{0, "b", 0, 0},
		{0, "aa", 0, 0},
		{0, "a\x00", 0, 0},
		{0, "a", 1, 0},
		{0, "a", 0, 1},
		{0, "a", -1, 0},
		{0, "a", 0, -1},
		{1, "a", 1, 1},
		{math.MaxUint64, "a", math.MaxInt, math.MinInt},
	} {
		name := fmt.Sprint(tc)
		v := key.Rand(tc.seed, tc.purpose, tc.step, tc.index).Uint64()
		if other, ok := seen[v]; ok {
			t.Errorf("%s and %s start with the same number %d", name, other, v)
		}
		seen[v] = name
		if again := key.Rand(tc.seed, tc.purpose, tc.step, tc.index).Uint64(); again != v {
			t.Errorf("%s gives %d, then %d", name, v, again)
		}
	}
}

// First numbers of neighbouring keys are uniform: mean ½ and variance 1/12
// within 4 standard errors, and neighbours are uncorrelated.
func TestNeighbouringKeysAreIndependent(t *testing.T) {
	const n = 20000
	var sum, squares, products, last float64
	for i := range n {
		u := key.Rand(3, "test", 0, i).Float64() - 0.5
		sum, squares, products = sum+u, squares+u*u, products+u*last
		last = u
	}
	if mean, bound := sum/n, 4/math.Sqrt(12*n); !(math.Abs(mean) <= bound) {
		t.Errorf("mean is %g from 1/2, want within %g", mean, bound)
	}
	// Var(u²) = 1/80 − 1/144 = 1/180.
	if v, bound := squares/n-1.0/12, 4/math.Sqrt(180*n); !(math.Abs(v) <= bound) {
		t.Errorf("variance is %g from 1/12, want within %g", v, bound)
	}
	if c, bound := products/n, 4/(12*math.Sqrt(n)); !(math.Abs(c) <= bound) {
		t.Errorf("covariance of neighbours is %g, want within %g", c, bound)
	}
}
