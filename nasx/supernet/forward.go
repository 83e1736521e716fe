package supernet

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
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
	if n.cfg.Form == Fast {
		w := newArranged(n, flat, z)
		return n.fastForward(w, n.stem(w, images)), w
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

// crossEntropy returns the mean loss in nats and the accuracy as a fraction, both [].
//
//	logits  [batch, classes]
//	labels  [batch], int32
func crossEntropy(logits, labels *Node) (loss, accuracy *Node) {
	if labels.DType() != dtypes.Int32 {
		exceptions.Panicf("supernet: labels are %s, want Int32", labels.DType())
	}
	classes := logits.Shape().Dimensions[1]
	target := OneHot(labels, classes, logits.DType())
	shifted := Sub(logits, StopGradient(ReduceAndKeep(logits, ReduceMax, -1)))
	logSum := Log(ReduceSum(Exp(shifted), -1))
	loss = ReduceAllMean(Sub(logSum, ReduceSum(Mul(shifted, target), -1)))
	hit := Equal(ArgMax(logits, -1, dtypes.Int32), labels)
	accuracy = ReduceAllMean(ConvertDType(hit, logits.DType()))
	return loss, accuracy
}

// isFinite says whether a loss can be learned from.
func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
