package darts_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet/supernettest"
)

// denied are the parts of the images that this method must leave alone.
var denied = []string{search.PartTrain}

// searcher starts a search of five short epochs' schedule on the made-up set.
func searcher(t *testing.T, dtype dtypes.DType, change func(*darts.Config)) *darts.Searcher {
	t.Helper()
	return searcherOn(t, &supernettest.Images{Denied: denied}, dtype, change)
}

func searcherOn(t *testing.T, set search.Batches, dtype dtypes.DType, change func(*darts.Config)) *darts.Searcher {
	t.Helper()
	cfg := darts.DefaultConfig()
	cfg.Epochs = 5
	if change != nil {
		change(&cfg)
	}
	s, err := darts.New(supernettest.Engine(t, dtype), set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
