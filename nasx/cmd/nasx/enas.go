package main

import (
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// enasFlags choose the policy of enas and enas-ppo.
type enasFlags struct {
	Policy string `placeholder:"NAME" help:"Policy of enas: lstm or logits (default lstm)." group:"ENAS"`
}

// independent says whether a plan asks for independent logits.
func (p plan) independent() (bool, error) {
	switch p.Policy {
	case "", enas.PolicyLSTM:
		return false, nil
	case enas.PolicyLogits:
		return true, nil
	}
	return false, usage("there is no policy %.20q, want %s or %s", p.Policy, enas.PolicyLSTM, enas.PolicyLogits)
}

// takes refuses a policy that the method does not have.
func (m method) takes(p plan) error {
	if p.Policy != "" && !m.policies {
		return usage("method %s has no policies: --policy is for enas and enas-ppo", m.name)
	}
	_, err := p.independent()
	return err
}

// enasOf makes ENAS with one of its updates, in tables and on images.
func enasOf(name string, inTables func() enas.Config, onImages func() enas.SearchConfig) method {
	m := inTable(name, func(s space.Space, p plan) (search.Controller, error) {
		cfg := inTables()
		if logits, err := p.independent(); err != nil {
			return nil, err
		} else if logits {
			cfg = cfg.Independent()
		}
		cfg.Seed = p.Seed
		if err := p.decode(&cfg); err != nil {
			return nil, err
		}
		return enas.New(s, cfg, nil)
	})
	m.policies = true
	table, images := m.make, mixed(enasSearcher(onImages))
	m.rule = search.RuleArgmax
	m.make = func(p plan) (search.Searcher, error) {
		if isTable(p.Data) {
			return table(p)
		}
		return images(p)
	}
	return m
}

// enasSearcher makes ENAS with shared weights.
func enasSearcher(defaults func() enas.SearchConfig) func(*supernet.Engine, *images, plan) (search.Searcher, error) {
	return func(e *supernet.Engine, im *images, p plan) (search.Searcher, error) {
		cfg := defaults()
		if logits, err := p.independent(); err != nil {
			return nil, err
		} else if logits {
			cfg = cfg.Independent()
		}
		cfg.Seed, cfg.Epochs = p.Seed, orDefault(p.Epochs, cfg.Epochs)
		if err := p.decodeSearch(&cfg); err != nil {
			return nil, err
		}
		return enas.NewSearch(e, im, cfg, nil)
	}
}

// on is the method as it works on a kind of data: one that learns from rewards
// names an architecture in a table, and a network on images.
func (m method) on(data string) method {
	if m.controller != nil && isTable(data) {
		m.rule = ""
	}
	return m
}
