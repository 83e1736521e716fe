package nodes

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
	net, err := micro.New(micro.DefaultConfig())
	if err != nil {
		return nil, nil, fmt.Errorf("nodes: %w", err)
	}
	device, err := backend.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("nodes: %w", err)
	}
	engine, err := micro.NewEngine(device, net)
	if err != nil {
		return nil, nil, fmt.Errorf("nodes: %w", err)
	}
	return images, engine, nil
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
	net, err := micro.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	if err := backend.NeedXLA("a search on images"); err != nil {
		return nil, err
	}
	device, err := backend.Open()
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	engine, err := micro.NewEngine(device, net)
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	return engine, nil
}
