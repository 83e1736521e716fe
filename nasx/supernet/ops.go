package supernet

import (
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"naslab.dev/nasx/supernet/internal/layers"
)

// normalize is batch normalisation without gain and offset, over the statistics of
// the batch at hand: (x − mean)/√(variance + ε) per channel.
//
//	x  [batch, h, w, channels]
func (n *Network) normalize(x *Node) *Node {
	if n.cfg.Norm == NormNone {
		return x
	}
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, 0, 1, 2))
	variance := ReduceAndKeep(Square(centred), ReduceMean, 0, 1, 2)
	return Div(centred, Sqrt(AddScalar(variance, layers.NormEpsilon)))
}

// pointwise is a 1×1 convolution without bias.
//
//	x       [batch, h, w, in]
//	kernel  [in, out]
func pointwise(x, kernel *Node) *Node {
	return DotGeneral(x, []int{3}, nil, kernel, []int{0}, nil)
}

// depthwise convolves every channel with its own kernel, zero padding on both sides:
//
//	y[i, j, c] = Σ_ab kernel[a, b, c] · x[stride·i + dilation·a − pad, stride·j + dilation·b − pad, c]
//
//	x       [batch, h, w, channels]
//	kernel  [k, k, channels]
func (n *Network) depthwise(x, kernel *Node, stride, dilation, pad int) *Node {
	k := kernel.Shape().Dimensions[0]
	if n.cfg.on(x.Graph().Backend()) == Native {
		return nativeDepthwise(x, kernel, stride, dilation, pad)
	}
	padded := padImage(x, pad, 0)
	var sum *Node
	for a := range k {
		for b := range k {
			tap := Reshape(Slice(kernel, AxisElem(a), AxisElem(b)), 1, 1, 1, -1)
			term := Mul(shifted(padded, x, dilation*a, dilation*b, stride), tap)
			if sum == nil {
				sum = term
			} else {
				sum = Add(sum, term)
			}
		}
	}
	return sum
}

// nativeDepthwise is depthwise as the backend's own operation, a convolution with a group
// for every channel. That refuses stride and dilation together; with both 2, all taps meet
// the same quarter of the pixels, and the padding is of even size.
func nativeDepthwise(x, kernel *Node, stride, dilation, pad int) *Node {
	if stride == 2 && dilation == 2 {
		x = Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2))
		stride, dilation, pad = 1, 1, pad/2
	}
	dims := kernel.Shape().Dimensions
	return Convolve(x, Reshape(kernel, dims[0], dims[1], 1, dims[2])).ChannelGroupCount(dims[2]).
		Strides(stride).Dilations(dilation).PaddingPerDim([][2]int{{pad, pad}, {pad, pad}}).Done()
}

// shifted returns every stride-th pixel of a padded image from (row, column) on, as
// many as an operation of this stride makes of x.
func shifted(padded, x *Node, row, column, stride int) *Node {
	height := (x.Shape().Dimensions[1]-1)/stride*stride + 1
	width := (x.Shape().Dimensions[2]-1)/stride*stride + 1
	return Slice(padded, AxisRange(),
		AxisRange(row, row+height).Stride(stride), AxisRange(column, column+width).Stride(stride))
}

// padImage puts pad rows and columns of one value around an image. (Concatenation,
// since the backend's Pad has no gradient.)
func padImage(x *Node, pad int, value float64) *Node {
	if pad == 0 {
		return x
	}
	for axis := 1; axis <= 2; axis++ {
		dims := x.Shape().Clone().Dimensions
		dims[axis] = pad
		border := BroadcastToDims(Scalar(x.Graph(), x.DType(), value), dims...)
		x = Concatenate([]*Node{border, x, border}, axis)
	}
	return x
}

// maxPool is 3×3 maximum pooling, padded with −∞.
func maxPool(x *Node, stride int) *Node {
	padded := padImage(x, 1, math.Inf(-1))
	var y *Node
	for a := range 3 {
		for b := range 3 {
			tap := shifted(padded, x, a, b, stride)
			if y == nil {
				y = tap
			} else {
				y = Max(y, tap)
			}
		}
	}
	return y
}

// avgPool is 3×3 average pooling over the pixels that exist.
func avgPool(x *Node, stride int) *Node {
	padded := padImage(x, 1, 0)
	var y *Node
	for a := range 3 {
		for b := range 3 {
			tap := shifted(padded, x, a, b, stride)
			if y == nil {
				y = tap
			} else {
				y = Add(y, tap)
			}
		}
	}
	dims := x.Shape().Dimensions
	counts := poolCounts(dims[1], dims[2], stride)
	return Div(y, ConstAsDType(x.Graph(), x.DType(), counts))
}

// poolCounts returns how many pixels each 3×3 window covers, [1][h'][w'][1].
func poolCounts(height, width, stride int) [][][][]float64 {
	rows := make([][][]float64, 0, height)
	for i := 0; i < height; i += stride {
		var row [][]float64
		for j := 0; j < width; j += stride {
			row = append(row, []float64{float64(layers.Covered(i, height) * layers.Covered(j, width))})
		}
		rows = append(rows, row)
	}
	return [][][][]float64{rows}
}

// factorizedReduce halves an image: ReLU, two 1×1 convolutions of stride 2, the
// second one pixel further down and right, side by side, normalised.
//
//	x     [batch, h, w, in], h and w even
//	a, b  [in, out/2]
func (n *Network) factorizedReduce(x, a, b *Node) *Node {
	x = layers.ReLU(x)
	even := Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2))
	odd := Slice(x, AxisRange(), AxisRange(1).Stride(2), AxisRange(1).Stride(2))
	return n.normalize(Concatenate([]*Node{pointwise(even, a), pointwise(odd, b)}, -1))
}

// nodeShape is the shape of a cell's nodes for the batch of s1.
func (n *Network) nodeShape(c cell, s1 *Node) shapes.Shape {
	height, width := c.outSize()
	return shapes.Make(s1.DType(), s1.Shape().Dimensions[0], height, width, c.channels)
}
