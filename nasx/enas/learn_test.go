package enas_test

import (
	"errors"
	"math"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/space"
)

// learners are one setting of each update on each policy.
func learners() map[string]enas.Config {
	return map[string]enas.Config{
		"REINFORCE, LSTM": enas.DefaultConfig(), "REINFORCE, logits": enas.DefaultConfig().Independent(),
		"PPO, LSTM": enas.DefaultPPO(), "PPO, logits": enas.DefaultPPO().Independent(),
	}
}

// pays returns the share of decisions that hit a target, as the reward of the
// architecture that it belongs to.
func pays(arch space.Arch) float64 {
	target, hits := space.Arch{3, 1, 4, 1, 0, 2}, 0.0
	for d, k := range arch {
		if target[d] == k {
			hits++
		}
	}
	return hits / float64(len(target))
}

// probabilityOfTarget trains a controller on pairs of architectures and rewards;
// shuffle pays every architecture what the one of seven steps before was worth.
func probabilityOfTarget(t *testing.T, cfg enas.Config, shuffle bool) float64 {
	t.Helper()
	c := newController(t, ragged(t, 5, 5, 5, 5, 5, 5), cfg)
	late, line := 0.0, []float64{0, 0, 0, 0, 0, 0, 0}
	const steps = 600
	for step := 1; step <= steps; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		line = append(line, pays(arch))
		reward := line[len(line)-1]
		if shuffle {
			reward = line[len(line)-8]
		}
		if _, err := c.Learn(step, arch, reward); err != nil {
			t.Fatal(err)
		}
		if step > steps-50 {
			late += pays(arch) / 50
		}
	}
	return late
}

// The controller learns: sampled architectures hit most of the target in the end,
// and as few as chance would, one in five, where every reward is paid to the
// wrong architecture. A spread of 0.02 is that of 50 samples of six decisions.
func TestTheControllerLearnsAndAShuffledRewardTeachesNothing(t *testing.T) {
	for name, cfg := range learners() {
		t.Run(name, func(t *testing.T) {
			cfg.Shape.Hidden = 16
			if cfg.Policy == enas.PolicyLSTM {
				cfg.Rate *= 2 // a quarter of the width learns slower
			}
			if got := probabilityOfTarget(t, cfg, false); !(got > 0.75) {
				t.Errorf("samples hit %.2f of the target, want more than 0.75", got)
			}
			if got := probabilityOfTarget(t, cfg, true); !(got < 0.55) {
				t.Errorf("with the rewards of other architectures samples hit %.2f of the target, want below 0.55", got)
			}
		})
	}
}

// truth returns, per seed, the true accuracy in percent of the best architecture
// by reward, of the policy's likeliest one, and the mean of the last 30 samples.
func truth(t *testing.T, seeds, queries int, make func(s space.Space, seed uint64) (search.Controller, error)) (
	best, likeliest, late []float64,
) {
	t.Helper()
	for seed := range uint64(seeds) {
		cfg := bench.DefaultConfig()
		cfg.NoiseSeed = seed + 1
		table, err := bench.NewSynthetic(cfg)
		if err != nil {
			t.Fatal(err)
		}
		accuracy := func(arch space.Arch, err error) float64 {
			if err != nil {
				t.Fatal(err)
			}
			a, err := table.Accuracy(arch)
			if err != nil {
				t.Fatal(err)
			}
			return 100 * a
		}
		c, err := make(table.Space(), seed+1)
		if err != nil {
			t.Fatal(err)
		}
		d, sum := search.Drive(c, table), 0.0
		for q := range queries {
			tr, err := d.Step()
			if err != nil {
				t.Fatal(err)
			}
			if q >= queries-30 {
				sum += accuracy(tr.Arch, nil) / 30
			}
		}
		arch, _, err := d.BestSeen()
		best, late = append(best, accuracy(arch, err)), append(late, sum)
		likeliest = append(likeliest, accuracy(d.Best()))
	}
	return best, likeliest, late
}

// meanError returns the mean of a list and its squared standard error.
func meanError(list []float64) (mean, squared float64) {
	n := float64(len(list))
	for _, v := range list {
		mean += v / n
	}
	for _, v := range list {
		squared += (v - mean) * (v - mean) / (n - 1) / n
	}
	return mean, squared
}

func randomSearch(s space.Space, seed uint64) (search.Controller, error) {
	return random.New(s, random.Config{Seed: seed})
}

// seeded returns what makes the controller of a configuration for a seed.
func seeded(cfg enas.Config) func(s space.Space, seed uint64) (search.Controller, error) {
	return func(s space.Space, seed uint64) (search.Controller, error) {
		cfg.Seed = seed
		return enas.New(s, cfg, nil)
	}
}

