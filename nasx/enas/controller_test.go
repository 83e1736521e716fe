package enas_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/searchtest"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
)

// newController returns a controller, or fails.
func newController(t *testing.T, s space.Space, cfg enas.Config) *enas.Controller {
	t.Helper()
	c, err := enas.New(s, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// variants are the settings that every controller test goes through.
func variants() map[string]enas.Config {
	entropy, batch := enas.DefaultConfig(), enas.DefaultConfig()
	entropy.EntropyWeight = 0.01
	batch.Episodes, batch.Clip = 3, 0.1
	critic := enas.DefaultPPO()
	critic.PPO.Advantage, critic.PPO.Minibatches, critic.Episodes = enas.GAE, 2, 4
	critic.EntropyWeight = 0.01
	sequence := enas.DefaultPPO()
	sequence.PPO.Sequence, sequence.PPO.TargetKL, sequence.Episodes = true, 0.01, 4
	moving := enas.DefaultPPO().Independent()
	moving.PPO.Advantage, moving.Episodes = enas.Moving, 3
	all := map[string]enas.Config{
		"REINFORCE": enas.DefaultConfig(), "with entropy": entropy, "in batches": batch,
		"REINFORCE on logits": enas.DefaultConfig().Independent(),
		"PPO":                 enas.DefaultPPO(), "PPO with critic": critic, "PPO by sequence": sequence,
		"PPO on logits, moving baseline": moving,
	}
	for name, cfg := range all {
		cfg.Shape.Hidden = 8
		all[name] = cfg
	}
	return all
}

// drive joins a controller to the synthetic benchmark.
func drive(t *testing.T, cfg enas.Config) (*search.Driven, *enas.Controller) {
	t.Helper()
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	c := newController(t, table.Space(), cfg)
	return search.Drive(c, table), c
}

func TestResumesBitForBit(t *testing.T) {
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			searchtest.Resumes(t, func(t *testing.T) search.Searcher {
				d, _ := drive(t, cfg)
				return d
			})
		})
	}
}

// The stored formula, filled in, is the stored gradient, at every decision and
// choice; only steps that complete a batch have one.
func TestEveryUpdateExplainsItself(t *testing.T) {
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			d, _ := drive(t, cfg)
			for step := range 24 {
				tr, err := d.Step()
				if err != nil {
					t.Fatal(err)
				}
				complete := (step+1)%cfg.Episodes == 0
				if (tr.Grad != nil) != complete || (tr.Update != nil) != complete {
					t.Fatalf("step %d has a gradient: %v, want %v", step+1, tr.Grad != nil, complete)
				}
				if !complete {
					continue
				}
				if err := tr.CheckFormula(1e-12); err != nil {
					t.Fatal(err)
				}
				if len(tr.Credit) != len(tr.Arch) || tr.CreditBy == "" {
					t.Errorf("credit is %v by %q, want one per decision with its rule", tr.Credit, tr.CreditBy)
				}
			}
		})
	}
}

// Independent logits with REINFORCE are package tabular, written by someone else.
func TestIndependentLogitsAreTabular(t *testing.T) {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	other, err := tabular.New(table.Space(), tabular.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	c := newController(t, table.Space(), enas.DefaultConfig().Independent())
	for step := 1; step <= 30; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		reward, err := table.Evaluate(step, arch)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Learn(step, arch, reward)
		if err != nil {
			t.Fatal(err)
		}
		want, err := other.Learn(step, arch, reward)
		if err != nil {
			t.Fatal(err)
		}
		for d := range arch {
			near(t, "credit", got.Credit[d], want.Credit[d], 1e-12)
			for k := range got.Grad[d] {
				near(t, "probability", got.Probs[d][k], want.Probs[d][k], 1e-12)
				near(t, "gradient", got.Grad[d][k], want.Grad[d][k], 1e-12)
				near(t, "update", got.Update[d][k], want.Update[d][k], 1e-9)
			}
		}
	}
}

// Proposals follow the probabilities: on two dependent decisions, all six pairs,
// at 4 standard errors.
func TestProposalsFollowTheProbabilities(t *testing.T) {
	cfg := enas.DefaultConfig()
	cfg.Shape.InitRange = 1
	c := newController(t, ragged(t, 2, 3), cfg)
	const draws = 20000
	var counts [2][3]float64
	for step := range draws {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		counts[arch[0]][arch[1]]++
	}
	for a := range 2 {
		for b := range 3 {
			probs, err := c.Probs(space.Arch{a, b})
			if err != nil {
				t.Fatal(err)
			}
			p := probs[0][a] * probs[1][b]
			near(t, "frequency", counts[a][b]/draws, p, 4*math.Sqrt(p*(1-p)/draws))
		}
	}
}

