package enas

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/micro"
)

// Searcher is a search with shared weights [ENAS]: every step trains the weights
// of a freshly sampled architecture on one minibatch of half A; in between,
// sampled architectures get the accuracy on a minibatch of half B as their
// reward, with the weights as they are. Weights that an architecture does not use
// get no gradient; momentum and decay still move them. It implements [search.Searcher],
// Stateful, Tunable, Deriver, Tester and Describer. It is not safe for use by
// several goroutines; the engine may be shared.
type Searcher struct {
	cfg        SearchConfig
	network    network
	decisions  []space.Decision
	batches    search.Batches
	controller *Controller

	weights weights
	step    int           // steps made
	knobs   search.ByHand // of the weights; the controller has its own
}

// NewSearch starts a search on the images of batches in the network of an engine.
// It compiles nothing; see [Searcher.Prepare]. rule as for [New].
func NewSearch(engine *supernet.Engine, batches search.Batches, cfg SearchConfig, rule credit.Assigner) (
	*Searcher, error,
) {
	if engine == nil {
		return nil, errNothing
	}
	return newSearch(onCells{engine}, batches, cfg, rule)
}

// NewMicroSearch is [NewSearch] in the space of indices and operations; its policy
// is usually [PolicyMicro], see [SearchConfig.Micro]. Weights that an architecture
// does not use stay as they are.
func NewMicroSearch(engine *micro.Engine, batches search.Batches, cfg SearchConfig, rule credit.Assigner) (
	*Searcher, error,
) {
	if engine == nil {
		return nil, errNothing
	}
	return newSearch(onNodes{engine}, batches, cfg, rule)
}

var errNothing = errors.New("enas: engine or batches are nil, want both")

// newSearch starts a search in either kind of network.
func newSearch(n network, batches search.Batches, cfg SearchConfig, rule credit.Assigner) (*Searcher, error) {
	if batches == nil {
		return nil, errNothing
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := n.fit(batches); err != nil {
		return nil, fmt.Errorf("enas: %w", err)
	}
	cfg.Controller.Seed = cfg.Seed
	controller, err := New(n.space(), cfg.Controller, rule)
	if err != nil {
		return nil, err
	}
	return &Searcher{
		cfg: cfg, network: n, decisions: n.space().Decisions(), batches: batches, controller: controller,
		weights: n.initial(cfg.Seed),
	}, nil
}

// Controller returns the search's controller, to look at.
func (s *Searcher) Controller() *Controller { return s.controller }

// Prepare compiles what the steps need and reports each part before it starts;
// without it the first step does so. report may be nil.
func (s *Searcher) Prepare(report func(what string)) error {
	_, labels, err := s.batches.Held(search.PartValidation)
	if err != nil {
		return fmt.Errorf("enas: %w", err)
	}
	size, _ := s.batches.Schedule()
	return s.network.prepare(report, size, size, len(labels))
}

// Step implements [search.Searcher]: one update of the weights, then the rewards
// that are due. An error names the step and leaves the state as it was, so the
// step may be tried again.
func (s *Searcher) Step() (search.Trace, error) {
	weights, controller := s.weights, s.controller.clone()
	learned := controller.learned()
	tr, err := s.advance()
	if err != nil {
		s.weights, s.controller = weights, controller
		return search.Trace{}, fmt.Errorf("enas: step %d: %w", s.step+1, errors.Join(err, controller.forget(learned)))
	}
	s.step++
	return tr, nil
}

// moment is where a step stands in the schedules.
type moment struct {
	epoch, index, perEpoch int
	rate                   float64
}

// now returns the moment of the coming step.
func (s *Searcher) now() moment {
	_, perEpoch := s.batches.Schedule()
	epoch := s.step / perEpoch
	rate := relax.Cosine(s.cfg.Rate, s.cfg.RateEnd, epoch, s.cfg.Epochs)
	return moment{
		epoch: epoch, index: s.step % perEpoch, perEpoch: perEpoch,
		rate: s.knobs.Value(search.ScalarWeightRate, rate),
	}
}

// advance makes one step. Its caller undoes a step that fails half-way.
func (s *Searcher) advance() (search.Trace, error) {
	at := s.now()
	scalars, arch, err := s.train(at)
	if err != nil {
		return search.Trace{}, err
	}
	tr := search.Trace{Arch: arch, Scalars: map[string]float64{}}
	if tr.Probs, err = s.controller.Probs(arch); err != nil {
		return search.Trace{}, err
	}
	// Rewards are spread evenly: after step t of an epoch, t·Rewards/perEpoch are made.
	first, last := s.step*s.cfg.Rewards/at.perEpoch, (s.step+1)*s.cfg.Rewards/at.perEpoch
	for n := first; n < last; n++ {
		if tr, err = s.reward(n, at.perEpoch); err != nil {
			return search.Trace{}, fmt.Errorf("reward %d: %w", n+1, err)
		}
	}
	tr.Step, tr.Phase = s.step+1, search.PhaseSearch
	maps.Copy(tr.Scalars, scalars)
	e := s.normal()
	tr.Scalars[search.ScalarEntropy] = relax.MeanEntropy(tr.Probs)
	tr.Scalars[search.ScalarEntropyNormal] = relax.MeanEntropy(tr.Probs[:e])
	tr.Scalars[search.ScalarEntropyReduce] = relax.MeanEntropy(tr.Probs[e:])
	if at.index == at.perEpoch-1 {
		return tr, s.measure(search.PartValidation, "validation", at.epoch, tr.Scalars)
	}
	return tr, nil
}

// train updates the weights of one sampled architecture.
func (s *Searcher) train(at moment) (map[string]float64, space.Arch, error) {
	pixels, labels, err := s.batches.Batch(search.PartHalfA, at.epoch, at.index)
	if err != nil {
		return nil, nil, fmt.Errorf("minibatch %d of half A, epoch %d: %w", at.index, at.epoch, err)
	}
	arch := s.controller.sample("child", s.step)
	next, said, err := s.weights.train(pixels, labels, space.OneHot(s.decisions, arch), supernet.SGD{
		Rate: at.rate, Momentum: s.cfg.Momentum, Decay: s.cfg.Decay, Clip: s.cfg.Clip,
	})
	if err != nil {
		return nil, nil, err
	}
	s.weights = next
	return map[string]float64{
		search.ScalarLoss: said.loss, search.ScalarAccuracy: said.accuracy,
		search.ScalarGradNorm: said.norm, search.ScalarWeightRate: at.rate,
	}, arch, nil
}

// normal returns the number of decisions of the normal cell, which come first.
func (s *Searcher) normal() int {
	return slices.IndexFunc(s.decisions, func(d space.Decision) bool { return d.Cell == space.CellReduce })
}

// reward tries architecture n (from 0) of the search on a minibatch of half B.
func (s *Searcher) reward(n, perEpoch int) (search.Trace, error) {
	pixels, labels, err := s.batches.Batch(search.PartHalfB, n/perEpoch, n%perEpoch)
	if err != nil {
		return search.Trace{}, fmt.Errorf("minibatch of half B: %w", err)
	}
	arch, err := s.controller.Propose(n + 1)
	if err != nil {
		return search.Trace{}, err
	}
	accuracy, err := s.weights.accuracy(pixels, labels, space.OneHot(s.decisions, arch))
	if err != nil {
		return search.Trace{}, err
	}
	return s.controller.Learn(n+1, arch, accuracy)
}

// Best implements [search.Searcher]: the likeliest choice at every decision,
// given those before it.
func (s *Searcher) Best() (space.Arch, error) { return s.controller.Best() }
