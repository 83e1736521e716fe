package darts

import (
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

// archGradient begins the trace of a step with everything up to ∂L/∂α, at the
// present weights and logits:
//
//	first order   ∂L/∂α_k = p_k (g_k − R),        g = ∂L_val(w)/∂p
//	second order  ∂L/∂α_k = p_k (g_k − R) − ξ h_k,  g = ∂L_val(w')/∂p, see unrolled
func (s *Searcher) archGradient(train, val batch, at moment) (search.Trace, error) {
	p := &s.parent
	probs := relax.SoftmaxRows(p.Logits)
	var loss float64
	var opGrad [][]float64
	var term *curvature
	var err error
	if s.cfg.SecondOrder {
		loss, opGrad, term, err = s.secondOrder(train, val, probs, at)
	} else {
		loss, opGrad, err = p.Engine.GradZ(p.Weights, val.pixels, val.labels, probs)
	}
	if err != nil {
		return search.Trace{}, err
	}
	tr := search.Trace{
		Step: p.Steps + 1, Phase: search.PhaseSearch, Z: probs, Probs: probs, OpGrad: opGrad,
		CreditBy: "−R: how much the mixture on this edge lowered the validation loss, to first order",
		Scalars:  s.scalars(probs, at),
	}
	tr.Scalars[search.ScalarArchLoss] = loss
	for d, p := range probs {
		tr.Credit = append(tr.Credit, -relax.Credit(p, opGrad[d]))
		tr.Grad = append(tr.Grad, relax.SoftmaxGrad(p, opGrad[d]))
	}
	explain(&tr, term)
	if err := relax.CheckFinite("∂L/∂α", tr.Grad); err != nil {
		return search.Trace{}, err
	}
	return tr, nil
}

// secondOrder is [unrolled] at the present weights.
func (s *Searcher) secondOrder(train, val batch, probs [][]float64, at moment) (
	loss float64, opGrad [][]float64, term *curvature, err error,
) {
	g, found, err := unrolled(s.parent.Engine, (*supernet.Gradients).Norm, s.parent.Weights, train, val, probs,
		at.rate, s.cfg.Momentum, s.cfg.Decay, s.cfg.Reach)
	if err != nil {
		return 0, nil, nil, err
	}
	return g.Loss, g.OpGrad, &found, nil
}

// explain adds the equation, and the second-order term where there is one.
func explain(tr *search.Trace, term *curvature) {
	tr.Formula = "∂L/∂a = p*(g - R)"
	tr.Terms = []search.Term{
		{Symbol: "p", Meaning: "weight in the mixture", Row: search.RowProbs},
		{Symbol: "g", Meaning: "∂L/∂p of half B's loss, nats", Row: search.RowOpGrad},
		{Symbol: "R", Meaning: "Σ p·g, nats; credit = −R", Row: search.RowNegCredit},
	}
	if term == nil {
		return
	}
	tr.Formula += " - ξ*h"
	tr.Terms = append(tr.Terms,
		search.Term{Symbol: "ξ", Meaning: "virtual step of the weights", Value: term.xi},
		search.Term{
			Symbol: "h", Row: search.RowExtra,
			Meaning: "second-order term, nats",
		})
	tr.Extra = term.rows
	for d, row := range tr.Grad {
		for k := range row {
			row[k] -= term.xi * term.rows[d][k]
		}
	}
}

// scalars returns what a step knows before its gradients.
func (s *Searcher) scalars(probs [][]float64, at moment) map[string]float64 {
	scalars := s.parent.Entropies(probs)
	scalars[search.ScalarWeightRate] = at.rate
	scalars[search.ScalarArchRate] = at.archRate
	return scalars
}
