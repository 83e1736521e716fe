package micro_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet"
	network "naslab.dev/nasx/supernet/micro"
)

const batch = 3 // images of the tests

// tiny is a normal, a reduction and a normal cell of three nodes on 4×4 pixels.
func tiny() network.Config {
	cfg := network.DefaultConfig()
	cfg.Channels, cfg.Stem, cfg.Height, cfg.Width, cfg.Classes, cfg.DType = 2, 3, 4, 4, 3, dtypes.Float64
	return cfg
}

var made *network.Engine // of tiny, compiled once

func engine(t *testing.T) *network.Engine {
	t.Helper()
	if made != nil {
		return made
	}
	net, err := network.New(tiny())
	if err != nil {
		t.Fatal(err)
	}
	if made, err = network.NewEngine(backendtest.RequireXLA(t), net); err != nil {
		t.Fatal(err)
	}
	return made
}

// pictures draws images and labels.
func pictures(seed uint64) (pixels []float32, labels []int32, x picture) {
	rng, cfg := key.Rand(seed, "pictures", 0, 0), tiny()
	for range batch {
		labels = append(labels, rng.Int32N(int32(cfg.Classes)))
		plane := [][]float64{}
		for range cfg.Height {
			row := make([]float64, cfg.Width)
			for j := range row {
				v := float32(rng.NormFloat64())
				pixels, row[j] = append(pixels, v), float64(v)
			}
			plane = append(plane, row)
		}
		x = append(x, [][][]float64{plane})
	}
	return pixels, labels, x
}

// archs are architectures with every operation, one that is all convolutions and
// one whose normal cell never reads its inputs after the first node.
func archs(t *testing.T) []space.Arch {
	t.Helper()
	s := tiny().Space()
	var list []space.Arch
	for _, text := range [][2]string{
		{"0 0 1 1 | 2 2 0 3 | 1 4 3 0", "1 1 1 0 | 0 4 1 2 | 3 1 2 3"},
		{"0 0 0 1 | 1 1 2 0 | 3 0 3 1", "0 1 0 1 | 2 0 2 0 | 0 1 1 0"},
		{"1 3 1 4 | 2 0 2 1 | 3 2 3 4", "0 2 1 4 | 1 3 0 3 | 0 4 1 4"},
	} {
		arch, err := s.Parse(text[0], text[1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, arch)
	}
	for seed := range uint64(4) {
		list = append(list, space.Sample(s, key.Rand(seed, "arch", 0, 0)))
	}
	return list
}

func onehot(arch space.Arch) [][]float64 { return space.OneHot(tiny().Space().Decisions(), arch) }

// The search network at an architecture is that architecture, computed by loops.
func TestTheNetworkAtAnArchitectureIsTheChild(t *testing.T) {
	e := engine(t)
	pixels, labels, x := pictures(1)
	w := e.Init(3)
	c := child{cfg: tiny(), net: e.Network(), flat: w.Values()}
	for _, arch := range archs(t) {
		normal, reduce, err := tiny().Space().Cells(arch)
		if err != nil {
			t.Fatal(err)
		}
		want := c.loss(x, labels, [2][]micro.Block{normal, reduce})
		got, _, err := e.Evaluate(w, pixels, labels, onehot(arch))
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("loss of %v is %.12g, the child's is %.12g", arch, got, want)
		}
	}
}

// An update with decay and momentum moves what the child uses and nothing else, and
// the gradient is exactly zero there; the next child finds its rows as they were.
func TestTrainingAChildChangesOnlyTheRowsItUses(t *testing.T) {
	e := engine(t)
	w := e.Init(3)
	opt := supernet.SGD{Rate: 0.1, Momentum: 0.9, Decay: 0.01, Clip: 5}
	for i, arch := range archs(t) {
		pixels, labels, _ := pictures(uint64(i))
		before := w.Values()
		g, err := e.Grad(w, pixels, labels, onehot(arch))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Update(w, g, opt); err != nil {
			t.Fatal(err)
		}
		used, grad, after := usedByHand(t, e.Network(), arch), g.Weights(), w.Values()
		if said, err := e.Network().Used(arch); err != nil || !slices.Equal(said, used) {
			t.Errorf("child %d: what it is said to use is not what its blocks name, error %v", i, err)
		}
		for at := range after {
			same := math.Float64bits(before[at]) == math.Float64bits(after[at])
			if same == used[at] || !used[at] && grad[at] != 0 {
				t.Fatalf("child %d, weight %d (%s): used is %t, gradient %g, value %g → %g",
					i, at, nameOf(e.Network(), at), used[at], grad[at], before[at], after[at])
			}
		}
	}
}

