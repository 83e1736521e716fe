package snas

import (
	"errors"
	"fmt"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// Searcher is a SNAS search. It implements [search.Searcher], Stateful, Tunable,
// Deriver, Tester and Describer. It is not safe for use by several goroutines;
// the engine may be shared.
type Searcher struct {
	cfg     Config
	engine  *supernet.Engine
	cells   space.Cells
	batches search.Batches
	penalty *cost.Penalty

	weights *supernet.Weights
	logits  [][]float64 // a [2E, K]
	moments relax.Adam
	step    int                // steps made
	knobs   map[string]float64 // values set by hand, by name
}

// New starts a search on the images of batches in the network of an engine. It
// compiles nothing; see [Searcher.Prepare].
func New(engine *supernet.Engine, batches search.Batches, cfg Config) (*Searcher, error) {
	if engine == nil || batches == nil {
		return nil, errors.New("snas: engine or batches are nil, want both")
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	net := engine.Network().Config()
	height, width, channels, classes := batches.Dims()
	if height != net.Height || width != net.Width || channels != net.InputChannels || classes != net.Classes {
		return nil, fmt.Errorf("snas: images are %dx%dx%d of %d classes, want %dx%dx%d of %d as in the network",
			height, width, channels, classes, net.Height, net.Width, net.InputChannels, net.Classes)
	}
	cells := engine.Network().Space()
	penalty, err := cost.NewPenalty(cfg.Penalty, cfg.Ratio, cells, cost.Net{
		Cells: net.Cells, Channels: net.Channels, Stem: net.Stem, Reductions: net.Reductions,
		Height: height, Width: width, InputChannels: channels, Classes: classes,
	})
	if err != nil {
		return nil, fmt.Errorf("snas: %w", err)
	}
	s := &Searcher{
		cfg: cfg, engine: engine, cells: cells, batches: batches, penalty: penalty,
		weights: engine.Init(cfg.Seed), knobs: map[string]float64{},
	}
	for d := range cells.Decisions() {
		row := make([]float64, len(cells.Ops))
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
		return fmt.Errorf("snas: %w", err)
	}
	size, _ := s.batches.Schedule()
	return s.engine.Prepare(report, size, len(labels))
}

// Step implements [search.Searcher]: one sample, one forward and one backward
// pass on minibatch t of all training images, one update of weights and logits
// together. An error names the step and leaves the state as it was, so the step
// may be tried again.
func (s *Searcher) Step() (search.Trace, error) {
	before, weights := *s, *s.weights
	tr, err := s.advance()
	if err != nil {
		*s, *before.weights = before, weights
		return search.Trace{}, fmt.Errorf("snas: step %d: %w", s.step+1, err)
	}
	return tr, nil
}

// moment is where a step stands in the schedules.
type moment struct {
	epoch, index, perEpoch      int
	temperature, rate, archRate float64
	resourceWeight              float64
}

// now returns the moment of the coming step.
func (s *Searcher) now() moment {
	_, perEpoch := s.batches.Schedule()
	epoch := s.step / perEpoch
	c := s.cfg
	return moment{
		epoch: epoch, index: s.step % perEpoch, perEpoch: perEpoch,
		temperature: s.tuned(search.ScalarTemperature,
			relax.Linear(c.Temperature, c.TemperatureEnd, epoch, c.Epochs)),
		rate:           s.tuned(search.ScalarWeightRate, relax.Cosine(c.Rate, c.RateEnd, epoch, c.Epochs)),
		archRate:       s.tuned(search.ScalarArchRate, c.ArchRate),
		resourceWeight: s.tuned(search.ScalarResourceWeight, c.ResourceWeight),
	}
}

// advance makes one step. Its caller undoes a step that fails half-way: every
// part of the state is replaced as a whole, never changed inside.
func (s *Searcher) advance() (search.Trace, error) {
	at := s.now()
	pixels, labels, err := s.batches.Batch(search.PartTrain, at.epoch, at.index)
	if err != nil {
		return search.Trace{}, fmt.Errorf("minibatch %d, epoch %d: %w", at.index, at.epoch, err)
	}
	drawn := s.draw("gumbel", s.step, at.temperature)
	g, err := s.engine.Grad(s.weights, pixels, labels, drawn.z)
	if err != nil {
		return search.Trace{}, err
	}
	tr, err := s.explain(drawn, g, at)
	if err != nil {
		return search.Trace{}, err
	}
	update, moments := s.moments.Next(s.cfg.Adam, at.archRate, s.logits, tr.Grad)
	logits := relax.Add(s.logits, update)
	if err := relax.CheckFinite("logits", logits); err != nil {
		return search.Trace{}, err
	}
	tr.Update = update
	norm, err := s.engine.Update(s.weights, g, supernet.SGD{
		Rate: at.rate, Momentum: s.cfg.Momentum, Decay: s.cfg.Decay, Clip: s.cfg.Clip,
	})
	if err != nil {
		return search.Trace{}, err
	}
	s.logits, s.moments, s.step = logits, moments, s.step+1
	tr.Scalars[search.ScalarGradNorm] = norm
	if at.index == at.perEpoch-1 {
		// Sampled with the logits as they are now, at the temperature of the epoch.
		z := s.draw("validation", at.epoch, at.temperature).z
		return tr, s.measure(search.PartValidation, z, tr.Scalars)
	}
	return tr, nil
}

// Best implements [search.Searcher]: the likeliest operation of every decision.
func (s *Searcher) Best() (space.Arch, error) { return space.Argmax(s.logits), nil }

// Derive implements [search.Deriver].
func (s *Searcher) Derive(rule string) (space.Genotype, error) {
	probs := relax.SoftmaxRows(s.logits)
	switch rule {
	case search.RuleDARTS:
		return space.DeriveDARTS(probs, s.cells)
	case search.RuleArgmax:
		return space.DeriveArgmax(probs, s.cells)
	}
	return space.Genotype{}, fmt.Errorf("snas: rule of derivation is %.20q, want %q or %q",
		rule, search.RuleDARTS, search.RuleArgmax)
}
