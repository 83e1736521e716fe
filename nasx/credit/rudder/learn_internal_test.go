package rudder

import (
	"math"
	"testing"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/key"
)

// some is number n of a sequence of episodes of three decisions.
func some(n int) credit.Episode {
	rng := key.Rand(2, "some", n, 0)
	return credit.Episode{Actions: []int{rng.IntN(2), rng.IntN(3), rng.IntN(2)}, Return: 5 + 2*rng.NormFloat64()}
}

// The running mean and deviation against those of the whole list.
func TestReturnsAreMeasuredOnTheWay(t *testing.T) {
	cfg := DefaultLSTMConfig()
	cfg.Updates = 1
	l, err := NewLSTM([]int{2, 3, 2}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	const episodes = 50
	mean, square := 0.0, 0.0
	for n := range episodes {
		if err := l.Fit(some(n)); err != nil {
			t.Fatal(err)
		}
		mean += some(n).Return / episodes
		square += some(n).Return * some(n).Return / episodes
	}
	if sd := math.Sqrt(square - mean*mean); !(math.Abs(l.mean-mean) <= 1e-12 && math.Abs(l.scale()-sd) <= 1e-12) {
		t.Errorf("mean %g and deviation %g, want %g and %g", l.mean, l.scale(), mean, sd)
	}
}

// Every lesson that was repeated remembers how badly it was predicted then:
// without updates between, that is how badly it is predicted now.
func TestLessonsRememberTheirLastError(t *testing.T) {
	cfg := DefaultLSTMConfig()
	cfg.LearningRate = 1e-300 // nothing moves
	cfg.Lessons, cfg.Updates, cfg.Batch = 4, 10, 10
	l, err := NewLSTM([]int{2, 3, 2}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		if err := l.Fit(some(n)); err != nil {
			t.Fatal(err)
		}
	}
	for i, k := range l.lessons.kept {
		g, err := l.Predict(k.Actions)
		if err != nil {
			t.Fatal(err)
		}
		want := square((g[len(g)-1] - k.Return) / l.scale())
		if !(math.Abs(k.loss-want) <= 1e-9) {
			t.Errorf("lesson %d remembers an error of %g, want %g", i, k.loss, want)
		}
	}
}

// With a step size of 1 the values are the rewards themselves: they sum to the
// return but for the intercept.
func TestRewardsOfTheLearnerSumToTheReturn(t *testing.T) {
	l, err := NewLearner(3, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	q, pairs := make([]float64, 9), make([]int, 3)
	for n := range 20 {
		e, sum := some(n), 0.0
		for i, a := range e.Actions {
			pairs[i] = 3*i + a
		}
		if err := l.Learn(q, pairs, e); err != nil {
			t.Fatal(err)
		}
		for _, p := range pairs {
			sum += q[p]
		}
		if want := e.Return - l.model.weights[0]; !(math.Abs(sum-want) <= 1e-12) {
			t.Errorf("episode %d: rewards sum to %.12f, want %.12f", n, sum, want)
		}
	}
}
