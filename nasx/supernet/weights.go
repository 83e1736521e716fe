package supernet

import (
	"cmp"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// weights hands out pieces of the flat vector inside a graph, each as its own node,
// and puts their gradients together again as one flat vector. (The gradient of the
// vector itself would pad every piece to full length and add them all up.)
type weights struct {
	net    *Network
	flat   *Node // [P]
	blocks []block
}

// block is a contiguous piece of the flat vector.
type block struct {
	offset, size int
	node         *Node // [size]
}

// param returns one parameter in its shape.
func (w *weights) param(name string) *Node {
	i, found := w.net.byName[name]
	if !found {
		exceptions.Panicf("supernet: network has no weights named %q", name)
	}
	p := w.net.params[i]
	return Reshape(w.slice(p.Offset, p.Size()), p.Shape...)
}

// stack returns parameters of equal shape that stand side by side in the flat vector
// as one node [len(names), shape...].
func (w *weights) stack(names []string) *Node {
	first := w.net.params[w.net.byName[names[0]]]
	for i, name := range names {
		p := w.net.params[w.net.byName[name]]
		if p.Offset != first.Offset+i*first.Size() || !slices.Equal(p.Shape, first.Shape) {
			exceptions.Panicf("supernet: weights %q do not follow %q with the same shape", name, names[0])
		}
	}
	node := w.slice(first.Offset, len(names)*first.Size())
	return Reshape(node, append([]int{len(names)}, first.Shape...)...)
}

// slice returns elements offset to offset+size, remembered for gradient.
func (w *weights) slice(offset, size int) *Node {
	for _, b := range w.blocks {
		if b.offset == offset && b.size == size {
			return b.node
		}
	}
	node := Slice(w.flat, AxisRange(offset, offset+size))
	w.blocks = append(w.blocks, block{offset, size, node})
	return node
}

// gradient returns ∂loss/∂flat [P] and the gradients for the extra nodes. Weights
// that no block was taken of have gradient zero.
func (w *weights) gradient(loss *Node, extra ...*Node) (flat *Node, others []*Node) {
	slices.SortFunc(w.blocks, func(a, b block) int { return cmp.Compare(a.offset, b.offset) })
	nodes := make([]*Node, 0, len(w.blocks)+len(extra))
	for _, b := range w.blocks {
		nodes = append(nodes, b.node)
	}
	grads := Gradient(loss, append(nodes, extra...)...)
	var pieces []*Node
	end := 0
	for i, b := range w.blocks {
		if b.offset < end {
			exceptions.Panicf("supernet: weights at %d are taken twice, in different blocks", b.offset)
		}
		pieces = append(pieces, w.zeros(b.offset-end)...)
		pieces = append(pieces, grads[i])
		end = b.offset + b.size
	}
	pieces = append(pieces, w.zeros(w.net.size-end)...)
	return Concatenate(pieces, 0), grads[len(w.blocks):]
}

// zeros returns one node of n zeros, or nothing for n = 0.
func (w *weights) zeros(n int) []*Node {
	if n == 0 {
		return nil
	}
	return []*Node{BroadcastToDims(ScalarZero(w.flat.Graph(), w.flat.DType()), n)}
}
