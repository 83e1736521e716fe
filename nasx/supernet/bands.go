package supernet

import (
	"cmp"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// A depthwise convolution is a linear map of each channel's pixels. For small images
// it is cheapest as just that: a product with a matrix [pixels out, pixels in] whose
// entries are the kernel's taps along a few diagonals.

// bandPixels is the largest image, in pixels out, that banded matrices are used for.
// At 14×14 they would take 50 MB a group.
const bandPixels = 64

// bandFirst is the first depthwise and pointwise convolution of every convolution
// of a group.
//
//	x        [sources·channels, h, w, batch]
//	returns  [sources, operations, targets, channels, h', w', batch]
func (n *Network) bandFirst(w values, g group, x *Node) *Node {
	s, m, batch := len(g.from), len(g.to), x.Shape().Dimensions[3]
	convs := n.opsWith(isConv)
	height, width := g.height/g.stride, g.width/g.stride
	at := bandConstant(x, tapPositions(convs, dilationOf), g.stride, g.height, g.width)
	bands := DotGeneral(w.param(g.name+"taps1"), []int{4}, nil, at, []int{0}, nil)
	bands = Reshape(bands, s*g.channel, len(convs)*m*height*width, g.height*g.width)
	x = Reshape(x, s*g.channel, g.height*g.width, batch)
	y := DotGeneral(bands, []int{2}, []int{0}, x, []int{1}, []int{0})
	y = TransposeAllAxes(Reshape(y, s, g.channel, len(convs)*m, height*width*batch), 0, 2, 1, 3)
	y = Reshape(y, s*len(convs)*m, g.channel, height*width*batch)
	points := Reshape(w.param(g.name+"points1"), s*len(convs)*m, g.channel, g.channel)
	y = DotGeneral(points, []int{1}, []int{0}, y, []int{1}, []int{0})
	return Reshape(y, s, len(convs), m, g.channel, height, width, batch)
}

// bandSecond is the second half of the separable convolutions.
//
//	x        [sources, operations, targets, channels, h, w, batch]
//	returns  the same shape
func (n *Network) bandSecond(w values, g group, x *Node) *Node {
	dims := x.Shape().Dimensions
	convolutions, pixels, batch := dims[0]*dims[1]*dims[2], dims[4]*dims[5], dims[6]
	positions := tapPositions(n.opsWith(isSep), func(string) int { return 1 })
	at := bandConstant(x, positions, 1, dims[4], dims[5])
	bands := DotGeneral(w.param(g.name+"taps2"), []int{4}, nil, at, []int{0}, nil)
	bands = Reshape(bands, convolutions*g.channel, pixels, pixels)
	y := DotGeneral(bands, []int{2}, []int{0}, Reshape(x, convolutions*g.channel, pixels, batch), []int{1}, []int{0})
	points := Reshape(w.param(g.name+"points2"), convolutions, g.channel, g.channel)
	y = DotGeneral(points, []int{1}, []int{0}, Reshape(y, convolutions, g.channel, pixels*batch), []int{1}, []int{0})
	return Reshape(y, dims...)
}

// tapPositions lists the offsets (row, column) from the centre that any of the
// operations' kernels reaches, in order.
func tapPositions(ops []string, dilation func(op string) int) [][2]int {
	var list [][2]int
	for _, op := range ops {
		for half, d, a := kernelOf(op)/2, dilation(op), 0; a < kernelOf(op); a++ {
			for b := range kernelOf(op) {
				at := [2]int{(a - half) * d, (b - half) * d}
				if !slices.Contains(list, at) {
					list = append(list, at)
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return list
}

// tapOf returns which tap of a k×k kernel has the given offset from the centre.
func tapOf(k, dilation int, at [2]int) (row, column int, found bool) {
	if at[0]%dilation != 0 || at[1]%dilation != 0 {
		return 0, 0, false
	}
	row, column = at[0]/dilation+k/2, at[1]/dilation+k/2
	return row, column, row >= 0 && row < k && column >= 0 && column < k
}

// bandConstant turns taps into matrices, [positions, pixels out·pixels in]: 1 where
// an offset leads from a pixel in to a pixel out, zero padding on both sides.
func bandConstant(like *Node, positions [][2]int, stride, height, width int) *Node {
	pixels, outs := height*width, (height/stride)*(width/stride)
	rows := make([][]float64, len(positions))
	for p, at := range positions {
		rows[p] = make([]float64, outs*pixels)
		for out := range outs {
			i := out/(width/stride)*stride + at[0]
			j := out%(width/stride)*stride + at[1]
			if i >= 0 && i < height && j >= 0 && j < width {
				rows[p][out*pixels+i*width+j] = 1
			}
		}
	}
	return ConstAsDType(like.Graph(), like.DType(), rows)
}
