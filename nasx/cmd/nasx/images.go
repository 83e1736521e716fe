package main

import (
	"errors"
	"fmt"

	"naslab.dev/datasets"
	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/snas"
	"naslab.dev/nasx/supernet"
)

// dartsOf makes DARTS of first or second order.
func dartsOf(second bool) func(*supernet.Engine, *images, plan) (search.Searcher, error) {
	return func(e *supernet.Engine, im *images, p plan) (search.Searcher, error) {
		cfg := darts.DefaultConfig()
		cfg.Seed, cfg.Epochs, cfg.SecondOrder = p.Seed, orDefault(p.Epochs, cfg.Epochs), second
		if err := p.decodeSearch(&cfg); err != nil {
			return nil, err
		}
		return darts.New(e, im, cfg)
	}
}

// snasSearcher makes SNAS.
func snasSearcher(e *supernet.Engine, im *images, p plan) (search.Searcher, error) {
	cfg := snas.DefaultConfig()
	cfg.Seed, cfg.Epochs = p.Seed, orDefault(p.Epochs, cfg.Epochs)
	if err := p.decodeSearch(&cfg); err != nil {
		return nil, err
	}
	return snas.New(e, im, cfg)
}

// mixed makes methods that train a weight-sharing network on images.
func mixed(
	searcher func(*supernet.Engine, *images, plan) (search.Searcher, error),
) func(plan) (search.Searcher, error) {
	return func(p plan) (search.Searcher, error) {
		if err := backend.NeedXLA("method " + p.Method); err != nil {
			return nil, err
		}
		im, err := p.images()
		if err != nil {
			return nil, err
		}
		cfg := p.network(im)
		if err := p.decode(&imageConfig{Network: &cfg}); err != nil {
			return nil, err
		}
		net, err := supernet.New(cfg)
		if err != nil {
			return nil, err
		}
		b, err := backend.Open()
		if err != nil {
			return nil, err
		}
		engine, err := supernet.NewEngine(b, net)
		if err != nil {
			return nil, err
		}
		s, err := searcher(engine, im, p)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// imageConfig is the stored configuration of the methods on images.
type imageConfig struct {
	Search  any `json:"search"`
	Network any `json:"network"`
}

// decodeSearch is [plan.decode] for the method's own half of an imageConfig.
func (p plan) decodeSearch(into any) error { return p.decode(&imageConfig{Search: into}) }

// images loads the data set of a plan.
func (p plan) images() (*images, error) {
	if p.Data == dataSynthetic {
		return nil, usage("method %s searches on images, and synthetic is a table: name an image set with --data", p.Method)
	}
	set, err := datasets.Load(p.Data, datasets.Options{})
	if errors.Is(err, datasets.ErrMissing) {
		return nil, fmt.Errorf("%w: nasx data get %s", err, p.Data)
	}
	if err != nil {
		return nil, err
	}
	loader, err := datasets.NewLoader(set, datasets.LoaderConfig{
		Seed: p.Seed, BatchSize: p.Batch, TrainLimit: p.TrainLimit,
	})
	if err != nil {
		return nil, err
	}
	return &images{Loader: loader, label: set.Label(), held: p.Held}, nil
}

// network is the search network of a plan for images of a size.
func (p plan) network(im *images) supernet.Config {
	cfg := supernet.DefaultConfig()
	if p.Cells > 0 {
		cfg.Cells, cfg.Reductions = p.Cells, supernet.DefaultReductions(p.Cells)
	}
	if p.Nodes > 0 {
		cfg.Nodes = p.Nodes
	}
	if p.Channels > 0 {
		cfg.Channels, cfg.Stem = p.Channels, 2*p.Channels
	}
	cfg.Height, cfg.Width, cfg.InputChannels, cfg.Classes = im.Dims()
	return cfg
}

// images are the minibatches of a set, with its name. Held-out parts are cut
// to a number of images, because they are evaluated in one batch.
type images struct {
	*datasets.Loader
	label string
	held  int
}

// Name returns the set's name, with its note where there is one.
func (im *images) Name() string { return im.label }

// Held implements search.Batches: the first images of a held-out part.
func (im *images) Held(part string) (pixels []float32, labels []int32, err error) {
	pixels, labels, err = im.Loader.Held(part)
	if err != nil || im.held <= 0 || len(labels) <= im.held {
		return pixels, labels, err
	}
	size := len(pixels) / len(labels)
	return pixels[:im.held*size], labels[:im.held], nil
}
