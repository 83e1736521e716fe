package snas

import (
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// explain begins the trace of a step with everything up to ∂L/∂a:
//
//	∂L/∂a_k = Z_k (g_k − R)/λ          no penalty, or one through the sample: g has its η ∂C/∂Z
//	∂L/∂a_k = Z_k (g_k − R)/λ + η h_k  a penalty outside the sample, h = ∂C/∂a
func (s *Searcher) explain(drawn sample, g *supernet.Gradients, at moment) (search.Trace, error) {
	probs := relax.SoftmaxRows(s.parent.Logits)
	tr := search.Trace{
		Step: s.parent.Steps + 1, Phase: search.PhaseSearch, Arch: space.Argmax(drawn.z),
		Z: drawn.z, Probs: probs, OpGrad: g.OpGrad,
		CreditBy: "−R: how much this edge's output lowered the loss, to first order",
		Scalars:  s.scalars(probs, at),
	}
	tr.Scalars[search.ScalarLoss] = g.Loss
	tr.Scalars[search.ScalarAccuracy] = g.Accuracy
	var extra resource
	if at.resourceWeight > 0 {
		var err error
		if extra, err = s.price(drawn, probs); err != nil {
			return search.Trace{}, err
		}
		tr.Scalars[search.ScalarPenalty] = at.resourceWeight * extra.value
		tr.Scalars[search.ScalarResourceWeight] = at.resourceWeight
	}
	tr.Extra = extra.outside
	if extra.slope != nil {
		tr.OpGrad = make([][]float64, len(g.OpGrad))
		for d, row := range g.OpGrad {
			for k, slope := range row {
				tr.OpGrad[d] = append(tr.OpGrad[d], slope+at.resourceWeight*extra.slope[d][k])
			}
		}
	}
	for d, z := range drawn.z {
		tr.Credit = append(tr.Credit, -relax.Credit(z, tr.OpGrad[d]))
		grad := relax.ConcreteGrad(z, tr.OpGrad[d], at.temperature)
		if extra.outside != nil {
			for k := range grad {
				grad[k] += at.resourceWeight * extra.outside[d][k]
			}
		}
		tr.Grad = append(tr.Grad, grad)
	}
	s.equation(&tr, extra, at)
	return tr, relax.CheckFinite("∂L/∂a", tr.Grad)
}

// equation adds the formula and its terms.
func (s *Searcher) equation(tr *search.Trace, extra resource, at moment) {
	slope := "∂L/∂Z, nats"
	if extra.slope != nil {
		slope = "∂(L + η·C)/∂Z, penalty included"
	}
	tr.Formula = "∂L/∂a = Z*(g - R)/λ"
	tr.Terms = []search.Term{
		{Symbol: "Z", Meaning: "share in the sample", Row: search.RowZ},
		{Symbol: "g", Meaning: slope, Row: search.RowOpGrad},
		{Symbol: "R", Meaning: "Σ Z·g, nats; credit = −R", Row: search.RowNegCredit},
		{Symbol: "λ", Meaning: "temperature", Value: at.temperature},
	}
	if extra.outside == nil {
		return
	}
	meaning := "∂E[C]/∂a, E over the softmax"
	if s.cfg.Estimator == Policy {
		meaning = "price × score 1 − K·softmax(−G)"
	}
	tr.Formula += " + η*h"
	tr.Terms = append(tr.Terms,
		search.Term{Symbol: "η", Meaning: "weight of the penalty", Value: at.resourceWeight},
		search.Term{Symbol: "h", Meaning: meaning, Row: search.RowExtra})
}

// scalars returns what a step knows before its gradients.
func (s *Searcher) scalars(probs [][]float64, at moment) map[string]float64 {
	scalars := s.parent.Entropies(probs)
	scalars[search.ScalarTemperature] = at.temperature
	scalars[search.ScalarWeightRate] = at.rate
	scalars[search.ScalarArchRate] = at.archRate
	return scalars
}
