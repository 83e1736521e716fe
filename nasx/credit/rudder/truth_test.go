package rudder_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
)

// knowing is a model that predicts the enumerated values.
type knowing struct {
	rudder.Model
	truth *credit.Values
}

func (k knowing) Fit(credit.Episode) error { return nil }

func (k knowing) Predict(actions []int) ([]float64, error) {
	var g []float64
	for n := range len(actions) + 1 {
		v, err := k.truth.At(actions[:n])
		if err != nil {
			return nil, err
		}
		g = append(g, v)
	}
	return g, nil
}

// A model that knows the truth moves to every decision what it truly earned and
// an even share of the mean return, so that the sum is the return.
func TestTrueValuesAreRedistributedAsTrueCredit(t *testing.T) {
	truth, err := credit.Process{Choices: choices, Return: noiseless}.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	mean, err := truth.At(nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := rudder.NewAssigner(knowing{truth: truth}, rudder.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(mean) > 0.1) {
		t.Fatalf("the mean return is %g, want one that shows", mean)
	}
	for n := range 20 {
		e := episode(n)
		e.Return = noiseless(e.Actions)
		rho, moved, err := a.Redistribute(e)
		if err != nil || !moved {
			t.Fatalf("episode %d: moved %v (%v), want it moved", n, moved, err)
		}
		want, err := truth.Credit(e.Actions)
		if err != nil {
			t.Fatal(err)
		}
		for d := range want {
			if share := mean / float64(len(want)); !(math.Abs(rho[d]-want[d]-share) <= 1e-12) {
				t.Errorf("episode %d, decision %d: got %g, want the credit %g and %g", n, d, rho[d], want[d], share)
			}
		}
	}
}