// usedByHand walks the blocks of an architecture and marks weights by their place.
func usedByHand(t *testing.T, net *network.Network, arch space.Arch) []bool {
	t.Helper()
	normal, reduce, err := net.Space().Cells(arch)
	if err != nil {
		t.Fatal(err)
	}
	used := make([]bool, net.Size())
	for _, p := range net.Params() {
		for i := range p.Size() {
			used[p.Offset+i] = len(p.Shape) != 3
		}
	}
	place := func(name string, args ...any) int { return placeOf(net, name, args...) }
	for cell, blocks := range [][]micro.Block{normal, reduce, normal} {
		channels := []int{2, 4, 4}[cell]
		square := channels * channels
		half := 34*channels + 2*square
		for b, block := range blocks {
			for branch := range 2 {
				row := place("cell%d/node%d/rows", cell, b+2) + (branch*(b+2)+block.In[branch])*2*half
				parts := map[int][][2]int{
					0: {{0, 9 * channels}, {34 * channels, 34*channels + square}},
					1: {{9 * channels, 34 * channels}, {34*channels + square, half}},
				}[block.Op[branch]]
				for _, part := range parts {
					for i := part[0]; i < part[1]; i++ {
						used[row+i], used[row+half+i] = true, true
					}
				}
			}
		}
		for _, node := range micro.LooseEnds(blocks) {
			for i := range square {
				used[place("cell%d/output", cell)+node*square+i] = true
			}
		}
	}
	return used
}

// placeOf returns where a parameter begins in the vector.
func placeOf(net *network.Network, name string, args ...any) int {
	for _, p := range net.Params() {
		if p.Name == fmt.Sprintf(name, args...) {
			return p.Offset
		}
	}
	return -1
}

// nameOf says which parameter a weight belongs to.
func nameOf(net *network.Network, at int) string {
	for _, p := range net.Params() {
		if at < p.Offset+p.Size() {
			return p.Name
		}
	}
	return ""
}

// The gradient is the slope of the loss along random directions and along single
// weights, by central differences.
func TestGradientIsTheSlope(t *testing.T) {
	e := engine(t)
	pixels, labels, _ := pictures(2)
	const h = 1e-8 // a ReLU of the second one changes sides within 1e-6
	for i, arch := range archs(t)[:4] {
		w := e.Init(uint64(i))
		g, err := e.Grad(w, pixels, labels, onehot(arch))
		if err != nil {
			t.Fatal(err)
		}
		grad, at := g.Weights(), w.Values()
		loss := func(along []float64, step float64) float64 {
			moved := make([]float64, len(at))
			for j := range moved {
				moved[j] = at[j] + step*along[j]
			}
			value, _, err := e.Evaluate(e.WeightsOf(moved), pixels, labels, onehot(arch))
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		for k := range 6 {
			rng, along, want := key.Rand(uint64(i), "direction", k, 0), make([]float64, len(at)), 0.0
			for j := range along {
				if k == 0 || rng.IntN(40) == 0 {
					along[j] = rng.NormFloat64()
				}
				want += along[j] * grad[j]
			}
			got := (loss(along, h) - loss(along, -h)) / (2 * h)
			if !(math.Abs(got-want) <= 1e-5*math.Max(1, math.Abs(want))) {
				t.Errorf("architecture %d, direction %d: slope %.9g, gradient %.9g", i, k, got, want)
			}
		}
	}
}

// The weights are as many as the sizes say, here for digits: a stem of 3·3·1·16 and
// 2·16; cell 0 takes 16 channels to 8 twice, cell 1 halves 8 to 16 twice; nodes 2, 3
// and 4 have two branches of 2, 3 and 4 rows of 2·(9C + C²) + 2·(25C + C²); outputs
// are 5·C²; the classifier has 16·10 + 10.
func TestNumberOfWeights(t *testing.T) {
	cell := func(c int) int { return 2*(2+3+4)*(2*(9*c+c*c)+2*(25*c+c*c)) + 5*c*c }
	want := 9*16 + 2*16 + 2*16*8 + 2*8*16 + cell(8) + 2*cell(16) + 16*10 + 10
	net, err := network.New(network.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if net.Size() != want {
		t.Errorf("network has %d weights, want %d", net.Size(), want)
	}
}
