package enas

import (
	"fmt"
	"math"

	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
)

// updateReinforce makes one update with the mean over a batch of the gradients of
//
//	L = −Σ_t A_t ln π(a_t | a_1 … a_{t−1})      [Williams92] [ENAS]
func (c *Controller) updateReinforce(tr *search.Trace, path Path, batch []episode) error {
	clear(c.grad)
	var loss float64
	for _, e := range batch {
		if len(batch) > 1 { // a single episode was unrolled last
			path = c.policy.Unroll(c.theta, along(e.arch))
		}
		grad := make([][]float64, len(path.Logits))
		for d, row := range path.Logits {
			logProbs := policy.LogSoftmax(row, nil)
			advantage := e.advantage[d] / float64(len(batch))
			loss += policy.ReinforceLoss(logProbs[e.arch[d]], advantage)
			grad[d] = policy.ReinforceGrad(logProbs, e.arch[d], advantage)
		}
		c.policy.Backward(c.theta, grad, nil, c.grad)
		tr.Grad = grad // of the last episode, which is the trace's
	}
	tr.Scalars[search.ScalarArchLoss] = loss
	c.explainReinforce(tr, batch)
	if err := c.descend(); err != nil {
		return err
	}
	c.moved(tr, path)
	return nil
}

// descend clips the gathered gradient and makes one step of Adam.
func (c *Controller) descend() error {
	norm := policy.ClipNorm(c.grad, c.cfg.Clip*float64(len(c.space.Decisions())))
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return fmt.Errorf("norm of the policy's gradient is %g, want a finite number", norm)
	}
	c.moments.Step(c.cfg.Adam, c.rate(), c.theta, c.grad)
	return nil
}

// moved fills in what was added to the logits along the trace's architecture,
// given its path before.
func (c *Controller) moved(tr *search.Trace, before Path) {
	tr.Update = c.policy.Unroll(c.theta, along(tr.Arch)).Logits
	for d, row := range tr.Update {
		for k := range row {
			row[k] -= before.Logits[d][k]
		}
	}
}

// explainReinforce adds the update's equation.
func (c *Controller) explainReinforce(tr *search.Trace, batch []episode) {
	last := batch[len(batch)-1]
	tr.Formula = "∂L/∂a = -(R - b)*(I - π)"
	if c.rule != nil {
		tr.Formula = "∂L/∂a = -A*(I - π)"
		tr.Terms = []search.Term{{Symbol: "A", Meaning: "credit of this decision", Row: search.RowCredit}}
	} else {
		reward := "reward of this architecture"
		if c.entropyWeight() > 0 {
			reward = "reward with the weighted entropy"
		}
		tr.Terms = []search.Term{
			{Symbol: "R", Meaning: reward, Value: last.reward},
			{Symbol: "b", Meaning: "baseline, the average reward so far", Value: tr.Scalars[search.ScalarBaseline]},
		}
	}
	tr.Terms = append(tr.Terms,
		search.Term{Symbol: "I", Meaning: "1 where this choice was made, else 0", Row: search.RowIndicator},
		search.Term{Symbol: "π", Meaning: "probability of this choice", Row: search.RowProbs})
	if len(batch) > 1 {
		tr.Formula += "/M"
		tr.Terms = append(tr.Terms,
			search.Term{Symbol: "M", Meaning: "architectures of this update", Value: float64(len(batch))})
	}
}
