package supernet

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

// flows are the inner products of one cell's gradient with its feature maps.
type flows struct {
	edge   map[[2]int]float64 // R_ij = <∂L/∂x_j, Σ_k z_k·O_k(x_i)>
	node   map[int]float64    // <∂L/∂x_j, x_j>
	direct map[int]float64    // the part of it that leaves by the cell's output
}

// measure builds a cell edge by edge from the definition's own pieces, adds a zero
// to every node, edge and output, and differentiates a random linear loss of the
// output squared once by those zeros.
func measure(t *testing.T, norm Norm, reduction bool) flows {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem, cfg.DType, cfg.Norm = 1, 3, 4, 4, dtypes.Float64, norm
	cfg.Height, cfg.Width = 4, 4
	if reduction {
		cfg.Reductions = []int{0}
	} else {
		cfg.Reductions = nil
	}
	net, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	edges := space.Cells{Nodes: cfg.Nodes, Ops: cfg.Ops}.Edges()
	var names [][2]int
	out, err := ExecOnceN(b, func(g *Graph) []*Node {
		w := &weights{net: net, flat: Const(g, net.Initial(1))}
		c := net.cells[0]
		x := make([]*Node, 2) // [3, 4, 4, channels]
		for i := range x {
			x[i] = Reshape(Const(g, noise(3*4*4*c.channels, i)), 3, 4, 4, c.channels)
		}
		z := Softmax(Reshape(Const(g, noise(2*len(edges)*len(cfg.Ops), 3)), 2*len(edges), len(cfg.Ops)), -1)
		var zeros, values, ends []*Node
		tap := func(y *Node) *Node {
			zero := ZerosLike(y)
			zeros, values = append(zeros, zero), append(values, y)
			return Add(y, zero)
		}
		for to := 2; to < cfg.Nodes+2; to++ {
			var sum *Node
			for from := range to {
				mixed := tap(net.mixedOp(w, c, from, to, x[from], z))
				names = append(names, [2]int{from, to})
				if sum == nil {
					sum = mixed
				} else {
					sum = Add(sum, mixed)
				}
			}
			node := tap(sum)
			names = append(names, [2]int{-1, to})
			x = append(x, node)
			ends = append(ends, tap(node))
			names = append(names, [2]int{-2, to})
		}
		joined := Concatenate(ends, -1)
		loss := ReduceAllSum(Square(Mul(joined, Reshape(Const(g, noise(joined.Shape().Size(), 4)), joined.Shape().Dimensions...))))
		grads := Gradient(loss, zeros...)
		results := make([]*Node, len(zeros))
		for i := range zeros {
			results[i] = ReduceAllSum(Mul(grads[i], values[i]))
		}
		return results
	})
	if err != nil {
		t.Fatal(err)
	}
	f := flows{map[[2]int]float64{}, map[int]float64{}, map[int]float64{}}
	for i, name := range names {
		switch value := scalar(out[i]); name[0] {
		case -1:
			f.node[name[1]] = value
		case -2:
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
