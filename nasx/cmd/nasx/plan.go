package main

import (
	"encoding/json"
	"fmt"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// plan is everything from which a searcher is made. It is kept with the run
// under [planKey], so that the run can be resumed from its folder alone.
type plan struct {
	Method string `json:"method"`
	Data   string `json:"data"`
	Seed   uint64 `json:"seed"`
	Steps  int    `json:"steps"` // planned, 0 for the method's own number

	Policy string `json:"policy,omitempty"` // of enas, "" for its usual one

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

// readPlan finds out how to make the searcher of a run.
func readPlan(dir string) (plan, error) {
	r, err := run.Open(dir)
	if err != nil {
		return plan{}, err
	}
	defer r.Close() //nolint:errcheck // opened for reading
	d := r.Meta().Description
	var p plan
	found, err := r.Get(planKey, &p)
	if err != nil {
		return plan{}, err
	}
	if !found {
		return plan{}, fmt.Errorf("%s was not made by nasx search: go on with it where it was made", dir)
	}
	if config, ok := d.Config.(interface{ MarshalJSON() ([]byte, error) }); ok {
		if p.config, err = config.MarshalJSON(); err != nil {
			return plan{}, err
		}
	}
	return p, nil
}
