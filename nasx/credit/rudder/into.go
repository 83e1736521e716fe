package rudder

import (
	"errors"
	"strings"

	"naslab.dev/nasx/credit"
)

// Into moves the reward of an episode to its decisions and lets a critic learn
// from the moved rewards, so that return decomposition can be combined with
// TD(0), n-step returns and TD(λ). A model that is wrong then does less harm,
// because with λ > 0 a decision also answers for what is moved to later ones; the
// price is more variance.
type Into struct {
	source *Assigner
	critic *credit.Critic
}

// NewInto returns the combination of both, which must not be used elsewhere.
func NewInto(source *Assigner, critic *credit.Critic) *Into { return &Into{source, critic} }

// Name implements [credit.Assigner].
func (i *Into) Name() string { return i.source.Name() + ", into " + i.critic.Name() }

// Assign implements [credit.Assigner].
func (i *Into) Assign(e credit.Episode) ([]float64, error) {
	if _, err := i.source.Assign(e); err != nil {
		return nil, err
	}
	rho, _, err := i.source.Redistribute(e)
	if err != nil {
		return nil, err
	}
	return i.critic.Follow(e.Actions, rho)
}

// Prefixes of the names of the parts of a state.
const sourcePart, criticPart = "source.", "critic."

// State implements [credit.Assigner].
func (i *Into) State() map[string][]float64 {
	out := map[string][]float64{}
	for name, v := range i.source.State() {
		out[sourcePart+name] = v
	}
	for name, v := range i.critic.State() {
		out[criticPart+name] = v
	}
	return out
}

// SetState implements [credit.Assigner].
func (i *Into) SetState(state map[string][]float64) error {
	source, critic := map[string][]float64{}, map[string][]float64{}
	for name, v := range state {
		if rest, ok := strings.CutPrefix(name, sourcePart); ok {
			source[rest] = v
		}
		if rest, ok := strings.CutPrefix(name, criticPart); ok {
			critic[rest] = v
		}
	}
	return errors.Join(i.source.SetState(source), i.critic.SetState(critic))
}
