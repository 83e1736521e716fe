package darts

import (
	"errors"
	"fmt"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// Searcher is a DARTS search. It implements [search.Searcher], Stateful,
// Tunable, Deriver, Tester and Describer. It is not safe for use by several
// goroutines; the engine may be shared.
type Searcher struct {
	cfg     Config
	engine  *supernet.Engine
	cells   space.Cells
	batches search.Batches

	weights *supernet.Weights
	logits  [][]float64 // α [2E, K]
	moments relax.Adam
	step    int                // steps made
	knobs   map[string]float64 // values set by hand, by name
}

// New starts a search on the images of batches in the network of an engine. It
// compiles nothing; see [Searcher.Prepare].
func New(engine *supernet.Engine, batches search.Batches, cfg Config) (*Searcher, error) {
	if engine == nil || batches == nil {
		return nil, errors.New("darts: engine or batches are nil, want both")
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	net := engine.Network().Config()
	height, width, channels, classes := batches.Dims()
	if height != net.Height || width != net.Width || channels != net.InputChannels || classes != net.Classes {
		return nil, fmt.Errorf("darts: images are %dx%dx%d of %d classes, want %dx%dx%d of %d as in the network",
			height, width, channels, classes, net.Height, net.Width, net.InputChannels, net.Classes)
	}
	s := &Searcher{
		cfg: cfg, engine: engine, cells: engine.Network().Space(), batches: batches,
		weights: engine.Init(cfg.Seed), knobs: map[string]float64{},
	}
	for d := range s.cells.Decisions() {
		row := make([]float64, len(s.cells.Ops))
		rng := key.Rand(cfg.Seed, "logits", 0, d)
		for k := range row {
			row[k] = cfg.ArchInit * rng.NormFloat64()
		}
		s.logits = append(s.logits, row)
	}
	s.moments = relax.NewAdam(s.logits)
	return s, nil
}

// Prepare compiles what the steps need and reports each part before it starts;
// without it the first step does so. report may be nil.
func (s *Searcher) Prepare(report func(what string)) error {
	_, labels, err := s.batches.Held(search.PartValidation)
	if err != nil {
		return fmt.Errorf("darts: %w", err)
	}
	size, _ := s.batches.Schedule()
	return s.engine.Prepare(report, size, len(labels))
}

// Step implements [search.Searcher]: the logits move by the loss of minibatch t
// of half B, then the weights by that of minibatch t of half A. An error names
// the step and leaves the state as it was, so the step may be tried again.
func (s *Searcher) Step() (search.Trace, error) {
	before, weights := *s, *s.weights
	tr, err := s.advance()
	if err != nil {
		*s, *before.weights = before, weights
		return search.Trace{}, fmt.Errorf("darts: step %d: %w", s.step+1, err)
	}
	return tr, nil
}

// moment is where a step stands in the schedules.
type moment struct {
	epoch, index, perEpoch int
	rate, archRate         float64
}

// now returns the moment of the coming step.
func (s *Searcher) now() moment {
	_, perEpoch := s.batches.Schedule()
	epoch := s.step / perEpoch
	return moment{
		epoch: epoch, index: s.step % perEpoch, perEpoch: perEpoch,
		rate:     s.tuned(search.ScalarWeightRate, relax.Cosine(s.cfg.Rate, s.cfg.RateEnd, epoch, s.cfg.Epochs)),
		archRate: s.tuned(search.ScalarArchRate, s.cfg.ArchRate),
	}
}

// advance makes one step. Its caller undoes a step that fails half-way: every
// part of the state is replaced as a whole, never changed inside.
func (s *Searcher) advance() (search.Trace, error) {
	at := s.now()
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
	update, moments := s.moments.Next(s.cfg.Adam, at.archRate, s.logits, tr.Grad)
	logits := relax.Add(s.logits, update)
	if err := relax.CheckFinite("logits", logits); err != nil {
		return search.Trace{}, err
	}
	tr.Update = update

	g, err := s.engine.Grad(s.weights, train.pixels, train.labels, relax.SoftmaxRows(logits))
	if err != nil {
		return search.Trace{}, fmt.Errorf("weights: %w", err)
	}
	norm, err := s.engine.Update(s.weights, g, supernet.SGD{
		Rate: at.rate, Momentum: s.cfg.Momentum, Decay: s.cfg.Decay, Clip: s.cfg.Clip,
	})
	if err != nil {
		return search.Trace{}, fmt.Errorf("weights: %w", err)
	}
	s.logits, s.moments, s.step = logits, moments, s.step+1
	tr.Scalars[search.ScalarLoss] = g.Loss
	tr.Scalars[search.ScalarAccuracy] = g.Accuracy
	tr.Scalars[search.ScalarGradNorm] = norm
	if at.index == at.perEpoch-1 {
		return tr, s.measure(search.PartValidation, tr.Scalars)
	}
	return tr, nil
}

// batch returns one minibatch of a part.
func (s *Searcher) batch(part string, at moment) (batch, error) {
	pixels, labels, err := s.batches.Batch(part, at.epoch, at.index)
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
	return genotype.Arch(s.cells)
}

// Derive implements [search.Deriver].
func (s *Searcher) Derive(rule string) (space.Genotype, error) {
	probs := relax.SoftmaxRows(s.logits)
	switch rule {
	case search.RuleDARTS:
		return space.DeriveDARTS(probs, s.cells)
	case search.RuleArgmax:
		return space.DeriveArgmax(probs, s.cells)
	}
	return space.Genotype{}, fmt.Errorf("darts: rule of derivation is %.20q, want %q or %q",
		rule, search.RuleDARTS, search.RuleArgmax)
}
