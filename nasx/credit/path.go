package credit

import (
	"fmt"
	"math"
)

// Path is one walk through numbered states, with what every action earned.
type Path struct {
	States  []int     // [T], where action t was taken
	Rewards []float64 // [T], what action t earned; after the last one all is over
}

// Delayed returns the path of an episode whose only reward comes at its end.
func Delayed(states []int, reward float64) Path {
	p := Path{States: states, Rewards: make([]float64, len(states))}
	if len(states) > 0 {
		p.Rewards[len(states)-1] = reward
	}
	return p
}

// check returns an error unless every state has a value and every action one
// reward.
func (p Path) check(values []float64) error {
	if len(p.States) != len(p.Rewards) {
		return fmt.Errorf("credit: path has %d states and %d rewards, want as many", len(p.States), len(p.Rewards))
	}
	for t, s := range p.States {
		if s < 0 || s >= len(values) {
			return fmt.Errorf("credit: state %d of the path is %d, want one of 0 to %d", t, s, len(values)-1)
		}
	}
	return nil
}

// next returns V(s_{t+1}), which is 0 after the last action.
func (p Path) next(values []float64, t int) float64 {
	if t+1 < len(p.States) {
		return values[p.States[t+1]]
	}
	return 0
}

// Returns computes what Monte Carlo learns from, the rewards still to come:
//
//	G_t = Σ_{l≥t} γ^{l−t}·r_l      [SuttonBarto]
//
// Rewards and result are [T]; the discount γ is 1 in architecture search.
func Returns(rewards []float64, discount float64) []float64 {
	out, sum := make([]float64, len(rewards)), 0.0
	for t := len(rewards) - 1; t >= 0; t-- {
		sum = rewards[t] + discount*sum
		out[t] = sum
	}
	return out
}

// Surprises computes the errors of TD(0), [T]: how much better it went than the
// value of the state had promised, judged by the value of the next state.
//
//	δ_t = r_t + γ·V(s_{t+1}) − V(s_t)      [SuttonBarto]
func Surprises(values []float64, p Path, discount float64) ([]float64, error) {
	if err := p.check(values); err != nil {
		return nil, err
	}
	out := make([]float64, len(p.States))
	for t, s := range p.States {
		out[t] = p.Rewards[t] + discount*p.next(values, t) - values[s]
	}
	return out, nil
}

// NStep computes the n-step returns, [T]: n rewards, then the value of where one
// is; near the end it is the full return.
//
//	G⁽ⁿ⁾_t = Σ_{l=t}^{t+n−1} γ^{l−t}·r_l + γⁿ·V(s_{t+n})      [SuttonBarto]
func NStep(values []float64, p Path, discount float64, n int) ([]float64, error) {
	if err := p.check(values); err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("credit: n-step return with n = %d, want at least 1", n)
	}
	out := make([]float64, len(p.States))
	for t := range out {
		last := min(t+n, len(out)) // the first reward that is not counted
		for l := t; l < last; l++ {
			out[t] += math.Pow(discount, float64(l-t)) * p.Rewards[l]
		}
		if last < len(out) {
			out[t] += math.Pow(discount, float64(n)) * values[p.States[last]]
		}
	}
	return out, nil
}

// Forward computes the λ-returns, [T]: the n-step returns of all n, weighted by
// (1−λ)·λⁿ⁻¹, and the full return with the weight that is left. From the end,
//
//	G^λ_t = r_t + γ·[(1−λ)·V(s_{t+1}) + λ·G^λ_{t+1}]      [SuttonBarto]
//
// λ = 0 is the target of TD(0), λ = 1 that of Monte Carlo.
func Forward(values []float64, p Path, discount, lambda float64) ([]float64, error) {
	if err := p.check(values); err != nil {
		return nil, err
	}
	out, later := make([]float64, len(p.States)), 0.0
	for t := len(out) - 1; t >= 0; t-- {
		later = p.Rewards[t] + discount*((1-lambda)*p.next(values, t)+lambda*later)
		out[t] = later
	}
	return out, nil
}

// Toward moves the value of every state of the path toward its target, [T], by
// a step size η, first state first:
//
//	V(s_t) ← V(s_t) + η·[target_t − V(s_t)]
//
// On a path that visits no state twice, targets of [Forward] with λ = 0 make
// it the TD(0) of [SuttonBarto], and with λ = 1 Monte Carlo.
func Toward(values []float64, p Path, targets []float64, stepSize float64) error {
	if err := p.check(values); err != nil {
		return err
	}
	if len(targets) != len(p.States) {
		return fmt.Errorf("credit: %d targets for %d states, want as many", len(targets), len(p.States))
	}
	for t, s := range p.States {
		values[s] += stepSize * (targets[t] - values[s])
	}
	return nil
}
