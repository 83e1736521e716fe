package supernet

import . "github.com/gomlx/gomlx/core/graph"

// Between its depthwise and its pointwise part a separable convolution has no
// non-linearity, so the two are one dense convolution with kernel
// K[a, b, i, o] = D[a, b, i]·P[i, o]. That is more arithmetic, and several times
// faster than the backend's grouped convolution and its gradients. It serves images
// that are too large for banded matrices.

// denseFirst is bandFirst by dense convolutions, all edges' outputs side by side.
func (n *Network) denseFirst(w *weights, c cell, from int, x *Node, stride int) *Node {
	dims := x.Shape().Dimensions
	channels, batch := dims[0], dims[3]
	convs := n.opsWith(isConv)
	m := len(targets(n.cfg.Nodes, from))
	points := n.pointwises(w, c, from, isConv, "pointwise1") // [operations·edges, in, out]
	image := TransposeAllAxes(x, 3, 1, 2, 0)
	outs := make([]*Node, len(convs))
	for i, op := range convs {
		k := kernelOf(op)
		kernel := denseKernel(n.kernels(w, c, from, op, "depthwise1"), Slice(points, AxisRange(i*m, (i+1)*m)))
		kernel = Reshape(TransposeAllAxes(kernel, 1, 2, 0, 3), k, k, channels, m*channels)
		y := convolve(image, kernel, stride, dilationOf(op))
		y = Reshape(y, batch, dims[1]/stride, dims[2]/stride, m, channels)
		outs[i] = TransposeAllAxes(y, 3, 4, 1, 2, 0)
	}
	return Concatenate(outs, 0)
}

// denseSecond is bandSecond by one dense convolution per operation and edge.
func (n *Network) denseSecond(w *weights, c cell, from int, x *Node) *Node {
	channels := x.Shape().Dimensions[1]
	m := len(targets(n.cfg.Nodes, from))
	points := n.pointwises(w, c, from, isSep, "pointwise2")
	var outs []*Node
	for i, op := range n.opsWith(isSep) {
		k := kernelOf(op)
		kernels := denseKernel(n.kernels(w, c, from, op, "depthwise2"), Slice(points, AxisRange(i*m, (i+1)*m)))
		for edge := range m {
			image := TransposeAllAxes(Squeeze(Slice(x, AxisElem(i*m+edge)), 0), 3, 1, 2, 0)
			kernel := Reshape(Slice(kernels, AxisElem(edge)), k, k, channels, channels)
			y := TransposeAllAxes(convolve(image, kernel, 1, 1), 3, 1, 2, 0)
			outs = append(outs, ExpandDims(y, 0))
		}
	}
	return Concatenate(outs, 0)
}

// denseKernel multiplies out depthwise and pointwise kernels.
//
//	depth    [edges, k·k, in]
//	point    [edges, in, out]
//	returns  [edges, k·k, in, out]
func denseKernel(depth, point *Node) *Node {
	return Mul(ExpandDims(depth, -1), ExpandDims(point, 1))
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
