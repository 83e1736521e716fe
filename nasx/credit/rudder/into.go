package rudder

import "naslab.dev/nasx/credit"

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
	put(out, sourcePart, i.source.State())
	put(out, criticPart, i.critic.State())
	return out
}

// SetState implements [credit.Assigner].
func (i *Into) SetState(state map[string][]float64) error {
	return setBoth(i.source, take(state, sourcePart), i.critic, take(state, criticPart))
}
