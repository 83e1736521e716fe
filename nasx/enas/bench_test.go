package enas_test

import (
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/space"
)

// One update of REINFORCE for the 18 decisions of preset digits, batch 1.
func BenchmarkLSTMUpdate(b *testing.B) {
	cells := space.Cells{Nodes: 3, Ops: space.DefaultOps()}
	c, err := enas.New(cells, enas.DefaultConfig(), nil)
	if err != nil {
		b.Fatal(err)
	}
	arch, err := c.Propose(1)
	if err != nil {
		b.Fatal(err)
	}
	step := 0
	for b.Loop() {
		step++
		if _, err := c.Learn(step, arch, float64(step%2)); err != nil {
			b.Fatal(err)
		}
	}
}
