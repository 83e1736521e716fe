package main

import (
	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/micro"
)

// enasMicro makes ENAS in the space of indices and operations, with its own network.
func enasMicro(p plan) (search.Searcher, error) {
	if isTable(p.Data) {
		return nil, usage("method %s searches on images, and %s is a table: name an image set with --data", p.Method, p.Data)
	}
	if err := backend.NeedXLA("method " + p.Method); err != nil {
		return nil, err
	}
	im, err := p.images()
	if err != nil {
		return nil, err
	}
	cfg := p.microNetwork(im)
	settings := enas.DefaultSearch().Micro()
	settings.Seed, settings.Epochs = p.Seed, orDefault(p.Epochs, settings.Epochs)
	if err := p.decode(&imageConfig{Search: &settings, Network: &cfg}); err != nil {
		return nil, err
	}
	net, err := micro.New(cfg)
	if err != nil {
		return nil, err
	}
	b, err := backend.Open()
	if err != nil {
		return nil, err
	}
	engine, err := micro.NewEngine(b, net)
	if err != nil {
		return nil, err
	}
	return enas.NewMicroSearch(engine, im, settings, nil)
}

// microNetwork is the network of a plan for images of a size.
func (p plan) microNetwork(im *images) micro.Config {
	cfg := micro.DefaultConfig()
	if p.Cells > 0 {
		cfg.Cells, cfg.Reductions = p.Cells, supernet.DefaultReductions(p.Cells)
	}
	cfg.Blocks = orDefault(p.Nodes, cfg.Blocks)
	if p.Channels > 0 {
		cfg.Channels, cfg.Stem = p.Channels, 2*p.Channels
	}
	cfg.Height, cfg.Width, cfg.InputChannels, cfg.Classes = im.Dims()
	return cfg
}
