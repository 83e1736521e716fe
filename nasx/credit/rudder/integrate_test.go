package rudder_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
	"naslab.dev/nasx/key"
)

// net is a network of 12 tanh units with one output.
type net struct {
	in, bias [][]float64
	out      []float64
}

func newNet(inputs int) net {
	const units = 12
	n := net{}
	for u := range units {
		rng := key.Rand(3, "net test", 0, u)
		row := make([]float64, inputs)
		for i := range row {
			row[i] = rng.NormFloat64()
		}
		n.in, n.bias = append(n.in, row), append(n.bias, []float64{rng.NormFloat64()})
		n.out = append(n.out, rng.NormFloat64())
	}
	return n
}

// value returns g(x) and its gradient, [inputs].
func (n net) value(x []float64) (g float64, by []float64) {
	by = make([]float64, len(x))
	for u, row := range n.in {
		sum := n.bias[u][0]
		for i, w := range row {
			sum += w * x[i]
		}
		h := math.Tanh(sum)
		g += n.out[u] * h
		for i, w := range row {
			by[i] += n.out[u] * (1 - h*h) * w
		}
	}
	return g, by
}

// incomplete returns how far integrated gradients are from g(x) − g(0).
func incomplete(t *testing.T, x []float64, points int, value func([]float64) (float64, []float64)) float64 {
	t.Helper()
	shares, err := rudder.Integrate(x, points, func(x []float64) []float64 { _, by := value(x); return by })
	if err != nil {
		t.Fatal(err)
	}
	full, _ := value(x)
	dark, _ := value(make([]float64, len(x)))
	sum := dark - full
	for _, s := range shares {
		sum += s
	}
	return math.Abs(sum)
}

// Midpoints: ten times the points leave a hundredth of the error.
func TestIntegratedGradientsAreCompleteToSecondOrder(t *testing.T) {
	n, x := newNet(6), []float64{1, -0.5, 0.7, 1.2, -1, 0.3}
	few, many := incomplete(t, x, 50, n.value), incomplete(t, x, 500, n.value)
	if !(many < 1e-5) || !(few/many > 90 && few/many < 110) {
		t.Errorf("the error is %g with 50 points and %g with 500, want a hundredth", few, many)
	}
}

func TestIntegratedGradientsAreExactUpToSquares(t *testing.T) {
	x := []float64{2, -1, 0.5}
	linear := func(x []float64) (float64, []float64) { return 3*x[0] - x[1] + 7, []float64{3, -1, 0} }
	square := func(x []float64) (float64, []float64) {
		return x[0]*x[1] + x[2]*x[2], []float64{x[1], x[0], 2 * x[2]}
	}
	if e := incomplete(t, x, 1, linear); !(e <= 1e-14) {
		t.Errorf("linear, one point: error %g, want 0", e)
	}
	if e := incomplete(t, x, 1, square); !(e <= 1e-14) {
		t.Errorf("quadratic, one midpoint: error %g, want 0", e)
	}
	if _, err := rudder.Integrate(x, 0, nil); err == nil {
		t.Error("no points: no error")
	}
}

func TestDifferencesAndCorrection(t *testing.T) {
	rho := rudder.Differences([]float64{1, 1.5, 1, 4})
	if len(rho) != 3 || rho[0] != 0.5 || rho[1] != -0.5 || rho[2] != 3 {
		t.Errorf("differences are %g, want 0.5, −0.5 and 3: the last prediction counts", rho)
	}
	all, err := rudder.Correct(rho, 6)
	if err != nil || all[0] != 1.5 || all[1] != 0.5 || all[2] != 4 {
		t.Errorf("corrected to 6: %g (%v), want 1.5, 0.5 and 4", all, err)
	}
	if _, err := rudder.Correct(nil, 1); err == nil {
		t.Error("nothing to correct: no error")
	}
	if got := rudder.RelativeError(3, 2, 16); !(math.Abs(got-1.0/13) <= 1e-15) {
		t.Errorf("relative error is %g, want 1/(9 + 4)", got)
	}
	if got := rudder.RelativeError(0, 0, 0); got != 0 {
		t.Errorf("relative error of nothing is %g, want 0", got)
	}
}

// split is a model of two decisions that predicts 2 in the end, 1 without any
// decision, and has integrated gradients that sum to something.
type split struct {
	rudder.Model
	sum float64
}

func (s split) Predict([]int) ([]float64, error) { return []float64{1, 1, 2}, nil }

func (s split) Attribute([]int, int) ([]float64, float64, error) {
	return []float64{s.sum, 0}, 1, nil
}

// Integrated gradients are used where they sum to within a fifth of what they
// explain, here 1; else the reward stays where it was.
func TestIncompleteGradientsMoveNothing(t *testing.T) {
	for sum, want := range map[float64]bool{0.79: false, 0.81: true, 1.19: true, 1.21: false} {
		a, err := rudder.NewAssigner(split{sum: sum}, rudder.Config{Points: 5})
		if err != nil {
			t.Fatal(err)
		}
		rho, moved, err := a.Redistribute(credit.Episode{Actions: []int{0, 0}, Return: 2})
		if err != nil || moved != want || (rho[0] == 0) == want || !(math.Abs(rho[0]+rho[1]-2) <= 1e-15) {
			t.Errorf("gradients that sum to %g of 1: %g, moved %v (%v), want moved %v and a sum of 2", sum, rho, moved, err, want)
		}
	}
}
