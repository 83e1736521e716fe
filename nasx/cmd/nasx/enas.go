package main

import (
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// enasFlags choose the policy of enas and enas-ppo.
type enasFlags struct {
	Policy string `placeholder:"NAME" help:"Policy of enas: lstm or logits (default lstm)." group:"ENAS"`
}

// enasOf makes ENAS with an update, in tables and on images.
func enasOf(name string, defaults func() enas.Config) method {
	configure := func(p plan) (enas.Config, error) {
		cfg := defaults()
		cfg.Seed = p.Seed
		switch p.Policy {
		case "", enas.PolicyLSTM:
		case enas.PolicyLogits:
			cfg = cfg.Independent()
		default:
			return cfg, usage("there is no policy %.20q, want %s or %s", p.Policy, enas.PolicyLSTM, enas.PolicyLogits)
		}
		return cfg, nil
	}
	return inTable(name, func(s space.Space, p plan) (search.Controller, error) {
		cfg, err := configure(p)
		if err != nil {
			return nil, err
		}
		if err := p.decode(&cfg); err != nil {
			return nil, err
		}
		return enas.New(s, cfg, nil)
	})
}
