package micro

import (
	"fmt"
	"math"

	"naslab.dev/nasx/search"
	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/internal/flat"
)

// Network is a search network as a function of weights, images and architecture.
// It holds no weights and nothing compiled.
type Network struct {
	cfg    Config
	space  cellspace.Space
	cells  []cell
	layout flat.Layout
}

// New checks the configuration and lays out the weights.
func New(cfg Config) (*Network, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	n := &Network{cfg: cfg, space: cfg.Space(), cells: cfg.cells()}
	n.layout.Add("stem/conv", 9*cfg.InputChannels, 3, 3, cfg.InputChannels, cfg.Stem)
	n.layout.Add("stem/gain", 0, cfg.Stem)
	n.layout.Add("stem/offset", 0, cfg.Stem)
	for _, c := range n.cells {
		n.addCell(c)
		if err := n.layout.Check(fmt.Sprintf("cell %d", c.index)); err != nil {
			return nil, fmt.Errorf("supernet/micro: %w", err)
		}
	}
	last := n.cells[len(n.cells)-1].channels
	n.layout.Add("classifier/weights", last, last, cfg.Classes)
	n.layout.Add("classifier/bias", last, cfg.Classes)
	return n, nil
}

// Config returns the configuration the network was made from.
func (n *Network) Config() Config { return n.cfg }

// Space returns the space that the network contains.
func (n *Network) Space() cellspace.Space { return n.space }

// Fit returns an error of one sentence where the network takes other images than
// these.
func (n *Network) Fit(batches search.Batches) error { return n.cfg.images().Fit(batches) }

// Params lists the weights in the order of the flat vector. "cell0/node2/rows" is
// [2 branches, 2 earlier nodes, row]; "cell0/output" is [nodes, C, C].
func (n *Network) Params() []supernet.Param { return n.layout.Params() }

// Size returns P, the number of weights.
func (n *Network) Size() int { return n.layout.Size() }

// addCell appends a cell's weights.
func (n *Network) addCell(c cell) {
	prefix := cellName(c)
	if c.reduction {
		from := c.in[0]
		n.layout.Add(prefix+"/reduce/a", from, from, c.channels/2)
		n.layout.Add(prefix+"/reduce/b", from, from, c.channels/2)
		n.layout.Add(prefix+"/input0/a", from, from, c.channels/2)
		n.layout.Add(prefix+"/input0/b", from, from, c.channels/2)
	} else {
		for i, from := range c.in {
			if from != c.channels {
				n.layout.Add(fmt.Sprintf("%s/input%d/conv", prefix, i), from, from, c.channels)
			}
		}
	}
	for node := cellspace.Inputs; node < cellspace.Inputs+n.cfg.Blocks; node++ {
		n.layout.Add(rowsName(c, node), 1, 2, node, rowSize(c.channels))
	}
	nodes := cellspace.Inputs + n.cfg.Blocks
	n.layout.Add(prefix+"/output", nodes*c.channels, nodes, c.channels, c.channels)
}

// cellName is the prefix of the names of a cell's weights.
func cellName(c cell) string { return fmt.Sprintf("cell%d", c.index) }

// rowsName is the name of the weight rows of a node.
func rowsName(c cell, node int) string { return fmt.Sprintf("%s/node%d/rows", cellName(c), node) }

// sides are those of the kernels of the separable convolutions, by operation: the
// first two of the space.
var sides = [2]int{3, 5}

// stacks is the number of times that a separable convolution repeats ReLU,
// depthwise and pointwise convolution, normalisation.
const stacks = 2

// piece is one part of a weight row.
type piece struct {
	op          int // whose it is
	start, size int // in the row
	fanIn       int // inputs of one output
}

// pieces lists what a weight row holds. For each stack one after the other: the
// depthwise kernels [3, 3, C] and [5, 5, C], and the pointwise kernels [C, C] that
// follow them.
func pieces(channels int) []piece {
	var list []piece
	end := 0
	add := func(op, size, fanIn int) {
		list = append(list, piece{op, end, size, fanIn})
		end += size
	}
	for range stacks {
		for op, k := range sides {
			add(op, k*k*channels, k*k)
		}
		for op := range sides {
			add(op, channels*channels, channels)
		}
	}
	return list
}

// rowSize returns the weights of one row: Σ over k = 3, 5 of 2·(k²C + C²).
func rowSize(channels int) int {
	list := pieces(channels)
	last := list[len(list)-1]
	return last.start + last.size
}

// Initial returns first values of the flat weight vector [P]: uniform in
// ±1/√fan-in, gains 1 and offsets 0, as in package supernet. The draw is keyed by
// the parameter's name.
func (n *Network) Initial(seed uint64) []float64 {
	vector := n.layout.Initial(seed)
	for _, c := range n.cells {
		for node := cellspace.Inputs; node < cellspace.Inputs+n.cfg.Blocks; node++ {
			scaleRows(n.layout.Of(vector, rowsName(c, node)), c.channels)
		}
	}
	return vector
}

// scaleRows divides first values between −1 and 1 by the root of their fan-in.
func scaleRows(rows []float64, channels int) {
	list, width := pieces(channels), rowSize(channels)
	for start := 0; start < len(rows); start += width {
		for _, p := range list {
			part := rows[start+p.start : start+p.start+p.size]
			for i := range part {
				part[i] /= math.Sqrt(float64(p.fanIn))
			}
		}
	}
}
