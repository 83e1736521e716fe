package estimator

import (
	"fmt"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/space"
)

// Estimator is one way to estimate ∂E[L]/∂a from one draw.
type Estimator interface {
	// Name says in a few words what it is: "SNAS, λ = 1".
	Name() string

	// Estimate returns the estimate [decisions][choices] that this draw gives.
	Estimate(p Problem, d Draw) ([][]float64, error)
}

// Reinforce is the score-function estimator: the whole loss of the architecture,
// less a baseline, multiplies the score of every decision ([Williams92]).
//
//	ĝ_d = (L(Z) − b) ∂ln π_d(Z_d)/∂a_d
//
// Whatever the baseline, its mean is the exact gradient.
type Reinforce struct {
	Label    string  // after "REINFORCE, "
	Baseline float64 // b, a loss
}

// Name implements [Estimator].
func (r Reinforce) Name() string { return "REINFORCE, " + r.Label }

// Estimate implements [Estimator]; it uses the architecture alone.
func (r Reinforce) Estimate(p Problem, d Draw) ([][]float64, error) {
	loss, _ := p.Loss.At(p.oneHot(d.Arch))
	advantage := make([]float64, len(d.Arch))
	for i := range advantage {
		advantage[i] = r.Baseline - loss // of the reward −L
	}
	return p.reinforce(d.Arch, advantage), nil
}

// reinforce gives every decision an advantage of its own.
func (p Problem) reinforce(arch space.Arch, advantage []float64) [][]float64 {
	out := make([][]float64, len(arch))
	for i, row := range p.logProbs() {
		out[i] = policy.ReinforceGrad(row, arch[i], advantage[i])
	}
	return out
}

// FirstPPO is the first inner step of PPO on a new batch, where the policy is
// still the one that drew the architectures: the ratio is 1, the clip does
// nothing, and the step is that of REINFORCE ([PPO]).
type FirstPPO struct {
	Baseline float64 // b, a loss
	Clip     float64 // ε
}

// Name implements [Estimator].
func (f FirstPPO) Name() string { return "PPO, first step" }

// Estimate implements [Estimator]; it uses the architecture alone.
func (f FirstPPO) Estimate(p Problem, d Draw) ([][]float64, error) {
	loss, _ := p.Loss.At(p.oneHot(d.Arch))
	out := make([][]float64, len(d.Arch))
	for i, row := range p.logProbs() {
		ratio := policy.Ratio(row[d.Arch[i]], row[d.Arch[i]])
		out[i] = policy.ClippedGrad(row, d.Arch[i], ratio, f.Baseline-loss, f.Clip)
	}
	return out, nil
}

// Credited is REINFORCE with a rule of credit in place of a baseline. The rule
// goes on learning from every draw, as in a search, so estimates of one Credited
// must not run side by side; make a new one for every measurement.
type Credited struct {
	label string
	rule  credit.Assigner
}

// NewCredited returns an estimator whose rule has seen that many draws of the
// problem, under the seed, before its first estimate.
func NewCredited(label string, rule credit.Assigner, p Problem, seed uint64, before int) (*Credited, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	c := &Credited{label, rule}
	for n := range before {
		if _, err := c.Estimate(p, p.Draw(seed, "before", n)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Name implements [Estimator].
func (c *Credited) Name() string { return "REINFORCE, " + c.label }

// Estimate implements [Estimator].
func (c *Credited) Estimate(p Problem, d Draw) ([][]float64, error) {
	loss, _ := p.Loss.At(p.oneHot(d.Arch))
	advantage, err := c.rule.Assign(credit.Episode{Actions: d.Arch, Return: -loss})
	if err != nil {
		return nil, fmt.Errorf("estimator: %w", err)
	}
	return p.reinforce(d.Arch, advantage), nil
}

// OwnReward is REINFORCE in which every decision gets a reward of its own, the
// first-order change of the loss if its output were removed ([SNAS] section 3):
//
//	ĝ_d = R_d ∂ln π_d(Z_d)/∂a_d,   R_d = Σ_k Z_d^k g_d^k,   g = ∂L/∂Z
//
// at the hard sample. Where L is linear in every row given the others, what R_d
// leaves out does not depend on the decision, and the mean is exact; otherwise it
// is not.
type OwnReward struct{}

// Name implements [Estimator].
func (OwnReward) Name() string { return "REINFORCE, own reward R" }

// Estimate implements [Estimator]; it uses the architecture alone.
func (OwnReward) Estimate(p Problem, d Draw) ([][]float64, error) {
	z := p.oneHot(d.Arch)
	_, opGrad := p.Loss.At(z)
	advantage := make([]float64, len(z))
	for i, row := range z {
		advantage[i] = -relax.Credit(row, opGrad[i])
	}
	return p.reinforce(d.Arch, advantage), nil
}
