package supernet

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/layers"
)

// Between its depthwise and its pointwise part a separable convolution has no
// non-linearity, so the two are one dense convolution with kernel
// K[a, b, i, o] = D[a, b, i]·P[i, o]. That is more arithmetic, and several times
// faster than the backend's grouped convolution and its gradients. It serves images
// that are too large for banded matrices; feature maps are [batch, h, w, channels],
// those of several edges side by side in the last axis.

// denseCell is fastCell for large images: s0, s1 [batch, h, w, in] to
// [batch, h', w', nodes·channels].
func (n *Network) denseCell(w values, c cell, s0, s1 *Node) *Node {
	inputs := n.densePreprocess(w, c, s0, s1)
	inflow := make([]*Node, n.cfg.Nodes+2)
	for i, g := range n.groups(c) {
		sources := inputs
		if i > 0 {
			sources = inflow[g.from[0]]
		}
		for j, edge := range n.denseGroup(w, g, sources) {
			if to := g.to[j]; inflow[to] == nil {
				inflow[to] = edge
			} else {
				inflow[to] = Add(inflow[to], edge)
			}
		}
	}
	return Concatenate(inflow[2:], -1)
}

// densePreprocess is preprocess, both inputs side by side: [batch, h, w, 2·channels].
func (n *Network) densePreprocess(w values, c cell, s0, s1 *Node) *Node {
	prefix := cellName(c)
	pre1 := pointwise(layers.ReLU(s1), w.param(prefix+"/pre1/conv"))
	var pre0 *Node
	if c.prevReduction {
		even, odd := corners(layers.ReLU(s0))
		pre0 = Concatenate([]*Node{
			pointwise(even, w.param(prefix+"/pre0/a")), pointwise(odd, w.param(prefix+"/pre0/b")),
		}, -1)
	} else {
		pre0 = pointwise(layers.ReLU(s0), w.param(prefix+"/pre0/conv"))
	}
	return n.fastNormalize(Concatenate([]*Node{pre0, pre1}, -1), 0, 1, 2)
}

// corners returns every second pixel of [batch, h, w, channels], from the first on
// and from one further down and right on.
func corners(x *Node) (even, odd *Node) {
	return Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2)),
		Slice(x, AxisRange(), AxisRange(1).Stride(2), AxisRange(1).Stride(2))
}

// denseGroup is fastGroup for large images: x [batch, h, w, sources·channels] to
// [batch, h', w', channels] per target.
func (n *Network) denseGroup(w values, g group, x *Node) []*Node {
	out := make([]*Node, len(g.to))
	add := func(j int, y *Node) {
		if out[j] == nil {
			out[j] = y
		} else {
			out[j] = Add(out[j], y)
		}
	}
	positive := layers.ReLU(x)
	shared := n.denseShared(g, x)
	for s, from := range g.from {
		part := func(y *Node, size, i int) *Node {
			return SliceAxis(y, -1, AxisRange(i*size, (i+1)*size))
		}
		own := n.denseOwn(w, g, s, from, part(positive, g.channel, s))
		for _, op := range n.cfg.Ops {
			if op == space.OpNone {
				continue // exact zeros, and ∂L/∂z = 0
			}
			mix := Squeeze(Slice(w.param(g.name+"mix/"+op), AxisElem(s)), 0) // [targets]
			if y := own[op]; y != nil {
				perChannel := BroadcastToDims(Reshape(mix, len(g.to), 1), len(g.to), g.channel)
				y = Mul(y, Reshape(perChannel, 1, 1, 1, -1))
				for j := range g.to {
					add(j, part(y, g.channel, j))
				}
				continue
			}
			y := part(shared[op], g.channel, s)
			for j := range g.to {
				add(j, Mul(y, Reshape(Slice(mix, AxisElem(j)), 1, 1, 1, 1)))
			}
		}
	}
	for j, y := range out {
		if y == nil { // every candidate is "none"
			dims := x.Shape().Dimensions
			zero := ScalarZero(x.Graph(), x.DType())
			out[j] = BroadcastToDims(zero, dims[0], dims[1]/g.stride, dims[2]/g.stride, g.channel)
		}
	}
	return out
}

