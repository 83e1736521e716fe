package race

import (
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/own"
)

// Own enters the controller of package own with these settings; the race sets
// the seed.
func Own(cfg own.Config) Entrant {
	return Entrant{"mine (cross-entropy)", func(s space.Space, seed uint64) (search.Controller, error) {
		cfg.Seed = seed
		return own.New(s, cfg)
	}}
}

// Reinforce enters package tabular with its default settings.
func Reinforce() Entrant {
	return Entrant{"REINFORCE", func(s space.Space, seed uint64) (search.Controller, error) {
		cfg := tabular.DefaultConfig()
		cfg.Seed = seed
		return tabular.New(s, cfg)
	}}
}

// Evolution enters regularized evolution with its default settings.
func Evolution() Entrant {
	return Entrant{"evolution", func(s space.Space, seed uint64) (search.Controller, error) {
		cfg := evolution.DefaultConfig()
		cfg.Seed = seed
		return evolution.New(s, cfg)
	}}
}

// Random enters random search.
func Random() Entrant {
	return Entrant{"random", func(s space.Space, seed uint64) (search.Controller, error) {
		cfg := random.DefaultConfig()
		cfg.Seed = seed
		return random.New(s, cfg)
	}}
}
