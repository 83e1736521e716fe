package supernet

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/flat"
)

// flows are the inner products of one cell's gradient with its feature maps.
type flows struct {
	edge   map[[2]int]float64 // R_ij = <∂L/∂x_j, Σ_k z_k·O_k(x_i)>
	node   map[int]float64    // <∂L/∂x_j, x_j>
	direct map[int]float64    // the part of it that leaves by the cell's output
}

// oneCell returns a network of one normal or reduction cell, small enough for
// doubles.
func oneCell(t *testing.T, norm Norm, reduction bool) *Network {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem, cfg.DType, cfg.Norm = 1, 3, 4, 4, dtypes.Float64, norm
	cfg.Height, cfg.Width, cfg.Reductions = 4, 4, nil
	if reduction {
		cfg.Reductions = []int{0}
	}
	net, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// Marks of a value that belongs to a node, in place of the edge's first node.
const (
	ofNode   = -1
	ofOutput = -2
)

// taps are values of the cell to which a zero was added, to differentiate by.
type taps struct {
	names         [][2]int // first node or mark, and node
	zeros, values []*Node
}

// add returns y plus a zero of its own.
func (p *taps) add(y *Node, from, to int) *Node {
	zero := ZerosLike(y)
	p.names, p.zeros, p.values = append(p.names, [2]int{from, to}), append(p.zeros, zero), append(p.values, y)
	return Add(y, zero)
}

// tapped builds the net's only cell edge by edge from the definition's own pieces
// on inputs of noise, with taps, and returns what leaves it.
func tapped(g *Graph, net *Network, p *taps) *Node {
	w, c := &weights{net: net, flat: Const(g, net.Initial(1))}, net.cells[0]
	x := make([]*Node, 2) // [3, 4, 4, channels]
	for i := range x {
		x[i] = Reshape(Const(g, noise(3*4*4*c.channels, i)), 3, 4, 4, c.channels)
	}
	nodes, ops := net.cfg.Nodes, net.cfg.Ops
	rows := 2 * len(space.Cells{Nodes: nodes, Ops: ops}.Edges())
	z := Softmax(Reshape(Const(g, noise(rows*len(ops), 3)), rows, len(ops)), -1)
	var ends []*Node
	for to := 2; to < nodes+2; to++ {
		var sum *Node
		for from := range to {
			mixed := p.add(net.mixedOp(w, c, from, to, x[from], z), from, to)
			if sum == nil {
				sum = mixed
			} else {
				sum = Add(sum, mixed)
			}
		}
		node := p.add(sum, ofNode, to)
		x = append(x, node)
		ends = append(ends, p.add(node, ofOutput, to))
	}
	return Concatenate(ends, -1)
}

// measure differentiates a random linear loss of a cell's output, squared, once
// by a zero at every node, edge and output.
func measure(t *testing.T, norm Norm, reduction bool) flows {
	t.Helper()
	net := oneCell(t, norm, reduction)
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	var p taps
	out, err := ExecOnceN(b, func(g *Graph) []*Node {
		p = taps{}
		joined := tapped(g, net, &p)
		factors := Const(g, noise(joined.Shape().Size(), 4))
		loss := ReduceAllSum(Square(Mul(joined, Reshape(factors, joined.Shape().Dimensions...))))
		results := Gradient(loss, p.zeros...)
		for i := range results {
			results[i] = ReduceAllSum(Mul(results[i], p.values[i]))
		}
		return results
	})
	if err != nil {
		t.Fatal(err)
	}
	f := flows{map[[2]int]float64{}, map[int]float64{}, map[int]float64{}}
	for i, name := range p.names {
		switch value := flat.Scalar(out[i]); name[0] {
		case ofNode:
			f.node[name[1]] = value
		case ofOutput:
			f.direct[name[1]] = value
		default:
			f.edge[name] = value
		}
	}
	return f
}

func noise(n, index int) []float64 {
	rng := key.Rand(5, "noise", 0, index)
	values := make([]float64, n)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return values
}

// Credit is conserved at every node: what its edges bring in is what it is worth,
// Σ_i R_ij = <∂L/∂x_j, x_j>, whatever the operations are. Without normalisation and
// biases it is also what the node passes on, Σ_m R_jm + the direct part; batch
// normalisation must break that on every node that has outgoing edges, else the
// second law would hold vacuously.
func TestCreditIsConserved(t *testing.T) {
	for _, reduction := range []bool{false, true} {
		for _, norm := range []Norm{NormNone, NormBatch} {
			f := measure(t, norm, reduction)
			worst := 0.0
			for node := 2; node < 5; node++ {
				in, through := 0.0, f.direct[node]
				for from := range node {
					in += f.edge[[2]int{from, node}]
				}
				for to := node + 1; to < 5; to++ {
					through += f.edge[[2]int{node, to}]
				}
				if off := math.Abs(in-f.node[node]) / math.Abs(in); !(off <= 1e-12) {
					t.Errorf("norm %d, node %d: edges bring %v, node is worth %v", norm, node, in, f.node[node])
				}
				if node < 4 {
					worst = max(worst, math.Abs(in-through)/math.Abs(in))
				}
			}
			if norm == NormNone && !(worst <= 1e-12) {
				t.Errorf("without normalisation nodes lose %.2g of their credit, want 0", worst)
			}
			if norm == NormBatch && !(worst > 0.01) {
				t.Errorf("with batch normalisation nodes lose %.2g of their credit, want more than 0.01", worst)
			}
		}
	}
}
