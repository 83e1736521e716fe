package supernet

import . "github.com/gomlx/gomlx/core/graph"

// A depthwise convolution is a linear map of each channel's pixels. For small images
// it is cheapest as just that: a product with a matrix [pixels out, pixels in] whose
// entries are the kernel's taps along a few diagonals.

// bandPixels is the largest image, in pixels, that banded matrices are used for. At
// 8×8 they take a third of the time of dense convolutions; at 14×14 they would be as
// slow and take 50 MB a node.
const bandPixels = 64

// bandFirst is the first depthwise and pointwise convolution of every convolution
// on the edges that leave a node.
//
//	x        [channels, h, w, batch]
//	returns  [operations·edges, channels, h', w', batch]
func (n *Network) bandFirst(w *weights, c cell, from int, x *Node, stride int) *Node {
	dims := x.Shape().Dimensions
	channels, height, width, batch := dims[0], dims[1], dims[2], dims[3]
	pixels := (height / stride) * (width / stride)
	var bands []*Node // per operation [channels, edges·pixels out, pixels in]
	for _, op := range n.opsWith(isConv) {
		kernels := TransposeAllAxes(n.kernels(w, c, from, op, "depthwise1"), 2, 0, 1)
		taps := bandTaps(x, kernelOf(op), dilationOf(op), stride, height, width)
		band := DotGeneral(kernels, []int{2}, nil, taps, []int{0}, nil)
		bands = append(bands, Reshape(band, channels, -1, height*width))
	}
	y := DotGeneral(Concatenate(bands, 1), []int{2}, []int{0},
		Reshape(x, channels, height*width, batch), []int{1}, []int{0})
	y = Reshape(y, channels, -1, pixels*batch)
	y = DotGeneral(n.pointwises(w, c, from, isConv, "pointwise1"), []int{1}, []int{0}, y, []int{0}, []int{1})
	return Reshape(y, -1, channels, height/stride, width/stride, batch)
}

// bandSecond is the second half of the separable convolutions.
//
//	x        [operations·edges, channels, h, w, batch]
//	returns  the same shape
func (n *Network) bandSecond(w *weights, c cell, from int, x *Node) *Node {
	dims := x.Shape().Dimensions
	count, channels, height, width, batch := dims[0], dims[1], dims[2], dims[3], dims[4]
	pixels := height * width
	var bands []*Node // per operation [edges, channels, pixels, pixels]
	for _, op := range n.opsWith(isSep) {
		kernels := TransposeAllAxes(n.kernels(w, c, from, op, "depthwise2"), 0, 2, 1)
		taps := bandTaps(x, kernelOf(op), 1, 1, height, width)
		band := DotGeneral(kernels, []int{2}, nil, taps, []int{0}, nil)
		bands = append(bands, Reshape(band, -1, channels, pixels, pixels))
	}
	y := DotGeneral(Concatenate(bands, 0), []int{3}, []int{0, 1},
		Reshape(x, count, channels, pixels, batch), []int{2}, []int{0, 1})
	y = Reshape(y, count, channels, pixels*batch)
	y = DotGeneral(n.pointwises(w, c, from, isSep, "pointwise2"), []int{1}, []int{0}, y, []int{1}, []int{0})
	return Reshape(y, dims...)
}

// bandTaps returns the constant that turns kernels into banded matrices,
// [k·k, pixels out·pixels in]: entry (tap, out·pixels+in) is 1 where the tap carries
// pixel in to pixel out, zero padding on both sides.
func bandTaps(like *Node, k, dilation, stride, height, width int) *Node {
	pad := (k / 2) * dilation
	pixels, outs := height*width, (height/stride)*(width/stride)
	taps := make([][]float64, k*k)
	for tap := range taps {
		taps[tap] = make([]float64, outs*pixels)
		for out := range outs {
			i := out/(width/stride)*stride + tap/k*dilation - pad
			j := out%(width/stride)*stride + tap%k*dilation - pad
			if i >= 0 && i < height && j >= 0 && j < width {
				taps[tap][out*pixels+i*width+j] = 1
			}
		}
	}
	return ConstAsDType(like.Graph(), like.DType(), taps)
}
