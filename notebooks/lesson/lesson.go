// Package lesson sets up what several lessons search on, so that their cells
// can begin with the search itself.
package lesson

import (
	"fmt"

	"naslab.dev/datasets"
	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/snas"
	"naslab.dev/nasx/supernet"
)

const batchSize = 64 // images per minibatch in preset digits

// Images are the minibatches of a set, with its name for figures and runs.
type Images struct {
	*datasets.Loader
	name string
}

// Name returns the set's name as figures show it.
func (im *Images) Name() string { return im.name }

// Digits returns the handwritten digits in minibatches of 64 and the search
// network of preset digits: three cells N R N of three nodes, 8 channels, eight
// operations. The seed keys the order of the images. Methods may share the
// network; it is compiled once. The error says that there is no XLA.
func Digits(seed uint64) (*Images, *supernet.Engine, error) {
	if err := backend.NeedXLA("a search on images"); err != nil {
		return nil, nil, err
	}
	set, err := datasets.Load("digits", datasets.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("lesson: %w", err)
	}
	loader, err := datasets.NewLoader(set, datasets.LoaderConfig{Seed: seed, BatchSize: batchSize})
	if err != nil {
		return nil, nil, fmt.Errorf("lesson: %w", err)
	}
	net, err := supernet.New(supernet.DefaultConfig())
	if err != nil {
		return nil, nil, fmt.Errorf("lesson: %w", err)
	}
	device, err := backend.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("lesson: %w", err)
	}
	engine, err := supernet.NewEngine(device, net)
	if err != nil {
		return nil, nil, fmt.Errorf("lesson: %w", err)
	}
	return &Images{Loader: loader, name: set.Label()}, engine, nil
}

// First returns the two methods of the first lesson: Pair, or without XLA Table.
func First(seed uint64) ([]search.Searcher, error) {
	if backend.NeedXLA("a search on images") != nil {
		return Table(seed)
	}
	return Pair(seed)
}

// Pair returns DARTS and SNAS with the settings of preset digits, both on the
// same images and in the same network, each with its own weights. The error
// says that there is no XLA.
func Pair(seed uint64) ([]search.Searcher, error) {
	images, engine, err := Digits(seed)
	if err != nil {
		return nil, err
	}
	mixing, sampling := darts.DefaultConfig(), snas.DefaultConfig()
	mixing.Seed, sampling.Seed = seed, seed
	one, err := darts.New(engine, images, mixing)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w", err)
	}
	other, err := snas.New(engine, images, sampling)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w", err)
	}
	return []search.Searcher{one, other}, nil
}

// queries is how many architectures a search in the synthetic benchmark tries.
const queries = 300

// Table returns two methods that need no images and no XLA, on one synthetic
// benchmark: regularized evolution, and REINFORCE with a logit per choice. They
// stand in where a lesson would search on digits.
func Table(seed uint64) ([]search.Searcher, error) {
	cfg := bench.DefaultConfig()
	cfg.NoiseSeed = seed
	table, err := bench.NewSynthetic(cfg)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w", err)
	}
	learner, breeder := tabular.DefaultConfig(), evolution.DefaultConfig()
	learner.Seed, breeder.Seed = seed, seed
	one, err := tabular.New(table.Space(), learner)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w", err)
	}
	other, err := evolution.New(table.Space(), breeder)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w", err)
	}
	return []search.Searcher{search.Drive(other, table, queries), search.Drive(one, table, queries)}, nil
}
