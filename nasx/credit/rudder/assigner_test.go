package rudder_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/credittest"
	"naslab.dev/nasx/credit/rudder"
)

// models returns one of every kind, new.
func models(t *testing.T) []rudder.Model {
	t.Helper()
	linear, err := rudder.NewLinear(choices, 1)
	if err != nil {
		t.Fatal(err)
	}
	lstm, err := rudder.NewLSTM(choices, rudder.DefaultLSTMConfig())
	if err != nil {
		t.Fatal(err)
	}
	return []rudder.Model{linear, lstm}
}

// rules returns every model with every way to read it.
func rules(t *testing.T) []*rudder.Assigner {
	t.Helper()
	var out []*rudder.Assigner
	for i := range models(t) {
		for _, cfg := range []rudder.Config{{}, {Gate: 0.2, Decay: 0.9}, {Points: 20, Decay: 0.9}} {
			a, err := rudder.NewAssigner(models(t)[i], cfg)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, a)
		}
	}
	return out
}

// Whatever the model believes, the rewards of an episode sum to its return.
func TestRedistributionsAreReturnEquivalent(t *testing.T) {
	for _, a := range rules(t) {
		for n := range 40 {
			e := episode(n)
			if _, err := a.Assign(e); err != nil {
				t.Fatal(err)
			}
			for _, e := range []credit.Episode{e, episode(1000 + n)} { // known and unknown
				rho, _, err := a.Redistribute(e)
				if err != nil {
					t.Fatal(err)
				}
				sum := 0.0
				for _, r := range rho {
					sum += r
				}
				if !(math.Abs(sum-e.Return) < 1e-9) {
					t.Fatalf("%s, episode %d: rewards sum to %.12f, want the return, %.12f", a.Name(), n, sum, e.Return)
				}
			}
		}
	}
}

// A prediction that is too bad moves nothing; a good one does.
func TestGate(t *testing.T) {
	m := models(t)[0]
	a, err := rudder.NewAssigner(m, rudder.Config{Gate: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	e := credit.Episode{Actions: []int{0, 1, 2, 0}, Return: 5} // unknown: g = 0
	rho, moved, err := a.Redistribute(e)
	if err != nil || moved || rho[0] != 0 || rho[3] != 5 {
		t.Errorf("unknown episode: %g, moved %v (%v); want all of 5 at the end", rho, moved, err)
	}
	for range 20 {
		if err := m.Fit(e); err != nil {
			t.Fatal(err)
		}
	}
	rho, moved, err = a.Redistribute(e)
	if err != nil || !moved || !(rho[3] < 3) {
		t.Errorf("known episode: %g, moved %v (%v); want it spread", rho, moved, err)
	}
}

// A shut gate leaves Monte Carlo.
func TestShutGateIsMonteCarlo(t *testing.T) {
	for _, decay := range []float64{0, 0.9} {
		a, err := rudder.NewAssigner(models(t)[1], rudder.Config{Gate: 1e-300, Decay: decay})
		if err != nil {
			t.Fatal(err)
		}
		mc, err := credit.NewMonteCarlo(credit.MonteCarloConfig{Decay: decay})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 10 {
			got, err := a.Assign(episode(n))
			if err != nil {
				t.Fatal(err)
			}
			want, err := mc.Assign(episode(n))
			if err != nil {
				t.Fatal(err)
			}
			if decay == 0 { // nothing is subtracted
				for d := range want {
					want[d] = episode(n).Return
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("decay %g, episode %d (-Monte Carlo +shut gate):\n%s", decay, n, diff)
			}
		}
	}
}

func TestTwentyEpisodesAreTenSaveLoadAndTen(t *testing.T) {
	for i := range rules(t) {
		credittest.Resumes(t, func() credit.Assigner { return rules(t)[i] }, episode)
	}
}

// noiseless is the return of [episode] without its noise.
func noiseless(a []int) float64 {
	sum := 0.0
	for d := range a {
		sum += math.Sin(float64(3*d + a[d]))
		if d > 0 {
			sum += 0.5 * math.Cos(float64(a[d-1]*a[d]))
		}
	}
	return sum
}

// Both models come close to the truth on a return with effects of neighbours:
// what a model cannot express or has not learned is its error. Uniform policy,
// 400 episodes without noise; the credit of Monte Carlo is the control.
func TestCreditComesCloseToTheTruth(t *testing.T) {
	truth, err := credit.Process{Choices: choices, Return: noiseless}.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := credit.NewMonteCarlo(credit.DefaultMonteCarloConfig())
	if err != nil {
		t.Fatal(err)
	}
	all := []credit.Assigner{whole}
	for _, a := range rules(t) {
		all = append(all, a)
	}
	var worst []float64
	for _, a := range all {
		square, count := 0.0, 0.0
		for n := range 500 {
			e := episode(n)
			e.Return = noiseless(e.Actions)
			got, err := a.Assign(e)
			if err != nil {
				t.Fatal(err)
			}
			want, err := truth.Credit(e.Actions)
			if err != nil {
				t.Fatal(err)
			}
			for d := range got {
				if n >= 400 {
					square += (got[d] - want[d]) * (got[d] - want[d])
					count++
				}
			}
		}
		worst = append(worst, math.Sqrt(square/count))
		t.Logf("%-40s root mean square error %.3f", a.Name(), worst[len(worst)-1])
	}
	for i, w := range worst[1:] {
		if !(w < worst[0]/2) {
			t.Errorf("%s is wrong by %.3f, Monte Carlo by %.3f; want less than half", all[i+1].Name(), w, worst[0])
		}
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for _, cfg := range []rudder.Config{{Points: -1}, {Gate: -1}, {Decay: 1}, {Decay: math.NaN()}} {
		if _, err := rudder.NewAssigner(models(t)[0], cfg); err == nil {
			t.Errorf("%+v: no error", cfg)
		}
	}
	if _, err := rudder.New(nil); err == nil {
		t.Error("no decisions: no error")
	}
	a := rules(t)[0]
	if err := a.SetState(map[string][]float64{"count": {1}}); err == nil {
		t.Error("state without a model: no error")
	}
}

// Whatever a state holds, loading it gives an error or a rule that works or
// says why not.
func FuzzState(f *testing.F) {
	f.Add("model.weights", 0, math.NaN(), true)
	f.Add("averages", 1, 3.0, false)
	f.Add("count", 0, -1.0, true)
	f.Add("model.lesson_actions", 2, 1e300, true)
	f.Add("model.second", 5, -1.0, true)
	f.Fuzz(func(t *testing.T, name string, at int, value float64, put bool) {
		for _, i := range []int{1, 4} {
			a := rules(t)[i]
			for n := range 2 {
				if _, err := a.Assign(episode(n)); err != nil {
					t.Fatal(err)
				}
			}
			state := a.State()
			if part := state[name]; put && at >= 0 && at < len(part) {
				part[at] = value
			} else {
				state[name] = append(part, value)
			}
			if err := a.SetState(state); err != nil {
				continue
			}
			if got, err := a.Assign(episode(3)); err == nil && len(got) != len(choices) {
				t.Errorf("%s: got %d credits, want %d", a.Name(), len(got), len(choices))
			}
		}
	})
}
