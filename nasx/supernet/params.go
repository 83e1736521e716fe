package supernet

import (
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

// Param is one named piece of the flat weight vector.
type Param struct {
	Name   string // for example "cell0/0-2/sep_conv_3x3/depthwise1"
	Shape  []int
	Offset int // of its first element in the flat vector
	FanIn  int // inputs of one output; 0 for the gains and offsets of a normalisation
}

// Size returns the number of elements.
func (p Param) Size() int {
	size := 1
	for _, dim := range p.Shape {
		size *= dim
	}
	return size
}

// Network is a search network as a function of weights, images and z. It holds no
// weights and nothing compiled.
type Network struct {
	cfg    Config
	cells  []cell
	params []Param
	byName map[string]int
	onEdge map[string]bool // parameters that belong to an edge
	size   int
}

// New checks the configuration and lays out the weights.
func New(cfg Config) (*Network, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	n := &Network{cfg: cfg, cells: cfg.cells(), byName: make(map[string]int), onEdge: make(map[string]bool)}
	n.add("stem/conv", 9*cfg.InputChannels, 3, 3, cfg.InputChannels, cfg.Stem)
	n.add("stem/gain", 0, cfg.Stem)
	n.add("stem/offset", 0, cfg.Stem)
	for _, c := range n.cells {
		n.addCell(c)
		if n.size > maxWeights {
			return nil, fmt.Errorf("supernet: the network has more than %d weights by cell %d, want fewer channels, "+
				"nodes or cells", maxWeights, c.index)
		}
	}
	out := cfg.Nodes * n.cells[len(n.cells)-1].channels
	n.add("classifier/weights", out, out, cfg.Classes)
	n.add("classifier/bias", out, cfg.Classes)
	return n, nil
}

// Config returns the configuration the network was made from.
func (n *Network) Config() Config { return n.cfg }

// Space returns the cells that z chooses from.
func (n *Network) Space() space.Cells {
	return space.Cells{Nodes: n.cfg.Nodes, Ops: n.cfg.Ops}
}

// Params lists the weights in the order of the flat vector.
func (n *Network) Params() []Param { return n.params }

// Size returns P, the number of weights.
func (n *Network) Size() int { return n.size }

// add appends one parameter to the flat vector.
func (n *Network) add(name string, fanIn int, shape ...int) {
	p := Param{Name: name, Shape: shape, Offset: n.size, FanIn: fanIn}
	n.byName[name] = len(n.params)
	n.params = append(n.params, p)
	n.size += p.Size()
}

// addCell appends a cell's weights.
func (n *Network) addCell(c cell) {
	prefix := cellName(c)
	if c.prevReduction {
		n.add(prefix+"/pre0/a", c.in0, c.in0, c.channels/2)
		n.add(prefix+"/pre0/b", c.in0, c.in0, c.channels/2)
	} else {
		n.add(prefix+"/pre0/conv", c.in0, c.in0, c.channels)
	}
	n.add(prefix+"/pre1/conv", c.in1, c.in1, c.channels)
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
		start := len(n.params)
		if isConv(op) {
			n.add(name+"/depthwise1", k*k, k, k, channels)
			n.add(name+"/pointwise1", channels, channels, channels)
		}
		if isSep(op) {
			n.add(name+"/depthwise2", k*k, k, k, channels)
			n.add(name+"/pointwise2", channels, channels, channels)
		}
		if isSkip(op) && c.stride(from) == 2 {
			n.add(name+"/a", channels, channels, channels/2)
			n.add(name+"/b", channels, channels, channels/2)
		}
		for _, p := range n.params[start:] {
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

func isConv(op string) bool { return isSep(op) || strings.HasPrefix(op, "dil_conv_") }
func isSep(op string) bool  { return strings.HasPrefix(op, "sep_conv_") }
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
	if strings.HasPrefix(op, "dil_conv_") {
		return 2
	}
	return 1
}

// Initial returns first values of the flat weight vector [P]: uniform in
// ±1/√fan-in, which is what the references' framework drew by default, gains 1 and
// offsets 0. The draw is keyed by the parameter's name, so it does not depend on the
// number of cells or on the order of the operations.
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
		bound := 1 / math.Sqrt(float64(p.FanIn))
		rng := key.Rand(seed, "weights "+p.Name, 0, 0)
		for i := range values {
			values[i] = bound * (2*rng.Float64() - 1)
		}
	}
	return flat
}
