package process_test

import (
	"testing"

	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/process"
)

func TestEchoPaysForRepeating(t *testing.T) {
	for _, tc := range []struct {
		arch space.Arch
		want float64
	}{{space.Arch{2, 2, 2}, 1}, {space.Arch{0, 0, 1}, 0.5}, {space.Arch{0, 1, 0}, 0}, {space.Arch{1}, 0}} {
		if got, err := (process.Echo{}).Evaluate(1, tc.arch); got != tc.want || err != nil {
			t.Errorf("%v: got %g, %v, want %g", tc.arch, got, err, tc.want)
		}
	}
}
