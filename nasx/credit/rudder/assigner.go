package rudder

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/credit"
)

// Model predicts what an episode will return.
type Model interface {
	// Name is the model in a word or two.
	Name() string

	// Fit learns from one episode.
	Fit(e credit.Episode) error

	// Predict returns the expected return before the first decision and
	// after each, [T+1].
	Predict(actions []int) ([]float64, error)

	// State and SetState save and restore all that has been learned.
	State() map[string][]float64
	SetState(map[string][]float64) error
}

// Attributor is a Model whose last prediction can be split over the decisions
// by integrated gradients.
type Attributor interface {
	// Attribute returns the share of every decision, [T], and the prediction
	// where no decision is seen, so that they sum to the last prediction
	// up to the error of the integral with this many points.
	Attribute(actions []int, points int) (rho []float64, base float64, err error)
}

// Config holds the settings of [Assigner].
//
// Where its credit multiplies a policy gradient, Gate and Decay both bias it. A
// gate chooses by the outcome which rewards are moved, and the average has seen
// the reward that it is subtracted from: with 0.9 it takes a tenth of it away.
// Three decisions of three choices, a linear model, relative to the exact
// gradient: bias 0.31 with [DefaultConfig], 0.02 with Config{Decay: 0.99}, at the
// almost the same scatter, 1.1 and 1.0 (lesson 10, seed 1; the biases are 0.25 and
// 0.02 with seed 2). The gate is meant for models that are far off at first; what
// it is worth with an LSTM in a controller has not been measured.
type Config struct {
	Points int     `json:"points"` // of integrated gradients; 0 uses differences of predictions
	Gate   float64 `json:"gate"`   // largest relative error of a prediction that is used; 0 uses all
	Decay  float64 `json:"decay"`  // of the average credit of every decision, which is subtracted, below 1; 0 for none
}

// DefaultConfig returns differences of predictions, used where their relative
// error is below 0.2 as in [RUDDER]. Returns that scatter little around a mean
// far from 0, as accuracies do, pass this gate with any prediction near their
// mean. For policy gradients with a linear model Config{Decay: 0.99} is less
// biased.
func DefaultConfig() Config { return Config{Gate: 0.2, Decay: 0.9} }

// Assigner implements [credit.Assigner] with return decomposition. A decision
// gets the reward that is moved to it minus the average that it got in the last
// episodes:
//
//	advantage_t = ρ_t − b_t
//
// As the rewards of an episode sum to its return, ρ_t is with the true values as
// predictions the advantage V(s_{t+1}) − V(s_t) and an even share of the mean
// return, V(s_1)/T; b_t takes that share away again. Where the prediction is too
// bad the whole reward stays at the end, so that all decisions get the same: G
// minus its average, as in Monte Carlo.
type Assigner struct {
	cfg      Config
	model    Model
	whole    *credit.MonteCarlo
	averages []float64 // [T], moving averages of ρ_t, not yet corrected for their start
	count    float64   // redistributions in them
}

// NewAssigner returns an Assigner on a model of its own, which must not be
// fitted elsewhere.
func NewAssigner(m Model, cfg Config) (*Assigner, error) {
	if cfg.Points < 0 || !(cfg.Gate >= 0) || !(cfg.Decay >= 0 && cfg.Decay < 1) {
		return nil, fmt.Errorf("rudder: %+v, want no negative numbers and a decay below 1", cfg)
	}
	if _, ok := m.(Attributor); cfg.Points > 0 && !ok {
		return nil, fmt.Errorf("rudder: model %s has no integrated gradients", m.Name())
	}
	whole, err := credit.NewMonteCarlo(credit.MonteCarloConfig{Decay: cfg.Decay})
	if err != nil {
		return nil, err
	}
	return &Assigner{cfg: cfg, model: m, whole: whole}, nil
}

// New returns return decomposition with ridge regression for decisions with
// these numbers of choices.
func New(choices []int) (*Assigner, error) {
	m, err := NewLinear(choices, 1)
	if err != nil {
		return nil, err
	}
	return NewAssigner(m, DefaultConfig())
}

// NewRecurrent returns return decomposition with an LSTM for decisions with
// these numbers of choices.
func NewRecurrent(choices []int, seed uint64) (*Assigner, error) {
	cfg := DefaultLSTMConfig()
	cfg.Seed = seed
	m, err := NewLSTM(choices, cfg)
	if err != nil {
		return nil, err
	}
	return NewAssigner(m, DefaultConfig())
}

// Name implements [credit.Assigner].
func (a *Assigner) Name() string {
	if a.cfg.Points > 0 {
		return "RUDDER, " + a.model.Name() + ", integrated gradients"
	}
	return "RUDDER, " + a.model.Name()
}

