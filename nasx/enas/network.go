package enas

import (
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/micro"
)

// network is what a search needs of a weight-sharing network that is compiled. z is
// one row per decision of its space, one-hot for an architecture.
type network interface {
	// space is what the network contains.
	space() space.Space

	// config is the network's own configuration.
	config() any

	// fit fails where the network takes other images than these.
	fit(batches search.Batches) error

	// prepare compiles gradients for a minibatch and evaluation for held-out sets.
	prepare(report func(what string), batch int, held ...int) error

	// initial draws first weights, restore reads those of a state.
	initial(seed uint64) weights
	restore(state map[string]search.Tensor) (weights, error)

	// child names the network of an architecture, and its z.
	child(arch space.Arch) (space.Genotype, [][]float64, error)
}

// weights are the shared weights of a network with their momentum. They stay as they
// are: training returns others.
type weights interface {
	train(pixels []float32, labels []int32, z [][]float64, opt supernet.SGD) (weights, lesson, error)
	accuracy(pixels []float32, labels []int32, z [][]float64) (float64, error)
	state() (map[string]search.Tensor, error)
}

// lesson is what one minibatch said: loss in nats, accuracy as a fraction, the norm
// of the weights' gradient before clipping.
type lesson struct{ loss, accuracy, norm float64 }

// onCells is the network of package supernet: an operation on every edge.
type onCells struct{ engine *supernet.Engine }

func (n onCells) cells() space.Cells          { return n.engine.Network().Space() }
func (n onCells) space() space.Space          { return n.cells() }
func (n onCells) config() any                 { return n.engine.Network().Config() }
func (n onCells) initial(seed uint64) weights { return cellWeights{n.engine, n.engine.Init(seed)} }

func (n onCells) fit(batches search.Batches) error { return n.engine.Network().Fit(batches) }

func (n onCells) prepare(report func(what string), batch int, held ...int) error {
	return n.engine.Prepare(report, batch, held...)
}

func (n onCells) restore(state map[string]search.Tensor) (weights, error) {
	w, err := n.engine.Restore(state)
	return cellWeights{n.engine, w}, err
}

func (n onCells) child(arch space.Arch) (space.Genotype, [][]float64, error) {
	z := space.OneHot(n.cells().Decisions(), arch)
	g, err := space.DeriveArgmax(z, n.cells())
	return g, z, err
}

// strongest is the child by [search.RuleDARTS].
func (n onCells) strongest(probs [][]float64) (space.Genotype, [][]float64, error) {
	g, err := space.DeriveDARTS(probs, n.cells())
	if err != nil {
		return g, nil, err
	}
	z, err := g.Matrix(n.cells())
	return g, z, err
}

type cellWeights struct {
	engine *supernet.Engine
	now    *supernet.Weights
}

func (w cellWeights) train(
	pixels []float32, labels []int32, z [][]float64, opt supernet.SGD,
) (weights, lesson, error) {
	g, err := w.engine.Grad(w.now, pixels, labels, z)
	if err != nil {
		return nil, lesson{}, err
	}
	next := *w.now
	norm, err := w.engine.Update(&next, g, opt)
	return cellWeights{w.engine, &next}, lesson{g.Loss, g.Accuracy, norm}, err
}

func (w cellWeights) accuracy(pixels []float32, labels []int32, z [][]float64) (float64, error) {
	_, accuracy, err := w.engine.Evaluate(w.now, pixels, labels, z)
	return accuracy, err
}

func (w cellWeights) state() (map[string]search.Tensor, error) { return w.now.State() }

// onNodes is the network of package supernet/micro: two inputs and two operations
// for every node.
type onNodes struct{ engine *micro.Engine }

func (n onNodes) space() space.Space          { return n.engine.Network().Space() }
func (n onNodes) config() any                 { return n.engine.Network().Config() }
func (n onNodes) initial(seed uint64) weights { return nodeWeights{n.engine, n.engine.Init(seed)} }

func (n onNodes) fit(batches search.Batches) error { return n.engine.Network().Fit(batches) }

func (n onNodes) prepare(report func(what string), batch int, held ...int) error {
	return n.engine.Prepare(report, batch, held...)
}

func (n onNodes) restore(state map[string]search.Tensor) (weights, error) {
	w, err := n.engine.Restore(state)
	return nodeWeights{n.engine, w}, err
}

func (n onNodes) child(arch space.Arch) (space.Genotype, [][]float64, error) {
	s := n.engine.Network().Space()
	g, err := s.Genotype(arch)
	return g, space.OneHot(s.Decisions(), arch), err
}

type nodeWeights struct {
	engine *micro.Engine
	now    *micro.Weights
}

func (w nodeWeights) train(
	pixels []float32, labels []int32, z [][]float64, opt supernet.SGD,
) (weights, lesson, error) {
	g, err := w.engine.Grad(w.now, pixels, labels, z)
	if err != nil {
		return nil, lesson{}, err
	}
	next := *w.now
	norm, err := w.engine.Update(&next, g, opt)
	return nodeWeights{w.engine, &next}, lesson{g.Loss, g.Accuracy, norm}, err
}

func (w nodeWeights) accuracy(pixels []float32, labels []int32, z [][]float64) (float64, error) {
	_, accuracy, err := w.engine.Evaluate(w.now, pixels, labels, z)
	return accuracy, err
}

func (w nodeWeights) state() (map[string]search.Tensor, error) { return w.now.State() }
