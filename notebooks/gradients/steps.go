package gradients

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// recorded holds one step of every method on one network for the digits, as its
// Searcher returned it; go test -update makes it again.
//
//go:embed steps.json
var recorded []byte

// StepsOf says how [Steps] were recorded.
const StepsOf = "step 60 of ENAS, SNAS and DARTS (first order) on the digits, one normal cell of two nodes, seed 1"

// Record is one recorded step.
type Record struct {
	Decisions []space.Decision `json:"decisions"`
	Trace     search.Trace     `json:"trace"`
}

// Steps returns the recorded steps by method: "enas", "snas" and "darts".
func Steps() (map[string]Record, error) {
	steps := map[string]Record{}
	if err := json.Unmarshal(recorded, &steps); err != nil {
		return nil, fmt.Errorf("gradients: recorded steps: %w", err)
	}
	return steps, nil
}

// Flows returns the steps of some methods for [viz.GradientFlow], at one decision.
func Flows(decision int, methods ...string) ([]viz.Flow, error) {
	steps, err := Steps()
	if err != nil {
		return nil, err
	}
	var out []viz.Flow
	for _, m := range methods {
		step, found := steps[m]
		if !found || decision < 0 || decision >= len(step.Decisions) {
			return nil, fmt.Errorf("gradients: no step of method %.20q was recorded that has decision %d", m, decision)
		}
		out = append(out, viz.Flow{
			Method: m, Decision: decision, Choices: step.Decisions[decision].Choices, Trace: step.Trace,
		})
	}
	return out, nil
}
