package micro

import (
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet"
)

// Network is a search network as a function of weights, images and architecture.
// It holds no weights and nothing compiled.
type Network struct {
	cfg    Config
	space  cellspace.Space
	cells  []cell
	params []supernet.Param
	byName map[string]int
	size   int
}

// New checks the configuration and lays out the weights.
func New(cfg Config) (*Network, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	n := &Network{cfg: cfg, space: cfg.Space(), cells: cfg.cells(), byName: map[string]int{}}
	n.add("stem/conv", 9*cfg.InputChannels, 3, 3, cfg.InputChannels, cfg.Stem)
	n.add("stem/gain", 0, cfg.Stem)
	n.add("stem/offset", 0, cfg.Stem)
	for _, c := range n.cells {
		n.addCell(c)
		if n.size > maxWeights {
			return nil, fmt.Errorf("supernet/micro: the network has more than %d weights by cell %d, want fewer channels, "+
				"blocks or cells", maxWeights, c.index)
		}
	}
	last := n.cells[len(n.cells)-1].channels
	n.add("classifier/weights", last, last, cfg.Classes)
	n.add("classifier/bias", last, cfg.Classes)
	return n, nil
}

// Config returns the configuration the network was made from.
func (n *Network) Config() Config { return n.cfg }

// Space returns the space that the network contains.
func (n *Network) Space() cellspace.Space { return n.space }

// Fit returns an error of one sentence where the network takes other images than
// these.
func (n *Network) Fit(batches search.Batches) error {
	height, width, channels, classes := batches.Dims()
	c := n.cfg
	if height != c.Height || width != c.Width || channels != c.InputChannels || classes != c.Classes {
		return fmt.Errorf("images are %dx%dx%d of %d classes, want %dx%dx%d of %d as in the network",
			height, width, channels, classes, c.Height, c.Width, c.InputChannels, c.Classes)
	}
	return nil
}

// Params lists the weights in the order of the flat vector. "cell0/node2/rows" is
// [2 branches, 2 earlier nodes, row]; "cell0/output" is [nodes, C, C].
func (n *Network) Params() []supernet.Param { return n.params }

// Size returns P, the number of weights.
func (n *Network) Size() int { return n.size }

// add appends one parameter to the flat vector.
func (n *Network) add(name string, fanIn int, shape ...int) {
	p := supernet.Param{Name: name, Shape: shape, Offset: n.size, FanIn: fanIn}
	n.byName[name] = len(n.params)
	n.params = append(n.params, p)
	n.size += p.Size()
}

// addCell appends a cell's weights.
func (n *Network) addCell(c cell) {
	prefix := cellName(c)
	if c.reduction {
		from := c.in[0]
		n.add(prefix+"/reduce/a", from, from, c.channels/2)
		n.add(prefix+"/reduce/b", from, from, c.channels/2)
		n.add(prefix+"/input0/a", from, from, c.channels/2)
		n.add(prefix+"/input0/b", from, from, c.channels/2)
	} else {
		for i, from := range c.in {
			if from != c.channels {
				n.add(fmt.Sprintf("%s/input%d/conv", prefix, i), from, from, c.channels)
			}
		}
	}
	for node := cellspace.Inputs; node < cellspace.Inputs+n.cfg.Blocks; node++ {
		n.add(rowsName(c, node), 1, 2, node, rowSize(c.channels))
	}
	nodes := cellspace.Inputs + n.cfg.Blocks
	n.add(prefix+"/output", nodes*c.channels, nodes, c.channels, c.channels)
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
	flat := make([]float64, n.size)
	for _, p := range n.params {
		values := flat[p.Offset : p.Offset+p.Size()]
		if p.FanIn == 0 {
			if strings.HasSuffix(p.Name, "/gain") {
				for i := range values {
					values[i] = 1
				}
			}
			continue
		}
		rng := key.Rand(seed, "weights "+p.Name, 0, 0)
		bound := 1 / math.Sqrt(float64(p.FanIn))
		for i := range values {
			values[i] = bound * (2*rng.Float64() - 1)
		}
	}
	for _, c := range n.cells {
		for node := cellspace.Inputs; node < cellspace.Inputs+n.cfg.Blocks; node++ {
			scaleRows(n.of(flat, rowsName(c, node)), c.channels)
		}
	}
	return flat
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

// of returns the part of a vector [P] that belongs to a parameter.
func (n *Network) of(flat []float64, name string) []float64 {
	p := n.params[n.byName[name]]
	return flat[p.Offset : p.Offset+p.Size()]
}
