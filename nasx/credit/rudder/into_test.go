package rudder_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
)

// into returns ridge regression whose rewards a critic learns from.
func into(t *testing.T, cfg credit.CriticConfig) (*rudder.Into, *credit.Critic) {
	t.Helper()
	source, err := rudder.New(choices)
	if err != nil {
		t.Fatal(err)
	}
	critic, err := credit.NewCritic(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rudder.NewInto(source, critic), critic
}

// With λ = 1 the advantage is the sum of the rewards from the decision on, minus
// the value; for the first decision that is the return, whatever was moved.
func TestMovedRewardsStillSumToTheReturn(t *testing.T) {
	i, critic := into(t, credit.CriticConfig{Lambda: 1, StepSize: 0.2})
	for n := range 60 {
		before := critic.Value(nil)
		got, err := i.Assign(episode(n))
		if err != nil {
			t.Fatal(err)
		}
		if want := episode(n).Return - before; !(math.Abs(got[0]-want) <= 1e-9) {
			t.Errorf("episode %d: first advantage %g, want the return minus the value, %g", n, got[0], want)
		}
	}
}

// A critic that is given the whole reward at the end is the plain one.
func TestFollowingADelayedRewardIsAssigning(t *testing.T) {
	for _, cfg := range []credit.CriticConfig{{Lambda: 0.8, StepSize: 0.2}, {Steps: 2, StepSize: 0.2}} {
		_, one := into(t, cfg)
		_, other := into(t, cfg)
		for n := range 20 {
			e := episode(n)
			want, err := one.Assign(e)
			if err != nil {
				t.Fatal(err)
			}
			got, err := other.Follow(e.Actions, credit.Delayed(e.Actions, e.Return).Rewards)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("episode %d (-assigned +followed):\n%s", n, diff)
			}
		}
		if _, err := one.Follow([]int{0, 1}, []float64{1}); err == nil {
			t.Error("too few rewards: no error")
		}
	}
}

func TestTheCombinationResumes(t *testing.T) {
	run := func(i *rudder.Into, first, last int) [][]float64 {
		var out [][]float64
		for n := first; n < last; n++ {
			c, err := i.Assign(episode(n))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, c)
		}
		return out
	}
	whole, _ := into(t, credit.DefaultCriticConfig())
	first, _ := into(t, credit.DefaultCriticConfig())
	second, _ := into(t, credit.DefaultCriticConfig())
	want, got := run(whole, 0, 20), run(first, 0, 10)
	run(second, 50, 55)
	if err := second.SetState(first.State()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, append(got, run(second, 10, 20)...)); diff != "" {
		t.Errorf("(-whole +parts):\n%s", diff)
	}
	if err := second.SetState(nil); err == nil {
		t.Error("empty state: no error")
	}
}

// A state of which one part is wrong changes nothing, whichever part it is.
func TestAWrongStateChangesNothing(t *testing.T) {
	both, _ := into(t, credit.DefaultCriticConfig())
	for _, a := range append([]credit.Assigner{both}, rulesAsAssigners(t)...) {
		if _, err := a.Assign(episode(1)); err != nil {
			t.Fatal(err)
		}
		good := a.State()
		if _, err := a.Assign(episode(2)); err != nil {
			t.Fatal(err)
		}
		now := a.State()
		for part := range good {
			wrong := a.State()
			for name, v := range good {
				wrong[name] = v
			}
			wrong[part] = []float64{-1}
			if err := a.SetState(wrong); err != nil {
				if diff := cmp.Diff(now, a.State()); diff != "" {
					t.Errorf("%s, after a wrong %s (-before +after):\n%s", a.Name(), part, diff)
				}
			} else if err := a.SetState(now); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// rulesAsAssigners returns every rule of this package on a model.
func rulesAsAssigners(t *testing.T) []credit.Assigner {
	t.Helper()
	var out []credit.Assigner
	for _, a := range rules(t) {
		out = append(out, a)
	}
	return out
}
