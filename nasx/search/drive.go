package search

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"naslab.dev/nasx/space"
)

// Names of what [Driven] saves; the parts' own tensors follow the prefixes.
const (
	stateStep       = "drive/step"
	stateBestArch   = "drive/best_arch"
	stateBestReward = "drive/best_reward"
	prefixControl   = "controller/"
	prefixEvaluator = "evaluator/"
)

// Driven is a [Controller] and an [Evaluator] joined to a [Searcher]. It hands
// [Stateful], [Tunable] and [Describer] on to its parts where they have them.
type Driven struct {
	controller Controller
	evaluator  Evaluator
	plan       int
	step       int
	bestArch   space.Arch
	bestReward float64
	failed     error
}

// Drive joins a controller and an evaluator: one step is one proposal, its
// evaluation and one update. The optional steps say how many are planned.
func Drive(controller Controller, evaluator Evaluator, steps ...int) *Driven {
	d := &Driven{controller: controller, evaluator: evaluator}
	for _, n := range steps {
		d.plan = n
	}
	return d
}

// Step implements [Searcher]. Step, phase, architecture, reward, best reward and
// entropy are filled in where the controller leaves them out. After an error it returns
// that error for ever.
func (d *Driven) Step() (Trace, error) {
	if d.failed != nil {
		return Trace{}, d.failed
	}
	tr, err := d.advance(d.step + 1)
	if err != nil {
		d.failed = fmt.Errorf("search: step %d: %w", d.step+1, err)
		return Trace{}, d.failed
	}
	d.step++
	return tr, nil
}

func (d *Driven) advance(step int) (Trace, error) {
	arch, err := d.controller.Propose(step)
	if err != nil {
		return Trace{}, fmt.Errorf("propose: %w", err)
	}
	reward, err := d.evaluator.Evaluate(step, slices.Clone(arch))
	if err != nil {
		return Trace{}, fmt.Errorf("evaluate %v: %w", arch, err)
	}
	if !finite(reward) {
		return Trace{}, fmt.Errorf("reward of %v is %g, want a finite number", arch, reward)
	}
	tr, err := d.controller.Learn(step, slices.Clone(arch), reward)
	if err != nil {
		return Trace{}, fmt.Errorf("learn: %w", err)
	}
	tr.Step = step
	tr.Phase = cmp.Or(tr.Phase, PhaseSearch)
	if tr.Arch == nil {
		tr.Arch = slices.Clone(arch)
	}
	tr.Scalars = maps.Clone(tr.Scalars)
	if tr.Scalars == nil {
		tr.Scalars = map[string]float64{}
	}
	setDefault(tr.Scalars, ScalarReward, reward)
	if tr.Probs != nil {
		setDefault(tr.Scalars, ScalarEntropy, Entropy(tr.Probs))
	}
	if d.bestArch == nil || reward > d.bestReward {
		d.bestArch, d.bestReward = slices.Clone(arch), reward
	}
	setDefault(tr.Scalars, ScalarBest, d.bestReward)
	if err := tr.Validate(); err != nil {
		return Trace{}, err
	}
	return tr, nil
}

func setDefault(scalars map[string]float64, name string, v float64) {
	if _, ok := scalars[name]; !ok {
		scalars[name] = v
	}
}

// Best implements [Searcher]: what the controller would return.
func (d *Driven) Best() (space.Arch, error) { return d.controller.Best() }

// BestSeen returns the architecture with the highest reward so far, the first
// among equals; it fails before the first step.
func (d *Driven) BestSeen() (arch space.Arch, reward float64, err error) {
	if d.bestArch == nil {
		return nil, 0, errors.New("search: no architecture seen yet, want at least one step")
	}
	return slices.Clone(d.bestArch), d.bestReward, nil
}

