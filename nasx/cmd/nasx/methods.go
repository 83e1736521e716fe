package main

import (
	"fmt"
	"strings"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
)

// method is one line of the table of methods.
type method struct {
	name string
	rule string // by which its network is read out, "" where it names an architecture
	make func(plan) (search.Searcher, error)

	// controller is set where the method learns from rewards only, so that a
	// table can repeat it over seeds.
	controller func(space.Space, plan) (search.Controller, error)

	policies bool // whether --policy chooses something
}

// methods are all methods of the command. A method needs nothing else here.
var methods = []method{
	inTable("random", func(s space.Space, p plan) (search.Controller, error) {
		cfg := random.Config{Seed: p.Seed}
		if err := p.decode(&cfg); err != nil {
			return nil, err
		}
		return random.New(s, cfg)
	}),
	inTable("evolution", func(s space.Space, p plan) (search.Controller, error) {
		cfg := evolution.DefaultConfig()
		cfg.Seed = p.Seed
		if s.Name() == bench.NB201().Name() {
			cfg.Groups = bench.NodeGroups() // as the benchmark's own evolution mutates
		}
		if err := p.decode(&cfg); err != nil {
			return nil, err
		}
		return evolution.New(s, cfg)
	}),
	inTable("tabular", func(s space.Space, p plan) (search.Controller, error) {
		cfg := tabular.DefaultConfig()
		cfg.Seed = p.Seed
		if err := p.decode(&cfg); err != nil {
			return nil, err
		}
		return tabular.New(s, cfg)
	}),
	{name: "darts", rule: search.RuleDARTS, make: mixed(dartsOf(false))},
	{name: "darts2", rule: search.RuleDARTS, make: mixed(dartsOf(true))},
	{name: "snas", rule: search.RuleArgmax, make: mixed(snasSearcher)},
	enasOf("enas", enas.DefaultConfig, enas.DefaultSearch),
	enasOf("enas-ppo", enas.DefaultPPO, enas.DefaultSearchPPO),
	{name: "enas-micro", make: enasMicro},
}

// defaultQueries is the usual budget of a search in a table.
const defaultQueries = 300

// lookUp finds a method by its name.
func lookUp(name string) (method, error) {
	var names []string
	for _, m := range methods {
		if m.name == name {
			return m, nil
		}
		names = append(names, m.name)
	}
	return method{}, usage("there is no method %q, want one of %s", name, strings.Join(names, ", "))
}

// build makes the searcher of a plan.
func (p plan) build() (search.Searcher, error) {
	m, err := lookUp(p.Method)
	if err != nil {
		return nil, err
	}
	s, err := m.make(p)
	if err != nil {
		return nil, err
	}
	if _, ok := s.(search.Describer); !ok {
		return nil, fmt.Errorf("method %s does not describe itself", p.Method)
	}
	return s, nil
}

// orDefault returns n, or the usual number where n is 0.
func orDefault(n, usual int) int {
	if n == 0 {
		return usual
	}
	return n
}
