package rudder

import (
	"fmt"

	"naslab.dev/nasx/credit"
)

// Settings of all learners of [Contest].
const (
	contestStep   = 0.1
	contestLambda = 0.9 // of "tdlambda"
)

// Contest returns one of the two tasks, "additive" or "first", with so many
// decisions, and a new learner of a rule: "td0", "tdlambda" with λ = 0.9, "mc"
// or "rudder", all with the step size 0.1. The seed is that of the effects of
// the additive task.
func Contest(task, rule string, decisions int, seed uint64) (t credit.Task, l credit.Learner, err error) {
	switch task {
	case "additive":
		t, err = credit.Additive(decisions, seed)
	case "first":
		t, err = credit.First(decisions)
	default:
		err = fmt.Errorf("rudder: there is no task %.20q, want additive or first", task)
	}
	if err != nil {
		return t, nil, err
	}
	switch rule {
	case "td0":
		return t, credit.ActionValues{Lambda: 0, StepSize: contestStep}, nil
	case "tdlambda":
		return t, credit.ActionValues{Lambda: contestLambda, StepSize: contestStep}, nil
	case "mc":
		return t, credit.ActionValues{Lambda: 1, StepSize: contestStep}, nil
	case "rudder":
		l, err = NewLearner(t.Delay, t.Choices, contestStep)
		return t, l, err
	}
	return t, nil, fmt.Errorf("rudder: there is no rule %.20q, want td0, tdlambda, mc or rudder", rule)
}