// denseShared applies the operations that all edges of a source share, to all sources
// at once: [batch, h', w', sources·channels] by operation.
func (n *Network) denseShared(g group, x *Node) map[string]*Node {
	done := make(map[string]*Node)
	for _, op := range n.cfg.Ops {
		switch {
		case op == space.OpMaxPool:
			done[op] = n.fastNormalize(fastMaxPool(x, g.stride), 0, 1, 2)
		case op == space.OpAvgPool:
			done[op] = n.fastNormalize(denseAvgPool(x, g.stride), 0, 1, 2)
		case isSkip(op) && g.stride == 1:
			done[op] = x
		}
	}
	return done
}

// denseOwn applies the operations that have weights to one source, after its ReLU:
// [batch, h', w', targets·channels] by operation.
//
//	x  [batch, h, w, channels], ≥ 0
func (n *Network) denseOwn(w values, g group, s, from int, x *Node) map[string]*Node {
	done, m := make(map[string]*Node), len(g.to)
	for _, op := range n.cfg.Ops {
		k, name := kernelOf(op), denseName(g, from, op)
		switch {
		case isConv(op):
			depth, point := w.param(name+"depth1"), w.param(name+"point1")
			kernel := Mul(ExpandDims(depth, -1), ExpandDims(point, 0, 0)) // [k, k, in, targets, out]
			y := convolve(x, Reshape(kernel, k, k, g.channel, m*g.channel), g.stride, dilationOf(op))
			done[op] = n.fastNormalize(y, 0, 1, 2)
			if isSep(op) {
				done[op] = n.denseSecond(w, g, name, k, layers.ReLU(done[op]))
			}
		case isSkip(op) && g.stride == 2:
			even, odd := corners(x)
			half := func(kernels string, image *Node) *Node { // [batch, h', w', targets, channels/2]
				kernel := Squeeze(Slice(w.param(g.name+"skip/"+kernels), AxisElem(s)), 0)
				return DotGeneral(image, []int{3}, nil, kernel, []int{1}, nil)
			}
			y := Concatenate([]*Node{half("a", even), half("b", odd)}, -1)
			dims := y.Shape().Dimensions
			done[op] = n.fastNormalize(Reshape(y, dims[0], dims[1], dims[2], m*g.channel), 0, 1, 2)
		}
	}
	return done
}

// denseSecond is the second half of a separable convolution, one dense convolution per
// target: x [batch, h, w, targets·channels] to the same shape.
func (n *Network) denseSecond(w values, g group, name string, k int, x *Node) *Node {
	outs := make([]*Node, len(g.to))
	for j, to := range g.to {
		edge := fmt.Sprintf("%s%d/", name, to)
		kernel := Mul(ExpandDims(w.param(edge+"depth2"), -1), ExpandDims(w.param(edge+"point2"), 0, 0))
		image := SliceAxis(x, -1, AxisRange(j*g.channel, (j+1)*g.channel))
		outs[j] = convolve(image, Reshape(kernel, k, k, g.channel, g.channel), 1, 1)
	}
	return n.fastNormalize(Concatenate(outs, -1), 0, 1, 2)
}

// convolve is a convolution with k/2·dilation zeros on both sides. The backend refuses
// stride and dilation together; with both equal to 2 and k odd the taps only ever meet
// every second pixel, so the image is thinned first.
//
//	image   [batch, h, w, in]
//	kernel  [k, k, in, out]
func convolve(image, kernel *Node, stride, dilation int) *Node {
	if stride == 2 && dilation == 2 {
		image = everySecond(image, 2)
		stride, dilation = 1, 1
	}
	pad := kernel.Shape().Dimensions[0] / 2 * dilation
	return Convolve(image, kernel).Strides(stride).Dilations(dilation).
		PaddingPerDim([][2]int{{pad, pad}, {pad, pad}}).Done()
}
