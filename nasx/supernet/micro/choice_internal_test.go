package micro

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet/internal/flat"
)

// ends returns, by node, what a cell's mask of loose ends is and how many rows of the
// output convolution are in use, for both cells of two texts.
func ends(t *testing.T, blocks int, normal, reduce string) (mask [2][]float64, width [2]int) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Blocks = blocks
	net, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	arch, err := net.space.Parse(normal, reduce)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.choose(space.OneHot(net.space.Decisions(), arch))
	if err != nil {
		t.Fatal(err)
	}
	used, nodes := net.used(c), cellspace.Inputs+blocks
	for cell := range 2 { // cell 0 is normal, cell 1 a reduction
		mask[cell] = c.loose[cell*nodes : (cell+1)*nodes]
		sum := 0.0
		for _, v := range net.layout.Of(used, cellName(net.cells[cell])+"/output") {
			sum += v
		}
		width[cell] = int(sum) / net.cells[cell].channels // rows of C weights
	}
	return mask, width
}

// Worked by hand, with C = 8 in cell 0 and 16 in cell 1:
//
//   - the published normal cell reads nodes 0 and 1 only, so 2 to 6 are loose; the
//     reduction cell reads 0, 1 and, in its third block, 3, so 2, 4, 5 and 6 are
//   - a normal cell whose first block reads node 1 twice, and later ones the node
//     before, keeps input 0 to its output
//   - a chain from input 0 on keeps input 1
func TestLooseEndsByHand(t *testing.T) {
	normal, reduce := cellspace.Published()
	for name, tc := range map[string]struct {
		normal, reduce string
		want           [2][]float64
		width          [2]int
	}{
		"published": {normal, reduce, [2][]float64{{0, 0, 1, 1, 1, 1, 1}, {0, 0, 1, 0, 1, 1, 1}}, [2]int{5 * 8, 4 * 16}},
		"input 0 is never read": {
			"1 4 1 4 | 2 0 2 1 | 3 0 3 0 | 4 2 3 3 | 5 4 5 4", reduce,
			[2][]float64{{1, 0, 0, 0, 0, 0, 1}, {0, 0, 1, 0, 1, 1, 1}},
			[2]int{2 * 8, 4 * 16},
		},
		"a chain": {
			normal, "0 0 0 0 | 2 0 2 0 | 3 0 3 0 | 4 0 4 0 | 5 0 5 0",
			[2][]float64{{0, 0, 1, 1, 1, 1, 1}, {0, 1, 0, 0, 0, 0, 1}},
			[2]int{5 * 8, 2 * 16},
		},
	} {
		mask, width := ends(t, 5, tc.normal, tc.reduce)
		for cell := range 2 {
			for node, want := range tc.want[cell] {
				if mask[cell][node] != want {
					t.Errorf("%s, cell %d: loose ends are %v, want %v", name, cell, mask[cell], tc.want[cell])
					break
				}
			}
			if width[cell] != tc.width[cell] {
				t.Errorf("%s, cell %d: output reads %d channels, want %d", name, cell, width[cell], tc.width[cell])
			}
		}
	}
}

// Both ways to a depthwise convolution are one: products with banded matrices, and
// sums of shifted images.
func TestBandsAreShiftedImages(t *testing.T) {
	rng := key.Rand(1, "bands", 0, 0)
	draw := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = rng.NormFloat64()
		}
		return values
	}
	images, taps := draw(2*3*4*6*2), draw(2*34*3)
	out, err := ExecOnceN(backendtest.RequireXLA(t), func(g *Graph) []*Node {
		x, kernels := Reshape(Const(g, images), 2, 3, 4, 6, 2), Reshape(Const(g, taps), 2, 34, 3)
		return []*Node{depthwise(x, kernels), shiftedSum(x, kernels)}
	})
	if err != nil {
		t.Fatal(err)
	}
	banded, shifted := flat.Floats(out[0]), flat.Floats(out[1])
	for i := range banded {
		if !(math.Abs(banded[i]-shifted[i]) <= 1e-12) {
			t.Fatalf("pixel %d is %g by a matrix, %g by shifts", i, banded[i], shifted[i])
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no cells":         func(c *Config) { c.Cells = 0 },
		"many blocks":      func(c *Config) { c.Blocks = 99 },
		"odd channels":     func(c *Config) { c.Channels = 7 },
		"odd image":        func(c *Config) { c.Height = 7 },
		"a cell of later":  func(c *Config) { c.Reductions = []int{3} },
		"no element type":  func(c *Config) { c.DType = 0 },
		"too many weights": func(c *Config) { c.Channels = 4096 },
		"descending cells": func(c *Config) { c.Reductions = []int{2, 1} },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted, want an error", name)
		}
	}
}

func TestArchitecturesRefused(t *testing.T) {
	net, err := New(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	fresh := func() [][]float64 {
		return space.OneHot(net.space.Decisions(), make(space.Arch, len(net.space.Decisions())))
	}
	if _, err := net.choose(fresh()); err != nil {
		t.Fatal(err)
	}
	for name, z := range map[string][][]float64{
		"nothing":    nil,
		"a row less": fresh()[1:],
		"a soft row": func() [][]float64 { z := fresh(); z[0] = []float64{0.5, 0.5}; return z }(),
		"a long row": func() [][]float64 { z := fresh(); z[0] = []float64{1, 0, 0}; return z }(),
		"NaN":        func() [][]float64 { z := fresh(); z[0] = []float64{1, math.NaN()}; return z }(),
		"two ones":   func() [][]float64 { z := fresh(); z[0] = []float64{1, 1}; return z }(),
	} {
		if _, err := net.choose(z); err == nil {
			t.Errorf("%s is accepted, want an error", name)
		}
	}
}
