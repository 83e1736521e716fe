package supernet

import (
	"fmt"
	"strings"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/flat"
)

// Param is one named piece of the flat weight vector.
type Param = flat.Param

// Network is a search network as a function of weights, images and z. It holds no
// weights and nothing compiled.
type Network struct {
	cfg    Config
	cells  []cell
	layout flat.Layout
	onEdge map[string]bool // parameters that belong to an edge
}

// New checks the configuration and lays out the weights.
func New(cfg Config) (*Network, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	n := &Network{cfg: cfg, cells: cfg.cells(), onEdge: make(map[string]bool)}
	n.layout.Add("stem/conv", 9*cfg.InputChannels, 3, 3, cfg.InputChannels, cfg.Stem)
	n.layout.Add("stem/gain", 0, cfg.Stem)
	n.layout.Add("stem/offset", 0, cfg.Stem)
	for _, c := range n.cells {
		n.addCell(c)
		if err := n.layout.Check(fmt.Sprintf("cell %d", c.index)); err != nil {
			return nil, fmt.Errorf("supernet: %w", err)
		}
	}
	out := cfg.Nodes * n.cells[len(n.cells)-1].channels
	n.layout.Add("classifier/weights", out, out, cfg.Classes)
	n.layout.Add("classifier/bias", out, cfg.Classes)
	return n, nil
}

// Config returns the configuration the network was made from.
func (n *Network) Config() Config { return n.cfg }

// Space returns the cells that z chooses from.
func (n *Network) Space() space.Cells {
	return space.Cells{Nodes: n.cfg.Nodes, Ops: n.cfg.Ops}
}

// Params lists the weights in the order of the flat vector.
func (n *Network) Params() []Param { return n.layout.Params() }

// Size returns P, the number of weights.
func (n *Network) Size() int { return n.layout.Size() }

// Fit returns an error of one sentence where the network takes other images than
// these.
func (n *Network) Fit(batches search.Batches) error { return n.cfg.images().Fit(batches) }

// addCell appends a cell's weights.
func (n *Network) addCell(c cell) {
	prefix := cellName(c)
	if c.prevReduction {
		n.layout.Add(prefix+"/pre0/a", c.in0, c.in0, c.channels/2)
		n.layout.Add(prefix+"/pre0/b", c.in0, c.in0, c.channels/2)
	} else {
		n.layout.Add(prefix+"/pre0/conv", c.in0, c.in0, c.channels)
	}
	n.layout.Add(prefix+"/pre1/conv", c.in1, c.in1, c.channels)
	for to := 2; to < n.cfg.Nodes+2; to++ {
		for from := range to {
			n.addEdge(c, from, to)
		}
	}
}

// addEdge appends the weights of the operations of one edge.
func (n *Network) addEdge(c cell, from, to int) {
	channels := c.channels
	for _, op := range n.cfg.Ops {
		name, k := edgeName(c, from, to)+"/"+op, kernelOf(op)
		start := len(n.Params())
		if isConv(op) {
			n.layout.Add(name+"/depthwise1", k*k, k, k, channels)
			n.layout.Add(name+"/pointwise1", channels, channels, channels)
		}
		if isSep(op) {
			n.layout.Add(name+"/depthwise2", k*k, k, k, channels)
			n.layout.Add(name+"/pointwise2", channels, channels, channels)
		}
		if isSkip(op) && c.stride(from) == 2 {
			n.layout.Add(name+"/a", channels, channels, channels/2)
			n.layout.Add(name+"/b", channels, channels, channels/2)
		}
		for _, p := range n.Params()[start:] {
			n.onEdge[p.Name] = true
		}
	}
}

// cellName is the prefix of the names of a cell's weights.
func cellName(c cell) string { return fmt.Sprintf("cell%d", c.index) }

// edgeName is the prefix of the names of an edge's weights.
func edgeName(c cell, from, to int) string {
	return fmt.Sprintf("%s/%d-%d", cellName(c), from, to)
}

func isConv(op string) bool { return isSep(op) || isDil(op) }
func isSep(op string) bool  { return strings.HasPrefix(op, "sep_conv_") }
func isDil(op string) bool  { return strings.HasPrefix(op, "dil_conv_") }
func isSkip(op string) bool { return op == space.OpSkip }

// kernelOf returns the side of a convolution's kernel, from its name.
func kernelOf(op string) int {
	if strings.HasSuffix(op, "_5x5") {
		return 5
	}
	return 3
}

// dilationOf returns 2 for dilated convolutions, else 1.
func dilationOf(op string) int {
	if isDil(op) {
		return 2
	}
	return 1
}

// Initial returns first values of the flat weight vector [P]: uniform in
// ±1/√fan-in, which is what the references' framework drew by default, gains 1 and
// offsets 0. The draw is keyed by the parameter's name, so it does not depend on the
// number of cells or on the order of the operations.
func (n *Network) Initial(seed uint64) []float64 { return n.layout.Initial(seed) }