// State implements [Stateful]. It fails where the controller cannot be saved;
// an evaluator that cannot is taken to have no state.
func (d *Driven) State() (map[string]Tensor, error) {
	controller, ok := d.controller.(Stateful)
	if !ok {
		return nil, fmt.Errorf("search: controller %T cannot be saved, want State and SetState", d.controller)
	}
	state := map[string]Tensor{stateStep: Int64Tensor([]int64{int64(d.step)})}
	if d.bestArch != nil {
		state[stateBestArch] = ArchTensor(d.bestArch)
		state[stateBestReward] = Float64Tensor([]float64{d.bestReward})
	}
	if err := addState(state, prefixControl, controller); err != nil {
		return nil, err
	}
	if evaluator, ok := d.evaluator.(Stateful); ok {
		if err := addState(state, prefixEvaluator, evaluator); err != nil {
			return nil, err
		}
	}
	return state, nil
}

func addState(state map[string]Tensor, prefix string, part Stateful) error {
	tensors, err := part.State()
	for name, t := range tensors {
		state[prefix+name] = t
	}
	return err
}

// SetState implements [Stateful].
func (d *Driven) SetState(state map[string]Tensor) error {
	controller, ok := d.controller.(Stateful)
	if !ok {
		return fmt.Errorf("search: controller %T cannot be restored, want State and SetState", d.controller)
	}
	step, err := state[stateStep].Int64s()
	if err != nil || len(step) != 1 || step[0] < 0 {
		return fmt.Errorf("search: state %q is missing or no step, want one whole number", stateStep)
	}
	arch, reward, err := bestOf(state)
	if err != nil {
		return err
	}
	if err := controller.SetState(withPrefix(state, prefixControl)); err != nil {
		return err
	}
	if evaluator, ok := d.evaluator.(Stateful); ok {
		if err := evaluator.SetState(withPrefix(state, prefixEvaluator)); err != nil {
			return err
		}
	}
	d.step, d.bestArch, d.bestReward, d.failed = int(step[0]), arch, reward, nil
	return nil
}

// bestOf reads the best architecture seen; nil where none was.
func bestOf(state map[string]Tensor) (space.Arch, float64, error) {
	t, ok := state[stateBestArch]
	if !ok {
		return nil, 0, nil
	}
	arch, err := t.Arch()
	if err != nil {
		return nil, 0, fmt.Errorf("search: state %q: %w", stateBestArch, err)
	}
	reward, err := state[stateBestReward].Float64s()
	if err != nil || len(reward) != 1 {
		return nil, 0, fmt.Errorf("search: state %q is missing or no reward, want one number", stateBestReward)
	}
	return arch, reward[0], nil
}

// withPrefix returns the tensors under a prefix by their own names.
func withPrefix(state map[string]Tensor, prefix string) map[string]Tensor {
	part := map[string]Tensor{}
	for name, t := range state {
		if own, ok := strings.CutPrefix(name, prefix); ok {
			part[own] = t
		}
	}
	return part
}

// Knobs implements [Tunable]; none where the controller has none.
func (d *Driven) Knobs() []Knob {
	if t, ok := d.controller.(Tunable); ok {
		return t.Knobs()
	}
	return nil
}

// Set implements [Tunable].
func (d *Driven) Set(name string, value float64) error {
	if t, ok := d.controller.(Tunable); ok {
		return t.Set(name, value)
	}
	return fmt.Errorf("search: controller %T has no knob %q, want one with knobs", d.controller, name)
}

// Describe implements [Describer] with the controller's description; the data's
// name comes from an evaluator with a method Name.
func (d *Driven) Describe() Description {
	var desc Description
	if c, ok := d.controller.(Describer); ok {
		desc = c.Describe()
	} else {
		desc.Method = fmt.Sprintf("%T", d.controller)
		desc.Label = desc.Method
	}
	if e, ok := d.evaluator.(interface{ Name() string }); ok {
		desc.Data = e.Name()
	}
	if d.plan > 0 {
		desc.Steps = d.plan
	}
	return desc
}
