package rudder

import (
	"math"
	"testing"

	"naslab.dev/nasx/key"
)

// The gradient by every weight and every scale against central differences.
func TestGradientsOfTheCell(t *testing.T) {
	const units, inputs, step, tol = 5, 7, 1e-5, 1e-8
	c := newCell(inputs, units)
	rng := key.Rand(1, "cell test", 0, 0)
	for i := range c.all {
		c.all[i] = 0.7 * rng.NormFloat64()
	}
	columns, scale := []int{1, 6, 1, 3}, []float64{1, 0.5, 0.3, 0.8}
	const target, aux = 0.4, 0.5
	value := func() float64 {
		v, _ := loss(c.forward(columns, scale).g, target, aux)
		return v
	}
	difference := func(x *float64) float64 {
		at := *x
		*x = at + step
		up := value()
		*x = at - step
		down := value()
		*x = at
		return (up - down) / (2 * step)
	}
	tape := c.forward(columns, scale)
	_, by := loss(tape.g, target, aux)
	grad := newCell(inputs, units)
	byScale := c.backward(tape, by, grad)
	moved := 0
	for i := range c.all {
		want := difference(&c.all[i])
		if !(math.Abs(grad.all[i]-want) <= tol) {
			t.Errorf("gradient of weight %d is %.10f, want %.10f", i, grad.all[i], want)
		}
		if want != 0 {
			moved++
		}
	}
	if want := units*(3+units+3) + 1; moved != want { // three columns are read
		t.Errorf("%d weights have a gradient, want %d", moved, want)
	}
	for i := range scale {
		if want := difference(&scale[i]); !(math.Abs(byScale[i]-want) <= tol) {
			t.Errorf("gradient of scale %d is %.10f, want %.10f", i, byScale[i], want)
		}
	}
}

// The first prediction takes no part in the loss; the others are squared before
// they are averaged. By hand: (3−1)² + 0.5·((0−1)² + (3−1)²)/2.
func TestLossIsTheMeanOfSquares(t *testing.T) {
	value, by := loss([]float64{100, 0, 3}, 1, 0.5)
	if value != 5.25 || by[0] != 0 || by[1] != -0.5 || by[2] != 5 {
		t.Errorf("loss %g with gradient %g, want 5.25 with 0, −0.5 and 5", value, by)
	}
}

func TestLessonsKeepWhatIsPredictedWorst(t *testing.T) {
	l := lessons{capacity: 3}
	for _, v := range []float64{0.2, 3, 0.1, 0.15, 0.05, 2} {
		e := lesson{loss: v}
		e.Actions, e.Return = []int{0}, v
		l.add(e.Episode, v)
	}
	want := []float64{0.2, 3, 2}
	for i, k := range l.kept {
		if k.loss != want[i] {
			t.Errorf("lesson %d has loss %g, want %g", i, k.loss, want[i])
		}
	}
	counts := make([]float64, 3)
	const draws = 4000
	for n := range draws {
		counts[l.draw(key.Rand(1, "draw test", n, 0))]++
	}
	sum := math.Exp(0.2) + math.Exp(3) + math.Exp(2)
	for i, v := range want {
		p := math.Exp(v) / sum
		if tol := 4 * math.Sqrt(p*(1-p)/draws); !(math.Abs(counts[i]/draws-p) <= tol) {
			t.Errorf("lesson %d was drawn in %.3f of the cases, want %.3f ± %.3f", i, counts[i]/draws, p, tol)
		}
	}
}
