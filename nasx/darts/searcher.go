package darts

import (
	"fmt"

	"naslab.dev/nasx/oneshot"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// Searcher is a DARTS search. It implements [search.Searcher], Stateful,
// Tunable, Deriver, Tester and Describer. It is not safe for use by several
// goroutines; the engine may be shared.
type Searcher struct {
	cfg    Config
	parent oneshot.Parent // its logits are α
}

// New starts a search on the images of batches in the network of an engine. It
// compiles nothing; see [Searcher.Prepare].
func New(engine *supernet.Engine, batches search.Batches, cfg Config) (*Searcher, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	parent, err := oneshot.New("darts", engine, batches, cfg.Seed, cfg.ArchInit)
	if err != nil {
		return nil, err
	}
	return &Searcher{cfg, parent}, nil
}

// Prepare compiles what the steps need and reports each part before it starts;
// without it the first step does so. report may be nil.
func (s *Searcher) Prepare(report func(what string)) error {
	if err := s.parent.Prepare(report); err != nil {
		return err
	}
	size, _ := s.parent.Batches.Schedule()
	return s.parent.Engine.PrepareZ(report, size)
}

// Step implements [search.Searcher]: the logits move by the loss of minibatch t
// of half B, then the weights by that of minibatch t of half A. An error names
// the step and leaves the state as it was, so the step may be tried again.
func (s *Searcher) Step() (search.Trace, error) { return s.parent.Attempt(s.advance) }

// moment is where a step stands in the schedules.
type moment struct {
	epoch, index, perEpoch int
	rate, archRate         float64
}

// now returns the moment of the coming step.
func (s *Searcher) now() moment {
	epoch, index, perEpoch := s.parent.Clock()
	return moment{
		epoch: epoch, index: index, perEpoch: perEpoch,
		rate: s.parent.Tuned(search.ScalarWeightRate,
			relax.Cosine(s.cfg.Rate, s.cfg.RateEnd, epoch, s.cfg.Epochs)),
		archRate: s.parent.Tuned(search.ScalarArchRate, s.cfg.ArchRate),
	}
}

// advance makes one step; [oneshot.Parent.Attempt] undoes one that fails half-way.
func (s *Searcher) advance() (search.Trace, error) {
	at, p := s.now(), &s.parent
	train, err := s.batch(search.PartHalfA, at)
	if err != nil {
		return search.Trace{}, err
	}
	val, err := s.batch(search.PartHalfB, at)
	if err != nil {
		return search.Trace{}, err
	}
	tr, err := s.archGradient(train, val, at)
	if err != nil {
		return search.Trace{}, fmt.Errorf("architecture: %w", err)
	}
	if tr.Update, err = p.MoveLogits(s.cfg.Adam, at.archRate, tr.Grad); err != nil {
		return search.Trace{}, err
	}
	g, err := p.Engine.Grad(p.Weights, train.pixels, train.labels, relax.SoftmaxRows(p.Logits))
	if err != nil {
		return search.Trace{}, fmt.Errorf("weights: %w", err)
	}
	norm, err := p.Engine.Update(p.Weights, g, supernet.SGD{
		Rate: at.rate, Momentum: s.cfg.Momentum, Decay: s.cfg.Decay, Clip: s.cfg.Clip,
	})
	if err != nil {
		return search.Trace{}, fmt.Errorf("weights: %w", err)
	}
	tr.Scalars[search.ScalarLoss] = g.Loss
	tr.Scalars[search.ScalarAccuracy] = g.Accuracy
	tr.Scalars[search.ScalarGradNorm] = norm
	if at.index == at.perEpoch-1 {
		return tr, p.Measure(search.PartValidation, relax.SoftmaxRows(p.Logits), tr.Scalars)
	}
	return tr, nil
}

// batch returns one minibatch of a part.
func (s *Searcher) batch(part string, at moment) (batch, error) {
	pixels, labels, err := s.parent.Batches.Batch(part, at.epoch, at.index)
	if err != nil {
		return batch{}, fmt.Errorf("minibatch %d of %s, epoch %d: %w", at.index, part, at.epoch, err)
	}
	return batch{pixels: pixels, labels: labels}, nil
}

// Best implements [search.Searcher] by the rule of [DARTS]; edges that it drops
// are at none. It fails where the network has no none.
func (s *Searcher) Best() (space.Arch, error) {
	genotype, err := s.Derive(search.RuleDARTS)
	if err != nil {
		return nil, err
	}
	return genotype.Arch(s.parent.Cells)
}

// Derive implements [search.Deriver].
func (s *Searcher) Derive(rule string) (space.Genotype, error) { return s.parent.Derive(rule) }

// Test implements [search.Tester].
func (s *Searcher) Test() (map[string]float64, error) {
	return s.parent.Test(relax.SoftmaxRows(s.parent.Logits))
}
