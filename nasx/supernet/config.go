package supernet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/kernels"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/flat"
)

// Form says how a [Network] is computed, never what it computes.
type Form int

const (
	// Fast is what the backend is best at: the operations of package kernels on a CPU,
	// [Native] on a GPU, [Plain] elsewhere.
	Fast Form = iota
	// Plain follows the definition operation by operation.
	Plain
	// Native is Plain with depthwise convolutions left to the backend.
	Native
)

// on returns the form that a network takes on a backend: never Fast without its kernels.
func (c Config) on(b compute.Backend) Form {
	device := strings.ToUpper(b.DeviceDescription(0))
	switch {
	case c.Form != Fast || (kernels.On(b) && c.Norm == NormBatch):
		return c.Form
	case strings.Contains(device, "CUDA") || strings.Contains(device, "NVIDIA"):
		return Native
	}
	return Plain
}

// Norm says how feature maps are normalised after every convolution and pooling.
type Norm int

const (
	// NormBatch uses the statistics of the batch at hand, in training and in
	// evaluation alike, and no gain or offset.
	NormBatch Norm = iota
	// NormNone normalises nothing. Cells are then positively homogeneous, which
	// makes the conservation law of credit exact (package supernet's tests).
	NormNone
)

// Config describes a search network. The zero value is not valid; start from
// [DefaultConfig].
type Config struct {
	Cells      int      `json:"cells"`      // L, number of cells, ≥ 1
	Nodes      int      `json:"nodes"`      // intermediate nodes per cell, ≥ 1
	Channels   int      `json:"channels"`   // C of the first cell, even; doubles at every reduction
	Stem       int      `json:"stem"`       // output channels of the stem
	Ops        []string `json:"ops"`        // K candidate operations, names of package space
	Reductions []int    `json:"reductions"` // indices of reduction cells, ascending; see [DefaultReductions]

	Height        int `json:"height"`         // of an image, pixels; even at every reduction
	Width         int `json:"width"`          // of an image, pixels; even at every reduction
	InputChannels int `json:"input_channels"` // of an image
	Classes       int `json:"classes"`        // ≥ 2

	Form  Form         `json:"form"`  // Fast, except in tests
	Norm  Norm         `json:"norm"`  // NormBatch, except in tests
	DType dtypes.DType `json:"dtype"` // Float32; Float64 in tests
}

// DefaultConfig returns the network of preset digits (three cells N R N, three
// nodes, C = 8, stem 16, eight operations, 8×8 grey images).
func DefaultConfig() Config {
	return Config{
		Cells: 3, Nodes: 3, Channels: 8, Stem: 16,
		Ops: space.DefaultOps(), Reductions: DefaultReductions(3),
		Height: 8, Width: 8, InputChannels: 1, Classes: 10,
		Form: Fast, DType: dtypes.Float32,
	}
}

// DefaultReductions returns which of L cells are reduction cells: {L/3, 2L/3} for
// L ≥ 6 as in [DARTS], {1, 3} for 4 and 5, {1} for 2 and 3, none for 1.
func DefaultReductions(cells int) []int {
	switch {
	case cells >= 6:
		return []int{cells / 3, 2 * cells / 3}
	case cells >= 4:
		return []int{1, 3}
	case cells >= 2:
		return []int{1}
	}
	return []int{}
}

// validate returns one sentence about the first field that cannot be.
func (c Config) validate() error {
	for _, field := range []struct {
		name          string
		got, min, max int
	}{
		{"Cells", c.Cells, 1, 1000},
		{"Nodes", c.Nodes, 1, 32},
		{"Channels", c.Channels, 2, 1 << 13},
		{"Stem", c.Stem, 2, 1 << 13},
		{"Height", c.Height, 1, 1 << 13},
		{"Width", c.Width, 1, 1 << 13},
		{"InputChannels", c.InputChannels, 1, 1 << 13},
		{"Classes", c.Classes, 2, 1 << 20},
		{"number of Ops", len(c.Ops), 1, len(space.DefaultOps())},
	} {
		if field.got < field.min || field.got > field.max {
			return fmt.Errorf("supernet: %s is %d, want %d to %d", field.name, field.got, field.min, field.max)
		}
	}
	if c.Channels%2 != 0 || c.Stem%2 != 0 {
		return fmt.Errorf("supernet: Channels is %d and Stem %d, want even numbers (a stride-2 skip halves them)",
			c.Channels, c.Stem)
	}
	for i, op := range c.Ops {
		if !slices.Contains(space.DefaultOps(), op) {
			return fmt.Errorf("supernet: operation %q is unknown, want one of %v", op, space.DefaultOps())
		}
		if slices.Index(c.Ops, op) != i {
			return fmt.Errorf("supernet: operation %q is listed twice", op)
		}
	}
	if c.DType != dtypes.Float32 && c.DType != dtypes.Float64 {
		return fmt.Errorf("supernet: dtype is %s, want Float32 or Float64", c.DType)
	}
	if err := CheckReductions(c.Reductions, c.Cells, c.Height, c.Width); err != nil {
		return fmt.Errorf("supernet: %w", err)
	}
	return nil
}

// Bounds that keep a mistyped number from asking for more memory than there is.
const (
	maxReductions = 8
)

// CheckReductions holds indices of reduction cells to the number of cells and the
// size of the images.
func CheckReductions(reductions []int, cells, height, width int) error {
	if len(reductions) > maxReductions {
		return fmt.Errorf("reductions are %d cells, want at most %d (each doubles the channels)",
			len(reductions), maxReductions)
	}
	last := -1
	for _, cell := range reductions {
		if cell <= last || cell >= cells {
			return fmt.Errorf("reductions are %v, want ascending cell indices below %d", reductions, cells)
		}
		if height%2 != 0 || width%2 != 0 {
			return fmt.Errorf("cell %d would reduce images of %dx%d, want even sides", cell, height, width)
		}
		height, width, last = height/2, width/2, cell
	}
	return nil
}

// images are what the network takes.
func (c Config) images() flat.Images {
	return flat.Images{Height: c.Height, Width: c.Width, Channels: c.InputChannels, Classes: c.Classes}
}

// cell is the geometry of one cell: everything is known before any graph.
type cell struct {
	index         int
	reduction     bool // edges from inputs 0 and 1 have stride 2
	prevReduction bool // input 0 has twice the side of input 1
	in0, in1      int  // channels of the cell's inputs
	channels      int  // of every node
	height, width int  // of input 1, before this cell reduces it
}

// outSize returns height and width of the cell's nodes.
func (c cell) outSize() (height, width int) {
	if c.reduction {
		return c.height / 2, c.width / 2
	}
	return c.height, c.width
}

// stride returns the stride of the edges that leave node from.
func (c cell) stride(from int) int {
	if c.reduction && from < 2 {
		return 2
	}
	return 1
}

// cells lays out the network from the stem to the last cell.
func (c Config) cells() []cell {
	list := make([]cell, c.Cells)
	in0, in1, channels := c.Stem, c.Stem, c.Channels
	height, width, prevReduction := c.Height, c.Width, false
	for i := range list {
		reduction := slices.Contains(c.Reductions, i)
		if reduction {
			channels *= 2
		}
		list[i] = cell{
			index: i, reduction: reduction, prevReduction: prevReduction,
			in0: in0, in1: in1, channels: channels, height: height, width: width,
		}
		height, width = list[i].outSize()
		in0, in1 = in1, c.Nodes*channels
		prevReduction = reduction
	}
	return list
}
