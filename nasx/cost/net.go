package cost

import (
	"fmt"
	"slices"

	"naslab.dev/nasx/space"
)

// Net is the geometry of a network of cells.
type Net struct {
	Cells      int   `json:"cells"`      // number of cells, 1 to 1000
	Channels   int   `json:"channels"`   // of the first cell's nodes, even; doubles at every reduction
	Stem       int   `json:"stem"`       // channels of the stem's output
	Reductions []int `json:"reductions"` // indices of reduction cells, from 0

	Height        int `json:"height"` // of an image, pixels
	Width         int `json:"width"`  // of an image, pixels
	InputChannels int `json:"input_channels"`
	Classes       int `json:"classes"`

	Affine        bool `json:"affine"`          // normalisations in cells learn a gain and an offset; the stem's always do
	PoolNorms     bool `json:"pool_norms"`      // pools are followed by a normalisation, as in the child of [SNAS]
	ThreeConvStem bool `json:"three_conv_stem"` // the stem for large images: three convolutions of stride 2
}

// CIFAR10Child returns the network in which [DARTS] and [SNAS] train the cells
// they found: 20 cells, 36 channels, 32×32 images, 10 classes.
func CIFAR10Child() Net {
	return Net{
		Cells: 20, Channels: 36, Stem: 3 * 36, Reductions: []int{6, 13},
		Height: 32, Width: 32, InputChannels: 3, Classes: 10, Affine: true,
	}
}

// CIFAR10Search returns the search network of [DARTS] and [SNAS]: 8 cells, 16
// channels, normalisations in cells without gain and offset.
func CIFAR10Search() Net {
	return Net{
		Cells: 8, Channels: 16, Stem: 3 * 16, Reductions: []int{2, 5},
		Height: 32, Width: 32, InputChannels: 3, Classes: 10,
	}
}

// ImageNetChild returns the mobile network of [DARTS] and [SNAS] for 224×224
// images: 14 cells, 48 channels, 1000 classes.
func ImageNetChild() Net {
	return Net{
		Cells: 14, Channels: 48, Stem: 48, Reductions: []int{4, 9},
		Height: 224, Width: 224, InputChannels: 3, Classes: 1000, Affine: true, ThreeConvStem: true,
	}
}

const maxCells = 1000 // far above any published network; bounds what a request can ask for

// check returns one sentence about the first value that cannot be.
func (n Net) check() error {
	for _, field := range []struct {
		name      string
		got, most int
	}{
		{"Cells", n.Cells, maxCells},
		{"Channels", n.Channels, 1 << 13},
		{"Stem", n.Stem, 1 << 15},
		{"Height", n.Height, 1 << 13},
		{"Width", n.Width, 1 << 13},
		{"InputChannels", n.InputChannels, 1 << 13},
		{"Classes", n.Classes, 1 << 20},
		{"number of Reductions plus 1", len(n.Reductions) + 1, 9},
	} {
		if field.got < 1 || field.got > field.most {
			return fmt.Errorf("cost: network's %s is %d, want 1 to %d", field.name, field.got, field.most)
		}
	}
	if n.Channels%2 != 0 || n.ThreeConvStem && n.Stem%2 != 0 {
		return fmt.Errorf("cost: network's Channels is %d and Stem %d, want even numbers", n.Channels, n.Stem)
	}
	for i, r := range n.Reductions {
		if r < 0 || r >= n.Cells || slices.Index(n.Reductions, r) != i {
			return fmt.Errorf("cost: network's Reductions are %v, want different cells from 0 to %d", n.Reductions, n.Cells-1)
		}
	}
	return nil
}

// cell is the geometry of one cell.
type cell struct {
	kind     string // space.CellNormal or space.CellReduce
	in0, in1 int    // channels of the cell's inputs
	channels int    // of every node
	inPixels int    // of both inputs once preprocessed
	pixels   int    // of every node
}

// stride returns the stride of the edges that leave a node.
func (c cell) stride(from int) int {
	if c.kind == space.CellReduce && from < 2 {
		return 2
	}
	return 1
}

