package snas_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet/supernettest"
)

func TestStateAndErrors(t *testing.T) {
	knobs := map[string]float64{search.ScalarTemperature: 0.5, search.ScalarResourceWeight: 0.01}
	supernettest.Robust(t, knobs, denied, func(t *testing.T, set *supernettest.Images) search.Searcher {
		return searcherOn(t, set, dtypes.Float32, nil)
	})
}
