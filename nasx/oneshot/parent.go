package oneshot

import (
	"errors"
	"fmt"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// Parent is a network that contains all architectures, with logits for its
// operations, in the middle of a search. Every part of it is replaced as a whole
// and never changed inside, so a copy keeps a moment; only the weights need a
// copy of what their pointer points to.
type Parent struct {
	method  string
	Engine  *supernet.Engine
	Batches search.Batches
	Cells   space.Cells

	Weights *supernet.Weights
	Logits  [][]float64 // a [2E, K]
	Moments relax.Adam  // of the logits
	Steps   int         // made
	knobs   search.ByHand
}

// New starts a search on the images of batches in the network of an engine. The
// method's name stands before every error. The first weights are the network's
// own, the first logits are normal with standard deviation archInit, both as the
// seed says. It fails where network and images do not fit.
func New(
	method string, engine *supernet.Engine, batches search.Batches, seed uint64, archInit float64,
) (Parent, error) {
	if engine == nil || batches == nil {
		return Parent{}, errors.New(method + ": engine or batches are nil, want both")
	}
	if err := engine.Network().Fit(batches); err != nil {
		return Parent{}, fmt.Errorf("%s: %w", method, err)
	}
	p := Parent{
		method: method, Engine: engine, Batches: batches, Cells: engine.Network().Space(),
		Weights: engine.Init(seed),
	}
	for d := range p.Cells.Decisions() {
		row := make([]float64, len(p.Cells.Ops))
		rng := key.Rand(seed, "logits", 0, d)
		for k := range row {
			row[k] = archInit * rng.NormFloat64()
		}
		p.Logits = append(p.Logits, row)
	}
	p.Moments = relax.NewAdam(p.Logits)
	return p, nil
}

// Prepare compiles what the steps need and reports each part before it starts;
// without it the first step does so. report may be nil.
func (p *Parent) Prepare(report func(what string)) error {
	_, labels, err := p.Batches.Held(search.PartValidation)
	if err != nil {
		return fmt.Errorf("%s: %w", p.method, err)
	}
	size, _ := p.Batches.Schedule()
	return p.Engine.Prepare(report, size, len(labels))
}

// Attempt makes one step. Where advance fails, the error names the step and all
// is as it was before, so the step may be tried again.
func (p *Parent) Attempt(advance func() (search.Trace, error)) (search.Trace, error) {
	before, weights := *p, *p.Weights
	tr, err := advance()
	if err != nil {
		*p, *before.Weights = before, weights
		return search.Trace{}, fmt.Errorf("%s: step %d: %w", p.method, p.Steps+1, err)
	}
	p.Steps++
	return tr, nil
}

// Clock returns the epoch of the coming step and its minibatch in it, both from
// 0, and the minibatches of an epoch.
func (p *Parent) Clock() (epoch, index, perEpoch int) {
	_, perEpoch = p.Batches.Schedule()
	return p.Steps / perEpoch, p.Steps % perEpoch, perEpoch
}

// MoveLogits makes one step of Adam against a gradient [2E, K] and returns what
// it added to the logits.
func (p *Parent) MoveLogits(cfg relax.AdamConfig, rate float64, grad [][]float64) (update [][]float64, err error) {
	update, moments := p.Moments.Next(cfg, rate, p.Logits, grad)
	logits := relax.Add(p.Logits, update)
	if err := relax.CheckFinite("logits", logits); err != nil {
		return nil, err
	}
	p.Logits, p.Moments = logits, moments
	return update, nil
}

// Derive implements [search.Deriver] on softmax(a).
func (p *Parent) Derive(rule string) (space.Genotype, error) {
	probs := relax.SoftmaxRows(p.Logits)
	switch rule {
	case search.RuleDARTS:
		return space.DeriveDARTS(probs, p.Cells)
	case search.RuleArgmax:
		return space.DeriveArgmax(probs, p.Cells)
	}
	return space.Genotype{}, fmt.Errorf("%s: rule of derivation is %.20q, want %q or %q",
		p.method, rule, search.RuleDARTS, search.RuleArgmax)
}

// Entropies returns the entropies of choices [2E, K], nats per decision.
func (p *Parent) Entropies(probs [][]float64) map[string]float64 {
	e := p.Cells.NumEdges()
	return map[string]float64{
		search.ScalarEntropy:       relax.MeanEntropy(probs),
		search.ScalarEntropyNormal: relax.MeanEntropy(probs[:e]),
		search.ScalarEntropyReduce: relax.MeanEntropy(probs[e:]),
	}
}

// Measure adds the accuracies, as fractions, of the network at z [2E, K] and of
// both children on a held-out part, each in one batch; children inherit the
// weights as they are.
func (p *Parent) Measure(part string, z [][]float64, into map[string]float64) error {
	pixels, labels, err := p.Batches.Held(part)
	if err != nil {
		return fmt.Errorf("images of %s: %w", part, err)
	}
	choices := map[string][][]float64{search.ScalarSearchAccuracy: z}
	for rule, name := range map[string]string{
		search.RuleDARTS:  search.ScalarChildDARTS,
		search.RuleArgmax: search.ScalarChildArgmax,
	} {
		genotype, err := p.Derive(rule)
		if err != nil {
			return err
		}
		if choices[name], err = genotype.Matrix(p.Cells); err != nil {
			return err
		}
	}
	for name, z := range choices {
		_, accuracy, err := p.Engine.Evaluate(p.Weights, pixels, labels, z)
		if err != nil {
			return fmt.Errorf("%s on %s: %w", name, part, err)
		}
		into[name] = accuracy
	}
	return nil
}

// Test implements [search.Tester] for the network at z [2E, K].
func (p *Parent) Test(z [][]float64) (map[string]float64, error) {
	result := map[string]float64{}
	if err := p.Measure(search.PartTest, z, result); err != nil {
		return nil, fmt.Errorf("%s: test: %w", p.method, err)
	}
	return result, nil
}

// Describe completes a description that says what the method is and how long it
// takes, with the method's own configuration.
func (p *Parent) Describe(d search.Description, epochs int, cfg any) search.Description {
	_, perEpoch := p.Batches.Schedule()
	d.Steps, d.StepsPerEpoch = epochs*perEpoch, perEpoch
	d.Config = struct {
		Search  any `json:"search"`
		Network any `json:"network"`
	}{cfg, p.Engine.Network().Config()}
	d.Space, d.Decisions = p.Cells.Name(), p.Cells.Decisions()
	if named, ok := p.Batches.(interface{ Name() string }); ok {
		d.Data = named.Name()
	}
	return d
}
