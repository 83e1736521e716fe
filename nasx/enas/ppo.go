package enas

import (
	"slices"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
)

// Scalars of PPO's traces, measured in the last inner step of an update.
const (
	ScalarClipped    = "clip_fraction" // fraction of the decisions that the clip stopped
	ScalarDivergence = "divergence"    // nats per decision: how far the policy had moved
	ScalarValueLoss  = "value_loss"    // of the critic, where there is one
)

// Pass is one inner step of PPO: one minibatch of a batch of architectures, as it
// looked before its step of Adam. Rows belong to Members, columns to decisions.
type Pass struct {
	Epoch, Minibatch int         // from 0
	Members          []int       // which architectures of the batch, in the order they were collected
	Ratios           [][]float64 // ρ = π/π_old of the choices made; of the whole architecture with Sequence
	Stopped          [][]bool    // where the clip took the gradient away
	Advantages       [][]float64 // A
	Loss             float64     // of the minibatch, all terms
	ValueLoss        float64     // of the critic, before its weight
	Divergence       float64     // mean of ln π_old − ln π, nats per decision
}

// Clipped returns the fraction of decisions that the clip stopped.
func (p Pass) Clipped() float64 {
	stopped, all := 0, 0
	for _, row := range p.Stopped {
		for _, s := range row {
			if s {
				stopped++
			}
			all++
		}
	}
	return float64(stopped) / float64(all)
}

// Passes returns the inner steps of the last update; none for REINFORCE, which
// has no inner steps.
func (c *Controller) Passes() []Pass { return slices.Clone(c.passes) }

// frozen is what a batch was collected with.
type frozen struct {
	logProbs [][]float64 // [M][T] ln π_old of the choices made
	values   [][]float64 // [M][T] V_old, nil without critic
	targets  [][]float64 // [M][T] G
}

// freeze evaluates a batch with the policy that collected it and fills in the
// advantages that need the whole batch or the critic.
func (c *Controller) freeze(tr *search.Trace, batch []episode) frozen {
	var old frozen
	rewards := make([]float64, len(batch))
	for i, e := range batch {
		path := c.policy.Unroll(c.theta, along(e.arch))
		logProbs := make([]float64, len(e.arch))
		for d, row := range path.Logits {
			logProbs[d] = policy.LogSoftmax(row, nil)[e.arch[d]]
		}
		old.logProbs = append(old.logProbs, logProbs)
		if path.Values != nil {
			delayed := make([]float64, len(e.arch))
			delayed[len(delayed)-1] = e.reward
			advantage, targets := policy.GAE(delayed, path.Values, 1, c.cfg.PPO.GAELambda)
			batch[i].advantage = advantage
			old.values, old.targets = append(old.values, path.Values), append(old.targets, targets)
		}
		rewards[i] = e.reward
	}
	switch {
	case c.rule != nil:
	case c.cfg.PPO.Advantage == GAE:
		tr.CreditBy = "generalised advantage: what this decision added to the critic's guess"
	case c.cfg.PPO.Advantage == Standardised:
		for i, a := range policy.Standardised(rewards) {
			batch[i].advantage = slices.Repeat([]float64{a}, len(batch[i].arch))
		}
		tr.CreditBy = "(R − mean)/deviation of the batch, the same for every decision"
	}
	tr.Credit = batch[len(batch)-1].advantage
	return old
}

// updatePPO makes the inner steps of one batch, minibatches of whole episodes in
// a new order every epoch ([PPO]). The trace explains the last inner step that
// its architecture took part in; its Update is the change over all of them.
func (c *Controller) updatePPO(tr *search.Trace, before Path, batch []episode) error {
	theta, moments := slices.Clone(c.theta), policy.Adam{
		Count: c.moments.Count, First: slices.Clone(c.moments.First), Second: slices.Clone(c.moments.Second),
	}
	batch = slices.Clone(batch)
	old := c.freeze(tr, batch)
	parts := c.cfg.PPO.Minibatches
	for epoch := range c.cfg.PPO.Epochs {
		order := key.Rand(c.cfg.Seed, "minibatches", c.updates, epoch).Perm(len(batch))
		for part := range parts {
			members := order[part*len(batch)/parts : (part+1)*len(batch)/parts]
			pass := c.minibatch(tr, batch, old, members)
			pass.Epoch, pass.Minibatch = epoch, part
			c.passes = append(c.passes, pass)
			if target := c.cfg.PPO.TargetKL; target > 0 && pass.Divergence > 1.5*target {
				c.finishPPO(tr, before)
				return nil
			}
			if err := c.descend(); err != nil {
				c.theta, c.moments = theta, moments
				return err
			}
		}
	}
	c.finishPPO(tr, before)
	return nil
}

// finishPPO completes the trace of an update.
func (c *Controller) finishPPO(tr *search.Trace, before Path) {
	last := c.passes[len(c.passes)-1]
	tr.Scalars[search.ScalarArchLoss] = last.Loss
	tr.Scalars[ScalarClipped], tr.Scalars[ScalarDivergence] = last.Clipped(), last.Divergence
	if c.cfg.PPO.Advantage == GAE {
		tr.Scalars[ScalarValueLoss] = last.ValueLoss
	}
	c.moved(tr, before)
}

// minibatch gathers the gradient of some episodes of a batch:
//
//	L = mean over episodes of Σ_t (−min(ρ_t A_t, clip(ρ_t, 1 − ε, 1 + ε) A_t)
//	    + c_v ½ max((V_t − G_t)², (V_t clipped − G_t)²) − c_H H_t)
func (c *Controller) minibatch(tr *search.Trace, batch []episode, old frozen, members []int) Pass {
	clear(c.grad)
	pass := Pass{Members: members}
	share := 1 / float64(len(members))
	for _, i := range members {
		e := batch[i]
		path := c.policy.Unroll(c.theta, along(e.arch))
		slope := c.differentiate(path, e, old.logProbs[i], share)
		pass.Divergence += share * policy.Divergence(slope.chosen, old.logProbs[i])
		pass.Loss += slope.loss
		var gradValues []float64
		if path.Values != nil {
			gradValues = make([]float64, len(path.Values))
			for d, v := range path.Values {
				loss, g := policy.ValueLoss(v, old.values[i][d], old.targets[i][d], c.cfg.PPO.ClipRatio)
				pass.ValueLoss += share * loss
				gradValues[d] = share * c.cfg.PPO.ValueWeight * g
			}
		}
		c.policy.Backward(c.theta, slope.grad, gradValues, c.grad)
		pass.Ratios = append(pass.Ratios, slope.ratios)
		pass.Stopped = append(pass.Stopped, slope.stopped)
		pass.Advantages = append(pass.Advantages, e.advantage)
		if i == len(batch)-1 {
			c.explainPPO(tr, path, slope, len(members))
		}
	}
	pass.Loss += c.cfg.PPO.ValueWeight * pass.ValueLoss
	return pass
}
