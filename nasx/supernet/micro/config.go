package micro

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"

	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/internal/flat"
)

// Config describes a network. The zero value is not valid; start from
// [DefaultConfig]. The operations are those of space/micro.DefaultOps.
type Config struct {
	Cells      int   `json:"cells"`      // L, number of cells, ≥ 1
	Blocks     int   `json:"blocks"`     // B, nodes per cell beside its inputs; published 5
	Channels   int   `json:"channels"`   // C of the first cell, even; doubles at every reduction; published 20
	Stem       int   `json:"stem"`       // output channels of the stem; published 3C
	Reductions []int `json:"reductions"` // indices of reduction cells, ascending; see supernet.DefaultReductions

	Height        int `json:"height"`         // of an image, pixels; even at every reduction
	Width         int `json:"width"`          // of an image, pixels; even at every reduction
	InputChannels int `json:"input_channels"` // of an image
	Classes       int `json:"classes"`        // ≥ 2

	DType dtypes.DType `json:"dtype"` // Float32; Float64 in tests
}

// DefaultConfig returns the network of preset digits: three cells N R N of three
// nodes, C = 8, stem 16, 8×8 grey images.
func DefaultConfig() Config {
	return Config{
		Cells: 3, Blocks: 3, Channels: 8, Stem: 16, Reductions: supernet.DefaultReductions(3),
		Height: 8, Width: 8, InputChannels: 1, Classes: 10, DType: dtypes.Float32,
	}
}

// Space returns the space that the network contains.
func (c Config) Space() cellspace.Space {
	return cellspace.Space{Blocks: c.Blocks, Ops: cellspace.DefaultOps()}
}

// validate returns one sentence about the first field that cannot be.
func (c Config) validate() error {
	for _, field := range []struct {
		name          string
		got, min, max int
	}{
		{"Cells", c.Cells, 1, 1000},
		{"Blocks", c.Blocks, 1, 16},
		{"Channels", c.Channels, 2, 1 << 13},
		{"Stem", c.Stem, 1, 1 << 13},
		{"Height", c.Height, 1, 1 << 13},
		{"Width", c.Width, 1, 1 << 13},
		{"InputChannels", c.InputChannels, 1, 1 << 13},
		{"Classes", c.Classes, 2, 1 << 20},
	} {
		if field.got < field.min || field.got > field.max {
			return fmt.Errorf("supernet/micro: %s is %d, want %d to %d", field.name, field.got, field.min, field.max)
		}
	}
	if c.Channels%2 != 0 {
		return fmt.Errorf("supernet/micro: Channels is %d, want an even number (a reduction halves them)", c.Channels)
	}
	if c.DType != dtypes.Float32 && c.DType != dtypes.Float64 {
		return fmt.Errorf("supernet/micro: dtype is %s, want Float32 or Float64", c.DType)
	}
	if err := supernet.CheckReductions(c.Reductions, c.Cells, c.Height, c.Width); err != nil {
		return fmt.Errorf("supernet/micro: %w", err)
	}
	return nil
}

// images are what the network takes.
func (c Config) images() flat.Images {
	return flat.Images{Height: c.Height, Width: c.Width, Channels: c.InputChannels, Classes: c.Classes}
}

// cell is the geometry of one cell.
type cell struct {
	index     int
	reduction bool   // both inputs are halved first
	in        [2]int // channels of the outputs of the two cells before; of a reduction both are those of the last
	channels  int    // of every node
}

// cells lays out the network from the stem to the last cell. In front of a
// reduction cell stands a factorised reduction of the last output. Its result takes
// the place of the cell's second input, and the last output, not yet reduced, that
// of the first.
func (c Config) cells() []cell {
	list := make([]cell, c.Cells)
	in, channels := [2]int{c.Stem, c.Stem}, c.Channels
	for i := range list {
		reduction := slices.Contains(c.Reductions, i)
		if reduction {
			channels *= 2
			in = [2]int{in[1], channels}
		}
		list[i] = cell{index: i, reduction: reduction, in: in, channels: channels}
		in = [2]int{in[1], channels}
	}
	return list
}
