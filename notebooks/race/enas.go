package race

import (
	"fmt"
	"slices"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

// ENAS enters the controller of package enas with these settings; the race sets
// the seed.
func ENAS(cfg enas.Config) Entrant {
	name := "ENAS by REINFORCE"
	if cfg.Update == enas.PPO {
		name = "ENAS by PPO"
	}
	return Entrant{name, func(s space.Space, seed uint64) (search.Controller, error) {
		cfg.Seed = seed
		return enas.New(s, cfg, nil)
	}}
}

// Train lets a controller with these settings make steps on a table of the race
// and returns it with its last trace.
func Train(cfg enas.Config, steps int) (*enas.Controller, search.Trace, error) {
	var c *enas.Controller
	searcher, _, err := enter(Entrant{"ENAS", func(s space.Space, seed uint64) (search.Controller, error) {
		var err error
		cfg.Seed = seed
		c, err = enas.New(s, cfg, nil)
		return c, err
	}}, 1, steps)
	if err != nil {
		return nil, search.Trace{}, fmt.Errorf("race: %w", err)
	}
	var t search.Trace
	for range steps {
		if t, err = searcher.Step(); err != nil {
			return nil, search.Trace{}, fmt.Errorf("race: %w", err)
		}
	}
	return c, t, nil
}

// Ratios are the inner steps of PPO as the figure of that name draws them.
func Ratios(passes []enas.Pass) []viz.RatiosPass {
	var all []viz.RatiosPass
	for _, p := range passes {
		all = append(all, viz.RatiosPass{
			Name: fmt.Sprintf("epoch %d", p.Epoch+1), Ratios: slices.Concat(p.Ratios...),
			Advantages: slices.Concat(p.Advantages...), Stopped: slices.Concat(p.Stopped...),
		})
	}
	return all
}
