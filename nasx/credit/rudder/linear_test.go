package rudder_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
	"naslab.dev/nasx/key"
)

// Three decisions add 0, 1 and 0.5 to the return when their second choice is
// made. After forty episodes the return of one is split where it was earned.
func Example() {
	rule, err := rudder.New([]int{2, 2, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range 40 {
		a := []int{n & 1, n >> 1 & 1, n >> 2 & 1}
		if _, err := rule.Assign(credit.Episode{Actions: a, Return: float64(a[1]) + 0.5*float64(a[2])}); err != nil {
			fmt.Println(err)
			return
		}
	}
	e := credit.Episode{Actions: []int{1, 1, 0}, Return: 1}
	rho, moved, err := rule.Redistribute(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %.2f, sum %.2f, moved %v\n", rule.Name(), rho, rho[0]+rho[1]+rho[2], moved)
	// Output:
	// RUDDER, linear: [0.25 0.73 0.02], sum 1.00, moved true
}

// choices of the decisions in these tests, ragged on purpose.
var choices = []int{3, 2, 4, 3}

// episode is number n of a sequence of random episodes; choices of neighbours
// act together.
func episode(n int) credit.Episode {
	rng := key.Rand(5, "episodes", n, 0)
	e := credit.Episode{Return: 0.3 * rng.NormFloat64()}
	for t, k := range choices {
		e.Actions = append(e.Actions, rng.IntN(k))
		e.Return += math.Sin(float64(3*t + e.Actions[t]))
		if t > 0 {
			e.Return += 0.5 * math.Cos(float64(e.Actions[t-1]*e.Actions[t]))
		}
	}
	return e
}

// The rank-one updates against the normal equations solved at once.
func TestLinearIsRidgeRegression(t *testing.T) {
	const ridge, episodes, size = 1.0, 60, 13
	l, err := rudder.NewLinear(choices, ridge)
	if err != nil {
		t.Fatal(err)
	}
	normal, right := mat.NewSymDense(size, nil), mat.NewVecDense(size, nil)
	for i := range size {
		normal.SetSym(i, i, ridge)
	}
	normal.SetSym(0, 0, 1e-6)
	for n := range episodes {
		e := episode(n)
		if err := l.Fit(e); err != nil {
			t.Fatal(err)
		}
		x := mat.NewVecDense(size, nil)
		x.SetVec(0, 1)
		for d, offset := 0, 1; d < len(choices); d++ {
			x.SetVec(offset+e.Actions[d], 1)
			offset += choices[d]
		}
		normal.SymRankOne(normal, 1, x)
		right.AddScaledVec(right, e.Return, x)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(normal) {
		t.Fatal("normal equations are not positive definite")
	}
	var want mat.VecDense
	if err := cholesky.SolveVecTo(&want, right); err != nil {
		t.Fatal(err)
	}
	for i, got := range l.State()["weights"] {
		if !(math.Abs(got-want.AtVec(i)) <= 1e-8) {
			t.Errorf("weight %d is %.12f, want %.12f", i, got, want.AtVec(i))
		}
	}
}

// A constant added to all returns changes no weight but the intercept.
func TestLinearDoesNotCareAboutTheMean(t *testing.T) {
	low, err := rudder.NewLinear(choices, 1)
	if err != nil {
		t.Fatal(err)
	}
	high, err := rudder.NewLinear(choices, 1)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		e := episode(n)
		if err := low.Fit(e); err != nil {
			t.Fatal(err)
		}
		e.Return += 10
		if err := high.Fit(e); err != nil {
			t.Fatal(err)
		}
	}
	a, b := low.State()["weights"], high.State()["weights"]
	for i := range a {
		want := 0.0
		if i == 0 {
			want = 10
		}
		if !(math.Abs(b[i]-a[i]-want) <= 1e-4) {
			t.Errorf("weight %d moved by %g, want %g", i, b[i]-a[i], want)
		}
	}
}

func TestModelsRefuseWhatTheyCannotRead(t *testing.T) {
	for _, m := range models(t) {
		for _, e := range []credit.Episode{
			{Actions: []int{0}},
			{Actions: []int{0, 0, 0, 3}},
			{Actions: []int{0, -1, 0, 0}},
			{Actions: []int{0, 0, 0, 0}, Return: math.NaN()},
		} {
			if err := m.Fit(e); err == nil {
				t.Errorf("%s: episode %+v: no error", m.Name(), e)
			}
		}
		if _, err := m.Predict([]int{9, 0, 0, 0}); err == nil {
			t.Errorf("%s: prediction of an unknown choice: no error", m.Name())
		}
		if err := m.SetState(nil); err == nil {
			t.Errorf("%s: empty state: no error", m.Name())
		}
	}
	if _, err := rudder.NewLinear(choices, 0); err == nil {
		t.Error("ridge 0: no error")
	}
	if _, err := rudder.NewLinear([]int{2, 0}, 1); err == nil {
		t.Error("a decision without choices: no error")
	}
	if _, err := rudder.NewLSTM(choices, rudder.LSTMConfig{}); err == nil {
		t.Error("empty configuration: no error")
	}
}
