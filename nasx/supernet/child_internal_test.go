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

// child builds the logits of a discrete network: one operation per edge, nothing
// mixed and nothing scaled.
func (n *Network) child(w values, images *Node, arch space.Arch) *Node {
	s0 := n.stem(w, images)
	s1 := s0
	for _, c := range n.cells {
		x := n.preprocess(w, c, s0, s1)
		for to := 2; to < n.cfg.Nodes+2; to++ {
			sum := Zeros(images.Graph(), n.nodeShape(c, s1))
			for from := range to {
				row := edgeRow(from, to)
				if c.reduction {
					row += edgeCount(n.cfg.Nodes)
				}
				if op := n.cfg.Ops[arch[row]]; op != space.OpNone {
					sum = Add(sum, n.plainOp(w, c, from, to, op, x[from]))
				}
			}
			x = append(x, sum)
		}
		s0, s1 = s1, Concatenate(x[2:], -1)
	}
	return classify(w, ReduceMean(s1, 1, 2))
}

// The search network with one-hot rows is the child network, with the same weights.
func TestOneHotSearchNetworkIsTheChild(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Nodes, cfg.Channels, cfg.Stem, cfg.DType, cfg.Height, cfg.Width = 2, 4, 4, dtypes.Float64, 4, 4
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	cells := space.Cells{Nodes: cfg.Nodes, Ops: cfg.Ops}
	for seed := range uint64(2) {
		arch := space.Sample(cells, key.Rand(seed, "arch", 0, 0))
		if seed == 0 { // node 2 of the normal cell has no input at all
			arch[0], arch[1] = 0, 0
		}
		onehot := space.OneHot(cells.Decisions(), arch)
		for _, form := range []Form{Plain, Fast} {
			cfg.Form = form
			net, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			out, err := ExecOnceN(b, func(g *Graph) []*Node {
				images := Reshape(Const(g, noise(3*4*4, 9)), 3, 4, 4, 1)
				flat := Const(g, net.Initial(2))
				mixed, _ := net.forward(flat, images, Const(g, onehot))
				return []*Node{mixed, net.child(&weights{net: net, flat: flat}, images, arch)}
			})
			if err != nil {
				t.Fatal(err)
			}
			mixed, child := flat.Floats(out[0]), flat.Floats(out[1])
			for i := range mixed {
				if !(math.Abs(mixed[i]-child[i]) <= 1e-9) {
					t.Fatalf("seed %d, form %d: search network gives %v, child %v", seed, form, mixed, child)
				}
			}
		}
	}
}
