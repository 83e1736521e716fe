package enas

import (
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
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
		var part float64
		part, tr.Grad = c.backward(path, e.advantage, 1/float64(len(batch)))
		loss += part // and tr.Grad ends as that of the last episode, which is the trace's
	}
	tr.Scalars[search.ScalarArchLoss] = loss
	c.explainReinforce(tr, batch)
	if err := c.descend(); err != nil {
		return err
	}
	c.moved(tr, path)
	return nil
}

// backward adds the gradient of share·L for the path that was unrolled last and
// returns share·L and its slope in the logits [T][K].
func (c *Controller) backward(path Path, advantage []float64, share float64) (loss float64, grad [][]float64) {
	grad = make([][]float64, len(path.Logits))
	for d, row := range path.Logits {
		logProbs := policy.LogSoftmax(row, nil)
		loss += policy.ReinforceLoss(logProbs[path.Arch[d]], share*advantage[d])
		grad[d] = policy.ReinforceGrad(logProbs, path.Arch[d], share*advantage[d])
	}
	c.policy.Backward(c.theta, grad, nil, c.grad)
	return loss, grad
}

// Ascend makes the bare update of REINFORCE for one architecture with given
// advantages [T] and returns the loss −Σ_t A_t ln π(a_t) before it: [Controller.Learn]
// without baseline, batches and trace.
func (c *Controller) Ascend(arch space.Arch, advantage []float64) (loss float64, err error) {
	if err := space.Check(c.space, arch); err != nil {
		return 0, fmt.Errorf("enas: %w", err)
	}
	if len(advantage) != len(arch) {
		return 0, fmt.Errorf("enas: %d advantages, want one for each of %d decisions", len(advantage), len(arch))
	}
	clear(c.grad)
	loss, _ = c.backward(c.policy.Unroll(c.theta, along(arch)), advantage, 1)
	if err := c.descend(); err != nil {
		return 0, fmt.Errorf("enas: %w", err)
	}
	return loss, nil
}

// Parameters returns copies of θ [P] and of the gradient of the last update, after
// clipping.
func (c *Controller) Parameters() (theta, grad []float64) {
	return slices.Clone(c.theta), slices.Clone(c.grad)
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
