package micro

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// weights hands out parameters inside a graph and puts their gradients together
// again as one flat vector. (The gradient of the vector itself would pad every piece
// to full length and add them all up.)
type weights struct {
	net   *Network
	flat  *Node   // [P]
	parts []*Node // by parameter, nil where it was not asked for yet
}

func newWeights(net *Network, flat *Node) *weights {
	return &weights{net: net, flat: flat, parts: make([]*Node, len(net.Params()))}
}

// param returns one parameter in its shape.
func (w *weights) param(name string) *Node {
	i, found := w.net.layout.Index(name)
	if !found {
		exceptions.Panicf("supernet/micro: network has no weights named %q", name)
	}
	p := w.net.Params()[i]
	if w.parts[i] == nil {
		w.parts[i] = Slice(w.flat, AxisRange(p.Offset, p.Offset+p.Size()))
	}
	return Reshape(w.parts[i], p.Shape...)
}

// gradient returns ∂loss/∂weights [P]. Every parameter has a part in the loss.
func (w *weights) gradient(loss *Node) *Node { return Concatenate(Gradient(loss, w.parts...), 0) }