func TestControllerRefusesWhatCannotBe(t *testing.T) {
	s := ragged(t, 3, 2)
	for name, change := range map[string]func(*enas.Config){
		"no policy":             func(c *enas.Config) { c.Policy = "" },
		"no update":             func(c *enas.Config) { c.Update = "q" },
		"negative rate":         func(c *enas.Config) { c.Rate = -1 },
		"rate without bound":    func(c *enas.Config) { c.Rate = math.Inf(1) },
		"baseline that stands":  func(c *enas.Config) { c.BaselineDecay = 1 },
		"no episodes":           func(c *enas.Config) { c.Episodes = 0 },
		"Adam":                  func(c *enas.Config) { c.Adam.Epsilon = 0 },
		"no hidden units":       func(c *enas.Config) { c.Shape.Hidden = 0 },
		"one standardised":      func(c *enas.Config) { c.Update, c.Episodes = enas.PPO, 1 },
		"no epochs":             func(c *enas.Config) { c.Update, c.PPO.Epochs = enas.PPO, 0 },
		"more parts than whole": func(c *enas.Config) { c.Update, c.PPO.Minibatches = enas.PPO, 11 },
		"no clip":               func(c *enas.Config) { c.Update, c.PPO.ClipRatio = enas.PPO, 0 },
		"no advantage":          func(c *enas.Config) { c.Update, c.PPO.Advantage = enas.PPO, "" },
		"a critic per sequence": func(c *enas.Config) {
			c.Update, c.PPO.Advantage, c.PPO.Sequence = enas.PPO, enas.GAE, true
		},
	} {
		cfg := enas.DefaultPPO()
		cfg.Update = enas.Reinforce
		change(&cfg)
		if _, err := enas.New(s, cfg, nil); err == nil {
			t.Errorf("%s is accepted, want an error", name)
		}
	}
	c := newController(t, s, enas.DefaultConfig())
	for _, arch := range []space.Arch{nil, {0}, {0, 2}, {-1, 0}} {
		if _, err := c.Learn(1, arch, 1); err == nil {
			t.Errorf("%v is learned from, want an error", arch)
		}
	}
	if _, err := c.Learn(1, space.Arch{0, 0}, math.NaN()); err == nil {
		t.Error("a reward of NaN is learned from, want an error")
	}
}

// A state that does not fit is refused and changes nothing.
func TestControllerRefusesBadStates(t *testing.T) {
	cfg := enas.DefaultPPO()
	c := newController(t, ragged(t, 3, 2), cfg)
	for step := 1; step <= 13; step++ {
		if _, err := c.Learn(step, space.Arch{step % 3, 1}, 0.5); err != nil {
			t.Fatal(err)
		}
	}
	before, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	for name := range before {
		for _, bad := range []search.Tensor{
			search.Float64Tensor([]float64{math.NaN()}), search.Int64Tensor([]int64{-1, 9, 9}),
			{},
			search.Float64Tensor(make([]float64, 11)),
		} {
			state, err := c.State()
			if err != nil {
				t.Fatal(err)
			}
			state[name] = bad
			if err := c.SetState(state); err == nil {
				t.Errorf("a state with %q of %s %v is accepted, want an error", name, bad.DType, bad.Shape)
			}
		}
	}
	after, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("refused states changed the controller (-before +after):\n%s", diff)
	}
}

func TestKnobs(t *testing.T) {
	c := newController(t, ragged(t, 3, 2), enas.DefaultConfig())
	if err := c.Set(search.ScalarArchRate, 0); err != nil {
		t.Fatal(err)
	}
	tr, err := c.Learn(1, space.Arch{0, 0}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range tr.Update {
		for _, v := range row {
			near(t, "update at rate 0", v, 0, 0)
		}
	}
	for name, value := range map[string]float64{search.ScalarArchRate: 2, enas.KnobEntropy: -1, "colour": 0} {
		if c.Set(name, value) == nil {
			t.Errorf("knob %s is set to %g, want an error", name, value)
		}
	}
}
