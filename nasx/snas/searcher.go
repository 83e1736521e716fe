package snas

import (
	"fmt"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/oneshot"
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
	parent  oneshot.Parent
	penalty *cost.Penalty
}

// New starts a search on the images of batches in the network of an engine. It
// compiles nothing; see [Searcher.Prepare].
func New(engine *supernet.Engine, batches search.Batches, cfg Config) (*Searcher, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	parent, err := oneshot.New("snas", engine, batches, cfg.Seed, cfg.ArchInit)
	if err != nil {
		return nil, err
	}
	net := engine.Network().Config()
	penalty, err := cost.NewPenalty(cfg.Penalty, cfg.Ratio, parent.Cells, cost.Net{
		Cells: net.Cells, Channels: net.Channels, Stem: net.Stem, Reductions: net.Reductions,
		Height: net.Height, Width: net.Width, InputChannels: net.InputChannels, Classes: net.Classes,
	})
	if err != nil {
		return nil, fmt.Errorf("snas: %w", err)
	}
	return &Searcher{cfg, parent, penalty}, nil
}

// Prepare compiles what the steps need and reports each part before it starts;
// without it the first step does so. report may be nil.
func (s *Searcher) Prepare(report func(what string)) error { return s.parent.Prepare(report) }

// Step implements [search.Searcher]: one sample, one forward and one backward
// pass on minibatch t of all training images, one update of weights and logits
// together. An error names the step and leaves the state as it was, so the step
// may be tried again.
func (s *Searcher) Step() (search.Trace, error) { return s.parent.Attempt(s.advance) }

// moment is where a step stands in the schedules.
type moment struct {
	epoch, index, perEpoch      int
	temperature, rate, archRate float64
	resourceWeight              float64
}

// now returns the moment of the coming step.
func (s *Searcher) now() moment {
	epoch, index, perEpoch := s.parent.Clock()
	c, tuned := s.cfg, s.parent.Tuned
	return moment{
		epoch: epoch, index: index, perEpoch: perEpoch,
		temperature:    tuned(search.ScalarTemperature, relax.Linear(c.Temperature, c.TemperatureEnd, epoch, c.Epochs)),
		rate:           tuned(search.ScalarWeightRate, relax.Cosine(c.Rate, c.RateEnd, epoch, c.Epochs)),
		archRate:       tuned(search.ScalarArchRate, c.ArchRate),
		resourceWeight: tuned(search.ScalarResourceWeight, c.ResourceWeight),
	}
}

// advance makes one step; [oneshot.Parent.Attempt] undoes one that fails half-way.
func (s *Searcher) advance() (search.Trace, error) {
	at, p := s.now(), &s.parent
	pixels, labels, err := p.Batches.Batch(search.PartTrain, at.epoch, at.index)
	if err != nil {
		return search.Trace{}, fmt.Errorf("minibatch %d, epoch %d: %w", at.index, at.epoch, err)
	}
	drawn := s.draw("gumbel", p.Steps, at.temperature)
	g, err := p.Engine.Grad(p.Weights, pixels, labels, drawn.z)
	if err != nil {
		return search.Trace{}, err
	}
	tr, err := s.explain(drawn, g, at)
	if err != nil {
		return search.Trace{}, err
	}
	if tr.Update, err = p.MoveLogits(s.cfg.Adam, at.archRate, tr.Grad); err != nil {
		return search.Trace{}, err
	}
	tr.Scalars[search.ScalarGradNorm], err = p.Engine.Update(p.Weights, g, supernet.SGD{
		Rate: at.rate, Momentum: s.cfg.Momentum, Decay: s.cfg.Decay, Clip: s.cfg.Clip,
	})
	if err != nil {
		return search.Trace{}, err
	}
	if at.index == at.perEpoch-1 {
		// Sampled with the logits as they are now, at the temperature of the epoch.
		z := s.draw("validation", at.epoch, at.temperature).z
		return tr, p.Measure(search.PartValidation, z, tr.Scalars)
	}
	return tr, nil
}

// Best implements [search.Searcher]: the likeliest operation of every decision.
func (s *Searcher) Best() (space.Arch, error) { return space.Argmax(s.parent.Logits), nil }

// Derive implements [search.Deriver].
func (s *Searcher) Derive(rule string) (space.Genotype, error) { return s.parent.Derive(rule) }

// Test implements [search.Tester]; the search network is sampled at the
// temperature of the coming step.
func (s *Searcher) Test() (map[string]float64, error) {
	return s.parent.Test(s.draw("test", s.parent.Steps, s.now().temperature).z)
}