// Redistribute returns the reward that is moved to every decision, [T], and
// whether the prediction was good enough to move any: if not, all of it stays
// at the last one. Either way it sums to the return. Nothing is learned.
func (a *Assigner) Redistribute(e credit.Episode) (rho []float64, moved bool, err error) {
	if err := e.Check(); err != nil {
		return nil, false, err
	}
	g, err := a.model.Predict(e.Actions)
	if err != nil {
		return nil, false, err
	}
	rho, last, moved := Differences(g), g[len(g)-1], true
	if a.cfg.Points > 0 {
		var base float64
		if rho, base, err = a.model.(Attributor).Attribute(e.Actions, a.cfg.Points); err != nil {
			return nil, false, err
		}
		moved = a.complete(rho, last-base)
	}
	if a.cfg.Gate > 0 && !(RelativeError(e.Return, last, a.whole.Baseline()) < a.cfg.Gate) {
		moved = false
	}
	if !moved {
		rho = credit.Delayed(e.Actions, e.Return).Rewards
	}
	rho, err = Correct(rho, e.Return)
	return rho, moved, err
}

// complete reports whether integrated gradients sum to within a fifth of what
// they should.
func (a *Assigner) complete(rho []float64, want float64) bool {
	const most = 0.2
	sum := 0.0
	for _, r := range rho {
		sum += r
	}
	return math.Abs(sum-want) <= most*math.Abs(want)
}

// Assign implements [credit.Assigner].
func (a *Assigner) Assign(e credit.Episode) ([]float64, error) {
	whole, err := a.whole.Assign(e)
	if err != nil {
		return nil, err
	}
	if err := a.model.Fit(e); err != nil {
		return nil, err
	}
	rho, moved, err := a.Redistribute(e)
	switch {
	case err != nil:
		return nil, err
	case !moved && a.cfg.Decay == 0: // nothing is subtracted
		for t := range whole {
			whole[t] = e.Return
		}
		return whole, nil
	case !moved:
		return whole, nil
	case a.cfg.Decay == 0:
		return rho, nil
	}
	if a.averages == nil {
		a.averages = make([]float64, len(rho))
	}
	if len(a.averages) != len(rho) {
		return nil, fmt.Errorf("rudder: the state that was loaded has %d decisions, want %d", len(a.averages), len(rho))
	}
	a.count++
	for t, r := range rho {
		a.averages[t] = a.cfg.Decay*a.averages[t] + (1-a.cfg.Decay)*r
		rho[t] -= a.averages[t] / (1 - math.Pow(a.cfg.Decay, a.count))
	}
	return rho, nil
}

// Prefixes of the names of the parts of a state.
const modelPart, wholePart = "model.", "whole."

// State implements [credit.Assigner].
func (a *Assigner) State() map[string][]float64 {
	out := map[string][]float64{
		"averages": append([]float64(nil), a.averages...), "count": {a.count},
	}
	put(out, modelPart, a.model.State())
	put(out, wholePart, a.whole.State())
	return out
}

// put adds the parts of another state under names with a prefix.
func put(state map[string][]float64, prefix string, parts map[string][]float64) {
	for name, v := range parts {
		state[prefix+name] = v
	}
}

// take is the inverse of put.
func take(state map[string][]float64, prefix string) map[string][]float64 {
	parts := map[string][]float64{}
	for name, v := range state {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			parts[rest] = v
		}
	}
	return parts
}

// stateful keeps what it has learned as plain numbers. SetState changes nothing
// where it returns an error.
type stateful interface {
	State() map[string][]float64
	SetState(map[string][]float64) error
}

// setBoth sets two states, or neither.
func setBoth(first stateful, of map[string][]float64, second stateful, and map[string][]float64) error {
	before := first.State()
	if err := first.SetState(of); err != nil {
		return err
	}
	if err := second.SetState(and); err != nil {
		return errors.Join(err, first.SetState(before))
	}
	return nil
}

// SetState implements [credit.Assigner].
func (a *Assigner) SetState(state map[string][]float64) error {
	if err := credit.Finite(state); err != nil {
		return err
	}
	if len(state["count"]) != 1 || !(state["count"][0] >= 0) {
		return errors.New("rudder: state count is missing or wrong, want one number")
	}
	if err := setBoth(a.model, take(state, modelPart), a.whole, take(state, wholePart)); err != nil {
		return err
	}
	a.count, a.averages = state["count"][0], nil
	if n := len(state["averages"]); n > 0 {
		a.averages = append(make([]float64, 0, n), state["averages"]...)
	}
	return nil
}