// layout lists the cells; concat says how many nodes each kind concatenates.
func (n Net) layout(concat map[string]int) []cell {
	cells := make([]cell, n.Cells)
	height, width := n.Height, n.Width
	if n.ThreeConvStem {
		height, width = half(half(half(height))), half(half(half(width)))
	}
	in0, in1, channels := n.Stem, n.Stem, n.Channels
	for i := range cells {
		c := cell{kind: space.CellNormal, in0: in0, in1: in1, inPixels: height * width}
		if slices.Contains(n.Reductions, i) {
			c.kind = space.CellReduce
			channels *= 2
			height, width = half(height), half(width)
		}
		c.channels, c.pixels = channels, height*width
		cells[i] = c
		in0, in1 = in1, concat[c.kind]*channels
	}
	return cells
}

// half returns the output side of a stride of 2.
func half(side int) int { return (side + 1) / 2 }

// Child counts a network built from a genotype: parameters with those of the
// normalisations, multiply-adds of convolutions, pools and the classifier.
// Memory accesses are those of the operations in the cells.
func Child(g space.Genotype, n Net) (Count, error) {
	if err := n.check(); err != nil {
		return Count{}, err
	}
	if err := g.Validate(); err != nil {
		return Count{}, err
	}
	return n.count(map[string]int{
		space.CellNormal: len(g.NormalConcat),
		space.CellReduce: len(g.ReduceConcat),
	}, func(kind string, visit func(op string, from int)) {
		for node := 2; node < 2+g.Nodes(); node++ {
			for _, link := range g.Inputs(kind, node) {
				visit(link.Op, link.From)
			}
		}
	})
}

// Search counts a network that holds every operation on every edge. Its pools
// are followed by normalisations, which count only where they are affine.
func Search(cells space.Cells, n Net) (Count, error) {
	if err := n.check(); err != nil {
		return Count{}, err
	}
	if err := cells.Validate(); err != nil {
		return Count{}, err
	}
	n.PoolNorms = true
	concat := map[string]int{space.CellNormal: cells.Nodes, space.CellReduce: cells.Nodes}
	return n.count(concat, func(_ string, visit func(op string, from int)) {
		for _, edge := range cells.Edges() {
			for _, op := range cells.Ops {
				visit(op, edge.From)
			}
		}
	})
}

// count adds up stem, cells and classifier; each visits the operations of a
// kind of cell with the node they read.
func (n Net) count(concat map[string]int, each func(kind string, visit func(op string, from int))) (Count, error) {
	layout := n.layout(concat)
	total := n.stem()
	var failed error
	for _, c := range layout {
		total = total.Add(n.preprocess(c))
		each(c.kind, func(op string, from int) {
			one, err := Op(op, c.channels, c.pixels, c.stride(from))
			if err != nil && failed == nil {
				failed = err
			}
			one.Params += n.norm(c.channels) * normalised(op, c.stride(from), n.PoolNorms)
			total = total.Add(one)
		})
	}
	last := layout[len(layout)-1]
	features := int64(concat[last.kind] * last.channels)
	classes := int64(n.Classes)
	total = total.Add(Count{Params: features*classes + classes, FLOPs: features * classes})
	return total, failed
}

// norm returns the parameters of one normalisation in a cell.
func (n Net) norm(channels int) int64 {
	if !n.Affine {
		return 0
	}
	return 2 * int64(channels)
}

// stem counts one 3x3 convolution, or three of stride 2, with affine
// normalisations.
func (n Net) stem() Count {
	in, out := int64(n.InputChannels), int64(n.Stem)
	height, width := n.Height, n.Width
	if !n.ThreeConvStem {
		return Count{Params: 9*in*out + 2*out, FLOPs: 9 * in * out * int64(height*width)}
	}
	total := Count{}
	for _, conv := range [][2]int64{{in, out / 2}, {out / 2, out}, {out, out}} {
		height, width = half(height), half(width)
		size := 9 * conv[0] * conv[1]
		total = total.Add(Count{Params: size + 2*conv[1], FLOPs: size * int64(height*width)})
	}
	return total
}

// preprocess counts the 1x1 convolutions that bring both inputs to the cell's
// channels; after a reduction that of input 0 is a factorized reduction of the
// same size.
func (n Net) preprocess(c cell) Count {
	size := int64(c.in0+c.in1) * int64(c.channels)
	return Count{Params: size + 2*n.norm(c.channels), FLOPs: size * int64(c.inPixels)}
}
