package supernet

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// Between its depthwise and its pointwise part a separable convolution has no
// non-linearity, so the two are one dense convolution with kernel
// K[a, b, i, o] = D[a, b, i]·P[i, o]. That is more arithmetic, and several times
// faster than the backend's grouped convolution and its gradients. It serves images
// that are too large for banded matrices.

// denseFirst is bandFirst by dense convolutions, all targets' outputs side by side.
func (n *Network) denseFirst(w values, g group, x *Node) *Node {
	m, batch := len(g.to), x.Shape().Dimensions[3]
	var outs []*Node
	for s, from := range g.from {
		image := TransposeAllAxes(Slice(x, AxisRange(s*g.channel, (s+1)*g.channel)), 3, 1, 2, 0)
		for _, op := range n.opsWith(isConv) {
			k, name := kernelOf(op), denseName(g, from, op)
			depth, point := w.param(name+"depth1"), w.param(name+"point1")
			kernel := Mul(ExpandDims(depth, -1), ExpandDims(point, 0, 0)) // [k, k, in, targets, out]
			y := convolve(image, Reshape(kernel, k, k, g.channel, m*g.channel), g.stride, dilationOf(op))
			y = Reshape(y, batch, g.height/g.stride, g.width/g.stride, m, g.channel)
			outs = append(outs, TransposeAllAxes(y, 3, 4, 1, 2, 0))
		}
	}
	return n.stacked(g, outs)
}

// denseSecond is bandSecond by one dense convolution per operation and edge.
func (n *Network) denseSecond(w values, g group, x *Node) *Node {
	var outs []*Node
	for s, from := range g.from {
		for i, op := range n.opsWith(isSep) {
			for j, to := range g.to {
				edge := fmt.Sprintf("%s%d/", denseName(g, from, op), to)
				kernel := Mul(ExpandDims(w.param(edge+"depth2"), -1), ExpandDims(w.param(edge+"point2"), 0, 0))
				image := Squeeze(Slice(x, AxisElem(s), AxisElem(i), AxisElem(j)), 0, 1, 2)
				y := convolve(TransposeAllAxes(image, 3, 1, 2, 0), kernel, 1, 1)
				outs = append(outs, ExpandDims(TransposeAllAxes(y, 3, 1, 2, 0), 0))
			}
		}
	}
	return n.stacked(g, outs)
}

// stacked puts feature maps [.., channels, h', w', batch], listed by source,
// operation and target, into one tensor with an axis for each.
func (n *Network) stacked(g group, outs []*Node) *Node {
	batch := outs[0].Shape().Dimensions[4]
	return Reshape(Concatenate(outs, 0), len(g.from), -1, len(g.to), g.channel,
		g.height/g.stride, g.width/g.stride, batch)
}

// convolve is a convolution with k/2·dilation zeros on both sides. The backend refuses
// stride and dilation together; with both equal to 2 and k odd the taps only ever meet
// every second pixel, so the image is thinned first.
//
//	image   [batch, h, w, in]
//	kernel  [k, k, in, out]
func convolve(image, kernel *Node, stride, dilation int) *Node {
	if stride == 2 && dilation == 2 {
		image = Slice(image, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2))
		stride, dilation = 1, 1
	}
	pad := kernel.Shape().Dimensions[0] / 2 * dilation
	return Convolve(image, kernel).Strides(stride).Dilations(dilation).
		PaddingPerDim([][2]int{{pad, pad}, {pad, pad}}).Done()
}