// At 100 queries every variant is above random search by more than two standard
// errors of the difference of the means.
func TestBeatsRandomSearchAtAHundredQueries(t *testing.T) {
	const seeds, queries = 24, 100
	baseline, _, _ := truth(t, seeds, queries, randomSearch)
	b, bv := meanError(baseline)
	for name, cfg := range learners() {
		found, _, _ := truth(t, seeds, queries, seeded(cfg))
		m, mv := meanError(found)
		deviation := math.Sqrt(mv + bv)
		t.Logf("%s %.3f %%, random search %.3f %%: %.1f standard errors", name, m, b, (m-b)/deviation)
		if !(m-b > 2*deviation) {
			t.Errorf("%s reaches %.3f %%, random search %.3f %%: want more by 2 standard errors of %.3f", name, m, b, deviation)
		}
	}
}

// After 300 queries the last 30 samples are more than half-way from the mean of
// the table to its best, and the policy's likeliest architecture is above what
// random search found.
func TestThePolicyItselfBecomesGood(t *testing.T) {
	const seeds, queries = 60, 300
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	uniform, _ := meanError(table.Accuracies())
	half := 100 * (uniform + table.Best()) / 2
	baseline, _, _ := truth(t, seeds, queries, randomSearch)
	found, _ := meanError(baseline)
	for _, name := range []string{"REINFORCE, logits", "PPO, logits"} {
		_, likeliest, late := truth(t, seeds, queries, seeded(learners()[name]))
		l, _ := meanError(late)
		a, _ := meanError(likeliest)
		t.Logf("%s: last samples %.2f %%, likeliest %.2f %%; half-way %.2f %%, random %.2f %%", name, l, a, half, found)
		if !(l > half) {
			t.Errorf("%s: the last 30 samples have %.2f %%, want above %.2f", name, l, half)
		}
		if !(a > found) {
			t.Errorf("%s: the likeliest architecture has %.2f %%, random search %.2f: want more", name, a, found)
		}
	}
}

// byPosition is a rule of credit that gives decision t the return times t and
// counts its episodes.
type byPosition struct{ episodes float64 }

func (r *byPosition) Name() string { return "position" }

func (r *byPosition) Assign(e credit.Episode) ([]float64, error) {
	r.episodes++
	out := make([]float64, len(e.Actions))
	for i := range out {
		out[i] = float64(i) * e.Return
	}
	return out, nil
}

func (r *byPosition) State() map[string][]float64 {
	return map[string][]float64{"episodes": {r.episodes}}
}

func (r *byPosition) SetState(s map[string][]float64) error {
	if len(s["episodes"]) != 1 {
		return errors.New("no number of episodes under credit/episodes")
	}
	r.episodes = s["episodes"][0]
	return nil
}

// A rule of credit takes the place of reward − baseline, in both updates, and is
// saved with the controller.
func TestARuleOfCreditDecides(t *testing.T) {
	for _, cfg := range []enas.Config{enas.DefaultConfig(), enas.DefaultPPO()} {
		cfg.Shape.Hidden = 8
		rule := &byPosition{}
		c, err := enas.New(ragged(t, 3, 3, 3), cfg, rule)
		if err != nil {
			t.Fatal(err)
		}
		var tr search.Trace
		for step := range cfg.Episodes {
			if tr, err = c.Learn(step+1, space.Arch{0, 1, 2}, 0.5); err != nil {
				t.Fatal(err)
			}
		}
		for d, want := range []float64{0, 0.5, 1} {
			near(t, "credit", tr.Credit[d], want, 0)
		}
		near(t, "gradient of decision 0, which earned nothing", tr.Grad[0][0], 0, 0)
		if tr.CreditBy != "position" || !(tr.Grad[2][2] < 0) {
			t.Errorf("credit by %q, gradient of decision 2 %g; want by position and downhill", tr.CreditBy, tr.Grad[2][2])
		}
		state, err := c.State()
		if err != nil {
			t.Fatal(err)
		}
		rule.episodes = 0
		if err := c.SetState(state); err != nil {
			t.Fatal(err)
		}
		near(t, "episodes that the rule saw", rule.episodes, float64(cfg.Episodes), 0)
	}
}

// rewardsOf are made-up rewards with a spread.
func rewardsOf(n int) []float64 {
	rng, out := key.Rand(5, "rewards", 0, 0), make([]float64, n)
	for i := range out {
		out[i] = rng.Float64()
	}
	return out
}
