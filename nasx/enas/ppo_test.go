package enas_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// batch feeds proposals with rewards to a controller until it has learned from
// as many, and returns the last trace.
func batch(t *testing.T, c *enas.Controller, rewards []float64) search.Trace {
	t.Helper()
	var tr search.Trace
	for i, reward := range rewards {
		arch, err := c.Propose(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		if tr, err = c.Learn(i+1, arch, reward); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

// pair returns REINFORCE and PPO with the same advantages, R − b, on the same
// batches, with the given number of epochs.
func pair(episodes, epochs int) (reinforce, ppo enas.Config) {
	reinforce = enas.DefaultConfig()
	reinforce.Episodes, reinforce.Clip, reinforce.Shape.Hidden = episodes, 0.01, 8
	ppo = reinforce
	ppo.Update = enas.PPO
	ppo.PPO = enas.PPOConfig{Epochs: epochs, Minibatches: 1, ClipRatio: 0.2, Advantage: enas.Moving}
	return reinforce, ppo
}

// largest returns the largest difference of two matrices.
func largest(a, b [][]float64) float64 {
	most := 0.0
	for d := range a {
		for k := range a[d] {
			most = math.Max(most, math.Abs(a[d][k]-b[d][k]))
		}
	}
	return most
}

// Where nothing has moved yet the ratio is 1 and PPO is REINFORCE: one epoch of
// one minibatch makes the same update, and so for several batches. From the
// second inner step on they differ.
func TestOneEpochOfPPOIsReinforce(t *testing.T) {
	for _, epochs := range []int{1, 2} {
		a, b := pair(5, epochs)
		s := ragged(t, 3, 4, 2, 3)
		reinforce, ppo := newController(t, s, a), newController(t, s, b)
		for range 3 {
			x, y := batch(t, reinforce, rewardsOf(5)), batch(t, ppo, rewardsOf(5))
			difference := math.Max(largest(x.Grad, y.Grad), largest(x.Update, y.Update))
			if epochs == 1 && !(difference <= 1e-12) {
				t.Errorf("with one epoch PPO differs from REINFORCE by %g, want 1e-12 at most", difference)
			}
			if epochs == 2 && !(difference > 1e-6) {
				t.Errorf("with two epochs PPO differs from REINFORCE by %g, want more than 1e-6", difference)
			}
		}
	}
}

func TestEqualRewardsMoveNothing(t *testing.T) {
	cfg := enas.DefaultPPO()
	cfg.Shape.Hidden = 8
	c := newController(t, ragged(t, 3, 3), cfg)
	tr := batch(t, c, []float64{.7, .7, .7, .7, .7, .7, .7, .7, .7, .7})
	for d := range tr.Update {
		near(t, "credit", tr.Credit[d], 0, 0)
		for k := range tr.Update[d] {
			near(t, "update", tr.Update[d][k], 0, 0)
		}
	}
}

// The first inner step has ratios of 1 and stops nothing. With large steps later
// ones leave 1 ± ε, and exactly those that went the way their advantage asks
// are stopped.
func TestPassesShowWhatTheClipDoes(t *testing.T) {
	cfg := enas.DefaultPPO()
	cfg.Shape.Hidden, cfg.Rate = 8, 0.05
	c := newController(t, ragged(t, 3, 4, 3), cfg)
	batch(t, c, rewardsOf(10))
	passes := c.Passes()
	if len(passes) != 4 {
		t.Fatalf("%d inner steps, want 4 epochs of 1 minibatch", len(passes))
	}
	near(t, "clipped in the first inner step", passes[0].Clipped(), 0, 0)
	near(t, "divergence of the first inner step", passes[0].Divergence, 0, 0)
	stopped := 0
	for n, pass := range passes {
		for i, row := range pass.Ratios {
			for d, ratio := range row {
				if n == 0 {
					near(t, "ratio of the first inner step", ratio, 1, 0)
				}
				advantage := pass.Advantages[i][d]
				want := advantage > 0 && ratio > 1.2 || advantage < 0 && ratio < 0.8
				if pass.Stopped[i][d] != want {
					t.Errorf("inner step %d: ρ = %.3f with A = %.3f is stopped: %v, want %v",
						n, ratio, advantage, !want, want)
				}
				if want {
					stopped++
				}
			}
		}
	}
	if stopped == 0 {
		t.Error("the clip stops nothing, want it to with this learning rate")
	}
}

// Minibatches are whole episodes, each once an epoch.
func TestMinibatchesAreWholeEpisodes(t *testing.T) {
	cfg := enas.DefaultPPO()
	cfg.Shape.Hidden, cfg.PPO.Minibatches = 4, 4
	c := newController(t, ragged(t, 3, 3), cfg)
	batch(t, c, rewardsOf(10))
	seen := map[[2]int]int{}
	for _, pass := range c.Passes() {
		if n := len(pass.Members); n < 2 || n > 3 || len(pass.Ratios) != n || len(pass.Ratios[0]) != 2 {
			t.Errorf("minibatch of %d episodes, ratios %v; want 2 or 3 with 2 decisions each", n, pass.Ratios)
		}
		for _, i := range pass.Members {
			seen[[2]int{pass.Epoch, i}]++
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d pairs of epoch and episode, want each of 40", len(seen))
	}
	for pair, n := range seen {
		if n != 1 {
			t.Errorf("epoch %d uses episode %d %d times, want once", pair[0], pair[1], n)
		}
	}
}

// One ratio per architecture leaves 1 ± ε sooner than that of any decision.
func TestSequenceRatioClipsSooner(t *testing.T) {
	clipped := func(sequence bool) float64 {
		cfg := enas.DefaultPPO().Independent()
		cfg.PPO.Sequence = sequence
		c := newController(t, ragged(t, 3, 3, 3, 3, 3, 3), cfg)
		batch(t, c, rewardsOf(10))
		passes := c.Passes()
		return passes[len(passes)-1].Clipped()
	}
	if whole, each := clipped(true), clipped(false); !(whole > each) {
		t.Errorf("%.2f are clipped by sequence and %.2f by decision, want more of the first", whole, each)
	}
}

func TestTargetKLEndsTheBatch(t *testing.T) {
	cfg := enas.DefaultPPO()
	cfg.Shape.Hidden, cfg.Rate, cfg.PPO.Epochs, cfg.PPO.TargetKL = 8, 0.05, 50, 0.01
	c := newController(t, ragged(t, 3, 4, 3), cfg)
	batch(t, c, rewardsOf(10))
	passes := c.Passes()
	for n, pass := range passes {
		if last := n == len(passes)-1; (pass.Divergence > 0.015) != last {
			t.Errorf("inner step %d of %d has divergence %g, want more than 0.015 in the last alone",
				n, len(passes), pass.Divergence)
		}
	}
	if len(passes) == 50 {
		t.Error("all 50 epochs are made, want fewer")
	}
}

// The critic learns what an architecture is worth on average.
func TestCriticLearnsTheReturn(t *testing.T) {
	cfg := enas.DefaultPPO()
	cfg.PPO.Advantage, cfg.Shape.Hidden, cfg.Rate, cfg.PPO.ClipRatio = enas.GAE, 8, 0.02, 10
	c := newController(t, ragged(t, 3, 3), cfg)
	var first, last float64
	for n := range 30 {
		var tr search.Trace
		for step := range cfg.Episodes {
			var err error
			if tr, err = c.Learn(10*n+step+1, space.Arch{n % 3, step % 3}, 0.8); err != nil {
				t.Fatal(err)
			}
		}
		last = tr.Scalars[enas.ScalarValueLoss]
		if n == 0 {
			first = last
		}
	}
	if !(last < first/20) {
		t.Errorf("the critic's loss went from %g to %g, want a twentieth", first, last)
	}
}
