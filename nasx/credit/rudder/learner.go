package rudder

import (
	"fmt"

	"naslab.dev/nasx/credit"
)

// Learner learns action values from redistributed rewards, by averaging them
// directly: with nothing left to come, the reward of an action is its value.
//
//	Q(s_t, a_t) ← Q(s_t, a_t) + η·[ρ_t − Q(s_t, a_t)]
//
// Its model is [Linear], and ρ_t the weight of the choice made plus an even
// share of what the prediction misses, so Σ ρ is the return but for the
// intercept, which is the same for all choices.
type Learner struct {
	model    *Linear
	stepSize float64
}

// NewLearner returns a learner for decisions with as many choices each, with
// ridge 1. The step size is above 0 and at most 1.
func NewLearner(decisions, choices int, stepSize float64) (*Learner, error) {
	if decisions < 1 || !(stepSize > 0 && stepSize <= 1) {
		return nil, fmt.Errorf("rudder: learner of %d decisions with the step size %g, want at least 1 and one in (0, 1]",
			decisions, stepSize)
	}
	all := make([]int, decisions)
	for t := range all {
		all[t] = choices
	}
	model, err := NewLinear(all, 1)
	if err != nil {
		return nil, err
	}
	return &Learner{model, stepSize}, nil
}

// Learn implements [credit.Learner].
func (l *Learner) Learn(q []float64, pairs []int, e credit.Episode) error {
	if err := l.model.Fit(e); err != nil {
		return err
	}
	g, err := l.model.Predict(e.Actions)
	if err != nil {
		return err
	}
	rho, err := Correct(Differences(g), e.Return-g[0])
	if err != nil {
		return err
	}
	return credit.Toward(q, credit.Path{States: pairs, Rewards: rho}, rho, l.stepSize)
}
