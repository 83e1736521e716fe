package supernet

import (
	"cmp"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// values hands out weights inside a graph and puts their gradients together again as
// one flat vector. (The gradient of the vector itself would pad every piece to full
// length and add them all up.) *weights does so for the plain form, *arranged for the
// fast one.
type values interface {
	// param returns one parameter in its shape.
	param(name string) *Node

	// gradient returns ∂loss/∂weights [P] and ∂loss/∂z [2E, K].
	gradient(loss *Node) (flat, z *Node)

	// gradientOfZ returns ∂loss/∂z [2E, K] alone.
	gradientOfZ(loss *Node) *Node
}

// weights are the parameters as they are listed.
type weights struct {
	net    *Network
	flat   *Node // [P]
	z      *Node // [2E, K]
	blocks []block
}

// block is a contiguous piece of a vector.
type block struct {
	offset, size int
	node         *Node // [size]
}

// sortBlocks brings blocks into the order of the vector.
func sortBlocks(blocks []block) {
	slices.SortFunc(blocks, func(a, b block) int { return cmp.Compare(a.offset, b.offset) })
}

// param returns one parameter's place. It is for building graphs, where names are
// the network's own.
func (n *Network) param(name string) Param {
	i, found := n.layout.Index(name)
	if !found {
		exceptions.Panicf("supernet: network has no weights named %q", name)
	}
	return n.Params()[i]
}

func (w *weights) param(name string) *Node {
	p := w.net.param(name)
	for _, b := range w.blocks {
		if b.offset == p.Offset {
			return Reshape(b.node, p.Shape...)
		}
	}
	node := Slice(w.flat, AxisRange(p.Offset, p.Offset+p.Size()))
	w.blocks = append(w.blocks, block{p.Offset, p.Size(), node})
	return Reshape(node, p.Shape...)
}

func (w *weights) gradient(loss *Node) (flat, z *Node) {
	sortBlocks(w.blocks)
	nodes := make([]*Node, 0, len(w.blocks)+1)
	for _, b := range w.blocks {
		nodes = append(nodes, b.node)
	}
	grads := Gradient(loss, append(nodes, w.z)...)
	var pieces []*Node
	end := 0
	for i, b := range w.blocks {
		pieces = append(pieces, w.zeros(b.offset-end)...)
		pieces = append(pieces, grads[i])
		end = b.offset + b.size
	}
	pieces = append(pieces, w.zeros(w.net.Size()-end)...)
	return Concatenate(pieces, 0), grads[len(w.blocks)]
}

func (w *weights) gradientOfZ(loss *Node) *Node { return Gradient(loss, w.z)[0] }

// zeros returns one node of n zeros, or nothing for n = 0.
func (w *weights) zeros(n int) []*Node {
	if n == 0 {
		return nil
	}
	return []*Node{BroadcastToDims(ScalarZero(w.flat.Graph(), w.flat.DType()), n)}
}
