package supernet_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// By hand: five 4×4 grey images, one cell of one node, two channels, stem of four,
// three classes. Multiply-adds of a forward pass for an image:
//
//	stem        9·1·4·16 = 576, and again for its weights
//	preprocess  (4 + 4)·2·16 = 256
//	two edges   sep_conv_3x3 2(9·2 + 2·2)·16 = 704, dense 2·9·2·2·16 = 1152
//	            dil_conv_5x5 (25·2 + 2·2)·16 = 864, dense 25·2·2·16 = 1600
//	classifier  2·3 = 6
//
// Numbers that one image moves: itself, 16 twice; stem, 64, and both inputs, 32 each, with
// one reader: 6 times; for each of two edges the first half of the separable convolution,
// 32, 6 times, its second half, the dilated one and the pool of the edge's source, 32
// each, 4 times; the node is not stored.
func TestWorkCountedByHand(t *testing.T) {
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem, cfg.Classes = 1, 1, 2, 4, 3
	cfg.Height, cfg.Width, cfg.Reductions = 4, 4, nil
	cfg.Ops = []string{space.OpNone, space.OpMaxPool, space.OpSkip, space.OpSep3, space.OpDil5}
	want := supernet.Work{
		MultiplyAdds:      5 * (2*576 + 3*(256+2*(704+864)+6)),
		DenseMultiplyAdds: 5 * (2*576 + 3*(256+2*(1152+1600)+6)),
		Bytes:             5 * 4 * (2*16 + 6*64 + 2*6*32 + 2*(6*32+3*4*32)),
		Kept:              5 * 4 * (64 + 2*32 + 2*4*32),
	}
	if got := network(t, cfg).Work(5); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	cfg.DType, want.Bytes, want.Kept = dtypes.Float64, 2*want.Bytes, 2*want.Kept
	if got := network(t, cfg).Work(5); got != want {
		t.Errorf("in float64: got %+v, want %+v", got, want)
	}
}

// Package cost has formulas of its own for a forward pass. It also counts the sums of
// pools, so the networks here have none.
func TestWorkIsThreeForwardPasses(t *testing.T) {
	for _, cfg := range workConfigs() {
		cfg.Ops = slices.DeleteFunc(cfg.Ops, func(op string) bool { return op == space.OpMaxPool || op == space.OpAvgPool })
		n := network(t, cfg)
		count, err := cost.Search(n.Space(), cost.Net{
			Cells: cfg.Cells, Channels: cfg.Channels, Stem: cfg.Stem, Reductions: cfg.Reductions,
			Height: cfg.Height, Width: cfg.Width, InputChannels: cfg.InputChannels, Classes: cfg.Classes,
		})
		if err != nil {
			t.Fatal(err)
		}
		images := 9 * cfg.InputChannels * cfg.Stem * cfg.Height * cfg.Width // their gradient, which nobody needs
		if got, want := n.Work(7).MultiplyAdds, float64(7*(3*int(count.FLOPs)-images)); got != want {
			t.Errorf("%d cells, %d nodes: got %.0f multiply-adds, want %.0f", cfg.Cells, cfg.Nodes, got, want)
		}
	}
}

// Feature maps by name: who reads them, found by walking along every edge.
func TestWorkMatchesAListOfAllMaps(t *testing.T) {
	for _, cfg := range workConfigs() {
		maps := listMaps(cfg)
		passes, kept := 2*cfg.Height*cfg.Width*cfg.InputChannels, 0
		for name, m := range maps {
			switch {
			case m.term && len(m.readers) > 0:
				t.Errorf("%s goes into a sum and has readers", name)
			case m.term:
				passes += 4 * m.size
			case len(m.readers) > 0:
				passes += (2 + 4*len(m.readers)) * m.size
			default:
				continue
			}
			kept += m.size
		}
		got := network(t, cfg).Work(3)
		if got.Bytes != float64(3*4*passes) || got.Kept != float64(3*4*kept) {
			t.Errorf("%d cells, %d nodes: got %.0f bytes and %.0f kept, want %d and %d",
				cfg.Cells, cfg.Nodes, got.Bytes, got.Kept, 3*4*passes, 3*4*kept)
		}
	}
}

// stored is a feature map of one image.
type stored struct {
	size    int             // numbers
	term    bool            // goes into a node's sum only
	readers map[string]bool // what reads it, by name
}

// listMaps names all feature maps of a network.
func listMaps(cfg supernet.Config) map[string]stored {
	maps := map[string]stored{}
	add := func(size int, term bool, format string, args ...any) {
		maps[fmt.Sprintf(format, args...)] = stored{size, term, map[string]bool{}}
	}
	side, channels := cfg.Height, cfg.Channels
	add(side*side*cfg.Stem, false, "stem")
	inputs := [2][]string{{"stem"}, {"stem"}} // the maps that are a cell's inputs
	for c := range cfg.Cells {
		inSide, reduction := side, slices.Contains(cfg.Reductions, c)
		if reduction {
			side, channels = side/2, 2*channels
		}
		for _, name := range slices.Concat(inputs[0], inputs[1]) {
			maps[name].readers[fmt.Sprint("cell ", c)] = true
		}
		add(inSide*inSide*channels, false, "%d: 0", c)
		add(inSide*inSide*channels, false, "%d: 1", c)
		var nodes []string
		for to := 2; to < cfg.Nodes+2; to++ {
			add(side*side*channels, false, "%d: %d", c, to)
			nodes = append(nodes, fmt.Sprintf("%d: %d", c, to))
			for from := range to {
				maps[fmt.Sprintf("%d: %d", c, from)].readers["edges"] = true
				for _, op := range cfg.Ops {
					edge := fmt.Sprintf("%d: %d-%d %s", c, from, to, op)
					switch {
					case op == space.OpMaxPool, op == space.OpAvgPool:
						add(side*side*channels, true, "%d: %s of %d", c, op, from)
					case op == space.OpSep3, op == space.OpSep5:
						add(side*side*channels, false, "%s, half", edge)
						maps[edge+", half"].readers["second half"] = true
						add(side*side*channels, true, "%s", edge)
					case op == space.OpDil3, op == space.OpDil5, op == space.OpSkip && reduction && from < 2:
						add(side*side*channels, true, "%s", edge)
					}
				}
			}
		}
		inputs = [2][]string{inputs[1], nodes}
	}
	return maps
}

// workConfigs are networks with and without reductions.
func workConfigs() []supernet.Config {
	digits := supernet.DefaultConfig()
	cell, large := digits, digits
	cell.Cells, cell.Nodes, cell.Reductions = 1, 4, nil
	large.Cells, large.Nodes, large.Channels, large.Reductions = 8, 2, 4, supernet.DefaultReductions(8)
	large.Height, large.Width, large.InputChannels = 32, 32, 3
	for _, cfg := range []*supernet.Config{&digits, &cell, &large} {
		cfg.Ops = slices.Clone(cfg.Ops)
	}
	return []supernet.Config{digits, cell, large}
}

// network makes a network.
func network(t *testing.T, cfg supernet.Config) *supernet.Network {
	t.Helper()
	n, err := supernet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
