// Package network is the network that lesson 12 trains, apart from package nodes:
// cells that only look at finished searches must not link XLA.
package network

import (
	"fmt"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/supernet/micro"
	"naslab.dev/notebooks/lesson"
)

// Digits returns the handwritten digits and the network of the micro space for them:
// three cells N R N of three nodes, 8 channels. The seed keys the order of images.
// The error says that there is no XLA.
func Digits(seed uint64) (*lesson.Images, *micro.Engine, error) {
	images, _, err := lesson.Digits(seed)
	if err != nil {
		return nil, nil, err
	}
	engine, err := open(micro.DefaultConfig())
	return images, engine, err
}

// Settings are those of the lesson's searches.
func Settings(seed uint64) enas.SearchConfig {
	cfg := enas.DefaultSearch().Micro()
	cfg.Seed = seed
	return cfg
}

// Tiny returns a network that compiles in a moment: one normal cell of two nodes with
// two channels, for 4×4 grey pixels of two classes.
func Tiny() (*micro.Engine, error) {
	cfg := micro.DefaultConfig()
	cfg.Cells, cfg.Blocks, cfg.Channels, cfg.Stem, cfg.Reductions = 1, 2, 2, 2, []int{}
	cfg.Height, cfg.Width, cfg.Classes = 4, 4, 2
	if err := backend.NeedXLA("a search on images"); err != nil {
		return nil, err
	}
	return open(cfg)
}

// open makes a network of this configuration on the machine's backend.
func open(cfg micro.Config) (*micro.Engine, error) {
	net, err := micro.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	device, err := backend.Open()
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	engine, err := micro.NewEngine(device, net)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	return engine, nil
}
