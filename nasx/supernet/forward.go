package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// forward builds the class logits of a batch.
//
//	flat     [P]
//	images   [batch, height, width, input channels]
//	z        [2E, K]
//	returns  [batch, classes], and what gives the gradients
func (n *Network) forward(flat, images, z *Node) (*Node, values) {
	images = ConvertDType(images, n.cfg.DType)
	batch := images.Shape().Dimensions[0]
	images.AssertDims(batch, n.cfg.Height, n.cfg.Width, n.cfg.InputChannels)
	z.AssertDims(2*edgeCount(n.cfg.Nodes), len(n.cfg.Ops))
	if n.cfg.on(flat.Graph().Backend()) == Fast {
		t := &tape{net: n, weights: flat, z: z}
		return n.fastForward(t, images), t
	}
	w := &weights{net: n, flat: flat, z: z}
	s0 := n.stem(w, images)
	s1 := s0
	for _, c := range n.cells {
		s0, s1 = s1, n.plainCell(w, c, s0, s1, z)
	}
	return classify(w, ReduceMean(s1, 1, 2)), w
}

// stem is a 3×3 convolution and a batch normalisation with gain and offset, no ReLU.
func (n *Network) stem(w values, images *Node) *Node {
	x := Convolve(images, w.param("stem/conv")).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
	return Add(Mul(n.normalize(x), ExpandLeftToRank(w.param("stem/gain"), 4)),
		ExpandLeftToRank(w.param("stem/offset"), 4))
}

// classify maps pooled features [batch, features] to logits [batch, classes].
func classify(w values, features *Node) *Node {
	return Add(Dot(features, w.param("classifier/weights")).Product(),
		ExpandLeftToRank(w.param("classifier/bias"), 2))
}
