package enas_test

import (
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/space/micro"
)

// One update of REINFORCE, batch 1: bare, and with the trace that explains it; for
// the 40 decisions of the micro controller and the 18 of preset digits.
func BenchmarkUpdate(b *testing.B) {
	published := enas.DefaultConfig()
	published.Policy, published.Shape = enas.PolicyMicro, enas.MicroShape()
	for _, tc := range []struct {
		name  string
		space space.Space
		cfg   enas.Config
	}{
		{"micro", micro.Default(), published},
		{"digits", space.Cells{Nodes: 3, Ops: space.DefaultOps()}, enas.DefaultConfig()},
	} {
		c, err := enas.New(tc.space, tc.cfg, nil)
		if err != nil {
			b.Fatal(err)
		}
		arch, err := c.Propose(1)
		if err != nil {
			b.Fatal(err)
		}
		advantage := make([]float64, len(arch))
		b.Run(tc.name+"/bare", func(b *testing.B) {
			for step := 0; b.Loop(); step++ {
				for d := range advantage {
					advantage[d] = float64(step%2) - 0.5
				}
				if _, err := c.Ascend(arch, advantage); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(tc.name+"/explained", func(b *testing.B) {
			for step := 1; b.Loop(); step++ {
				if _, err := c.Learn(step, arch, float64(step%2)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
