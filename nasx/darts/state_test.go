package darts_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet/supernettest"
)

func TestStateAndErrors(t *testing.T) {
	for name, change := range orders() {
		t.Run(name, func(t *testing.T) {
			knobs := map[string]float64{search.ScalarArchRate: 0.03}
			supernettest.Robust(t, knobs, denied, func(t *testing.T, set *supernettest.Images) search.Searcher {
				return searcherOn(t, set, dtypes.Float32, change)
			})
		})
	}
}
