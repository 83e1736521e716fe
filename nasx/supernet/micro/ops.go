package micro

import (
	. "github.com/gomlx/gomlx/core/graph"
	"naslab.dev/nasx/supernet/internal/layers"
)

// normalize is batch normalisation per channel of [.., h, w, batch]. A channel of
// zeros stays zero.
func normalize(x *Node) *Node { return layers.Normalize(x, -3, -2, -1) }

// pointwise is a 1×1 convolution without bias.
//
//	kernel   [in, out]
//	x        [in, h, w, batch]
//	returns  [out, h, w, batch]
func pointwise(kernel, x *Node) *Node { return DotGeneral(kernel, []int{0}, nil, x, []int{0}, nil) }

// factorizedReduce halves an image: ReLU, two 1×1 convolutions of stride 2, the
// second one pixel further down and right, one above the other, normalised.
//
//	x  [in, h, w, batch], h and w even
func factorizedReduce(w *weights, name string, x *Node) *Node {
	x = layers.ReLU(x)
	even := Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2), AxisRange())
	odd := Slice(x, AxisRange(), AxisRange(1).Stride(2), AxisRange(1).Stride(2), AxisRange())
	a, b := w.param(name+"/a"), w.param(name+"/b")
	return normalize(Concatenate([]*Node{pointwise(a, even), pointwise(b, odd)}, 0))
}

// bandPixels is the largest image, in pixels, whose depthwise convolution is a
// product with a matrix. At 16×16 pixels such a matrix has 256 kB a channel.
const bandPixels = 256

// depthwise convolves every channel with its own kernels, zero padding on all sides,
// and adds up the kernels' results:
//
//	y[i, j] = Σ_kernels Σ_ab tap[a, b]·x[i + a − k/2, j + b − k/2]
//
//	x     [2 branches, C, h, w, batch]
//	taps  [2, Σ k², C], the kernels one after the other
//
// It is a linear map of a channel's pixels. For small images it is cheapest as just
// that: a product with a matrix [pixels out, pixels in] that has the taps along a few
// diagonals. For large ones it is a sum of shifted images.
func depthwise(x, taps *Node) *Node {
	dims := x.Shape().Dimensions
	height, width := dims[2], dims[3]
	if height*width > bandPixels {
		return shiftedSum(x, taps)
	}
	at := ConstAsDType(x.Graph(), x.DType(), bands(height, width))
	matrix := DotGeneral(taps, []int{1}, nil, at, []int{0}, nil) // [2, C, pixels·pixels]
	matrix = Reshape(matrix, 2*dims[1], height*width, height*width)
	y := DotGeneral(matrix, []int{2}, []int{0}, Reshape(x, 2*dims[1], height*width, dims[4]), []int{1}, []int{0})
	return Reshape(y, dims...)
}

// offsets lists where the taps of all kernels lie, (row, column) from the centre.
func offsets() [][2]int {
	var list [][2]int
	for _, k := range sides {
		for a := range k {
			for b := range k {
				list = append(list, [2]int{a - k/2, b - k/2})
			}
		}
	}
	return list
}

// bands turns taps into matrices, [taps][pixels out·pixels in]: 1 where a tap leads
// from a pixel in to a pixel out.
func bands(height, width int) [][]float64 {
	pixels := height * width
	var rows [][]float64
	for _, at := range offsets() {
		row := make([]float64, pixels*pixels)
		for out := range pixels {
			i, j := out/width+at[0], out%width+at[1]
			if i >= 0 && i < height && j >= 0 && j < width {
				row[out*pixels+i*width+j] = 1
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// shiftedSum is depthwise for large images.
func shiftedSum(x, taps *Node) *Node {
	dims, pad := x.Shape().Dimensions, sides[len(sides)-1]/2
	padded := layers.Border(layers.Border(x, 2, pad, 0), 3, pad, 0)
	var sum *Node
	for t, at := range offsets() {
		row, column := pad+at[0], pad+at[1]
		image := Slice(padded, AxisRange(), AxisRange(),
			AxisRange(row, row+dims[2]), AxisRange(column, column+dims[3]), AxisRange())
		term := Mul(image, Reshape(Slice(taps, AxisRange(), AxisElem(t)), 2, dims[1], 1, 1, 1))
		if sum == nil {
			sum = term
		} else {
			sum = Add(sum, term)
		}
	}
	return sum
}

// avgPool is 3×3 average pooling of stride 1 over the pixels that exist: sums along
// columns and rows over their numbers.
//
//	x  [nodes, C, h, w, batch]
func avgPool(x *Node) *Node {
	dims := x.Shape().Dimensions
	counts := make([][]float64, dims[2])
	for i := range counts {
		for j := range dims[3] {
			counts[i] = append(counts[i], float64(layers.Covered(i, dims[2])*layers.Covered(j, dims[3])))
		}
	}
	count := Reshape(ConstAsDType(x.Graph(), x.DType(), counts), 1, 1, dims[2], dims[3], 1)
	return Div(layers.SumOfThree(layers.SumOfThree(x, 3, layers.Border), 2, layers.Border), count)
}

// maxPool is 3×3 maximum pooling of stride 1, padded with −∞: maxima along rows, then
// along columns.
//
//	x  [nodes, C, h, w, batch]
func maxPool(x *Node) *Node {
	return layers.MaxOfThree(layers.MaxOfThree(x, 3, layers.Border), 2, layers.Border)
}
