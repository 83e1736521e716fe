package main

import (
	"errors"

	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/snas"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// stated is what can be timed and written down.
type stated interface {
	search.Searcher
	State() (map[string]search.Tensor, error)
}

// stepper makes what is timed.
func stepper(method string, engine *supernet.Engine, images *noise) (stated, error) {
	switch method {
	case "snas":
		return snas.New(engine, images, snas.DefaultConfig())
	case "darts", "darts2":
		cfg := darts.DefaultConfig()
		cfg.SecondOrder = method == "darts2"
		return darts.New(engine, images, cfg)
	}
	return newWeightsOnly(engine, images), nil
}

// noise is one minibatch of normal noise with random labels for training and one
// for the architecture, the same in every step. It implements [search.Batches].
type noise struct {
	cfg    supernet.Config
	pixels map[string][]float32 // by part
	labels map[string][]int32
	batch  int
}

// newNoise draws minibatches for a network.
func newNoise(cfg supernet.Config, batch int) *noise {
	n := &noise{cfg: cfg, pixels: map[string][]float32{}, labels: map[string][]int32{}, batch: batch}
	for i, part := range []string{search.PartTrain, search.PartHalfB} {
		pixels := make([]float32, batch*cfg.Height*cfg.Width*cfg.InputChannels)
		rng := key.Rand(1, "noise", 0, i)
		for p := range pixels {
			pixels[p] = float32(rng.NormFloat64())
		}
		labels := make([]int32, batch)
		for l := range labels {
			labels[l] = int32(rng.IntN(cfg.Classes))
		}
		n.pixels[part], n.labels[part] = pixels, labels
	}
	n.pixels[search.PartHalfA], n.labels[search.PartHalfA] = n.pixels[search.PartTrain], n.labels[search.PartTrain]
	return n
}

// Dims implements [search.Batches].
func (n *noise) Dims() (height, width, channels, classes int) {
	return n.cfg.Height, n.cfg.Width, n.cfg.InputChannels, n.cfg.Classes
}

// Schedule implements [search.Batches] with an epoch that never ends, so that no
// step evaluates.
func (n *noise) Schedule() (batchSize, perEpoch int) { return n.batch, 1 << 30 }

// Batch implements [search.Batches].
func (n *noise) Batch(part string, _, _ int) (pixels []float32, labels []int32, err error) {
	return n.pixels[part], n.labels[part], nil
}

// Held implements [search.Batches].
func (n *noise) Held(string) (pixels []float32, labels []int32, err error) {
	return nil, nil, errors.New("made-up images have no held-out part")
}

// weightsOnly moves the weights at mixing weights that stay as they are, with the
// settings of a search.
type weightsOnly struct {
	engine  *supernet.Engine
	images  *noise
	weights *supernet.Weights
	z       [][]float64 // [2E, K]
	sgd     supernet.SGD
}

// newWeightsOnly mixes by softmax(a), a normal with deviation 1: no two rows alike.
func newWeightsOnly(engine *supernet.Engine, images *noise) *weightsOnly {
	cfg := darts.DefaultConfig()
	w := &weightsOnly{engine: engine, images: images, weights: engine.Init(cfg.Seed)}
	w.sgd = supernet.SGD{Rate: cfg.Rate, Momentum: cfg.Momentum, Decay: cfg.Decay, Clip: cfg.Clip}
	for d, decision := range engine.Network().Space().Decisions() {
		rng := key.Rand(cfg.Seed, "mixture", 0, d)
		row := make([]float64, len(decision.Choices))
		for k := range row {
			row[k] = rng.NormFloat64()
		}
		w.z = append(w.z, relax.Softmax(row))
	}
	return w
}

// Step implements [search.Searcher].
func (w *weightsOnly) Step() (search.Trace, error) {
	g, err := w.engine.Grad(w.weights, w.images.pixels[search.PartTrain], w.images.labels[search.PartTrain], w.z)
	if err != nil {
		return search.Trace{}, err
	}
	_, err = w.engine.Update(w.weights, g, w.sgd)
	return search.Trace{Z: w.z, OpGrad: g.OpGrad}, err
}

// Best implements [search.Searcher].
func (w *weightsOnly) Best() (space.Arch, error) { return space.Argmax(w.z), nil }

// State returns weights and momentum.
func (w *weightsOnly) State() (map[string]search.Tensor, error) { return w.weights.State() }
