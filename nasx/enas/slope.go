package enas

import (
	"slices"

	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
)

// slope is how PPO's loss of one episode falls and rises with its logits.
type slope struct {
	chosen  []float64   // [T] ln π of the choices made
	ratios  []float64   // [T] ρ
	stopped []bool      // [T] true where the clip took the gradient away
	entropy [][]float64 // [T][K] the entropy's part of grad, nil without
	grad    [][]float64 // [T][K] ∂L/∂logits, times the episode's share
	loss    float64     // without the critic's, times the episode's share
}

// differentiate computes the slope of one episode on the path as it is now.
func (c *Controller) differentiate(path Path, e episode, oldLogProbs []float64, share float64) slope {
	var s slope
	rows := make([][]float64, len(path.Logits))
	for d, row := range path.Logits {
		rows[d] = policy.LogSoftmax(row, nil)
		s.chosen = append(s.chosen, rows[d][e.arch[d]])
		s.ratios = append(s.ratios, policy.Ratio(s.chosen[d], oldLogProbs[d]))
	}
	if c.cfg.PPO.Sequence {
		s.ratios = slices.Repeat([]float64{policy.SequenceRatio(s.chosen, oldLogProbs)}, len(rows))
	}
	for d, logProbs := range rows {
		objective, keep := policy.Clipped(s.ratios[d], e.advantage[d], c.cfg.PPO.ClipRatio)
		if !c.cfg.PPO.Sequence || d == 0 { // an architecture has one objective
			s.loss -= share * objective
		}
		s.stopped = append(s.stopped, keep == 0 && e.advantage[d] != 0)
		s.grad = append(s.grad,
			policy.ClippedGrad(logProbs, e.arch[d], s.ratios[d], share*e.advantage[d], c.cfg.PPO.ClipRatio))
		if weight := c.entropyWeight(); weight > 0 {
			s.loss -= share * weight * policy.Entropy(logProbs)
			s.addEntropy(d, policy.EntropyGrad(logProbs), share*weight)
		}
	}
	return s
}

// addEntropy takes weight times the entropy's slope off the gradient of a decision.
func (s *slope) addEntropy(d int, grad []float64, weight float64) {
	for k := range grad {
		grad[k] *= -weight
		s.grad[d][k] += grad[k]
	}
	s.entropy = append(s.entropy, grad)
}

// explainPPO writes one inner step into the trace. The ratio stands in Extra, 0
// where the clip took the gradient away; the entropy's part, where there is one,
// in OpGrad.
func (c *Controller) explainPPO(tr *search.Trace, path Path, s slope, members int) {
	tr.Probs, tr.Grad, tr.OpGrad = probsOf(path), s.grad, s.entropy
	tr.Extra = make([][]float64, len(s.ratios))
	for d, ratio := range s.ratios {
		if s.stopped[d] {
			ratio = 0
		}
		tr.Extra[d] = slices.Repeat([]float64{ratio}, len(path.Logits[d]))
	}
	tr.Formula = "∂L/∂a = -A*ρ*(I - π)"
	tr.Terms = []search.Term{
		{Symbol: "A", Meaning: "advantage of this decision", Row: search.RowCredit},
		{Symbol: "ρ", Meaning: "probability now over then, 0 where the clip stops it", Row: search.RowExtra},
		{Symbol: "I", Meaning: "1 where this choice was made, else 0", Row: search.RowIndicator},
		{Symbol: "π", Meaning: "probability of this choice", Row: search.RowProbs},
	}
	if members > 1 {
		tr.Formula += "/M"
		tr.Terms = append(tr.Terms,
			search.Term{Symbol: "M", Meaning: "architectures of this inner step", Value: float64(members)})
	}
	if s.entropy != nil {
		tr.Formula += " + h"
		tr.Terms = append(tr.Terms, search.Term{Symbol: "h", Meaning: "slope of −entropy, weighted", Row: search.RowOpGrad})
	}
}
