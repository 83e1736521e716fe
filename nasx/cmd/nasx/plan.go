package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"naslab.dev/datasets"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

// plan is everything from which a searcher is made. It is kept with the run
// under [planKey], so that the run can be resumed from its folder alone.
type plan struct {
	Method string `json:"method"`
	Data   string `json:"data"`
	Seed   uint64 `json:"seed"`
	Steps  int    `json:"steps"` // planned, 0 for the method's own number

	Epochs     int `json:"epochs,omitempty"`      // length of the schedules, 0 for the preset's
	Batch      int `json:"batch,omitempty"`       // images per minibatch
	Cells      int `json:"cells,omitempty"`       // of the search network
	Nodes      int `json:"nodes,omitempty"`       // per cell
	Channels   int `json:"channels,omitempty"`    // of the first cell
	TrainLimit int `json:"train_limit,omitempty"` // training images used, 0 for all
	Held       int `json:"held,omitempty"`        // held-out images evaluated at once, 0 for all

	config json.RawMessage // the stored configuration of a run that is resumed
}

const planKey = "plan"

// dataSynthetic is the tabular benchmark that needs no file.
const dataSynthetic = "synthetic"

// decode replaces defaults by the configuration of the run that is resumed.
func (p plan) decode(into any) error {
	if p.config == nil {
		return nil
	}
	return run.Config(search.Description{Method: p.Method, Config: p.config}, into)
}

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
