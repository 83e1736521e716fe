package supernet

import (
	"cmp"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// A depthwise convolution is a linear map of each channel's pixels, and so of those of
// a tile and its margin. It is cheapest as just that: a product with a matrix
// [pixels out, pixels in] whose entries are the kernel's taps along a few diagonals.

// family is a set of convolutions that share their matrices' places.
type family struct {
	kind      string
	ops       []string
	positions [][2]int // of taps, in pixels that are apart
	apart     int      // 2 for dilated kernels in tiles: these only ever meet every second pixel
	margin    int      // of a tile, in pixels that are apart
	dilation  int      // of kernels, in pixels that are apart
}

// families lists the first convolutions of all operations. The gaps of dilated
// kernels would cost much in many tiles, so that every second pixel is brought
// together first.
func (n *Network) families(t tiling) []family {
	var list []family
	for _, f := range []family{
		{kind: kindSep, ops: n.opsWith(isSep), apart: 1, dilation: 1},
		{kind: kindDil, ops: n.opsWith(isDil), apart: 1, dilation: 2},
	} {
		if len(f.ops) == 0 {
			continue
		}
		if f.dilation == 2 && !t.whole() && t.even() {
			f.apart, f.dilation = 2, 1
		}
		f.positions = tapPositions(f.ops, f.dilation)
		if !t.whole() {
			f.margin = reach(f.positions)
		}
		list = append(list, f)
	}
	return list
}

// reach is the largest offset among positions.
func reach(positions [][2]int) int {
	most := 0
	for _, at := range positions {
		most = max(most, at[0], at[1])
	}
	return most
}

// bandFirst is the first depthwise and pointwise convolution of a family.
//
//	x        [sources·channels, h, w, rows, columns, batch]
//	returns  [sources·operations·targets, channels, h', w', rows, columns, batch]
func (n *Network) bandFirst(w values, g group, f family, x *Node) *Node {
	s, convolutions, stride := len(g.from), len(f.ops)*len(g.to), g.stride
	dims, phases := x.Shape().Dimensions, 1 // of every second pixel, along either axis, that are looked at
	switch {
	case f.apart == 2 && stride == 2:
		x, stride = everySecond(x, 2), 1
	case f.apart == 2:
		phases = 2
		x = Reshape(x, dims[0], dims[1]/2, 2, dims[2]/2, 2, dims[3], dims[4], dims[5])
		x = TransposeAllAxes(x, 0, 1, 3, 2, 4, 5, 6, 7)
	}
	y := bandProduct(w.param(g.name+"taps1/"+f.kind), x, f.positions, f.margin, stride)
	out := g.tiles.scaled(1, g.stride)
	y = Reshape(y, s, g.channel, convolutions, out.height/phases, out.width/phases, phases, phases, -1)
	y = TransposeAllAxes(y, 0, 2, 1, 3, 5, 4, 6, 7) // pixels to their places, channels before them
	y = Reshape(y, s*convolutions, g.channel, -1)
	y = DotGeneral(w.param(g.name+"points1/"+f.kind), []int{1}, []int{0}, y, []int{1}, []int{0})
	return Reshape(y, s*convolutions, g.channel, out.height, out.width, out.rows, out.columns, dims[5])
}

// bandSecond is the second half of the separable convolutions.
//
//	x        [sources·operations·targets, channels, h, w, rows, columns, batch]
//	returns  the same shape
func (n *Network) bandSecond(w values, g group, x *Node) *Node {
	dims, margin := x.Shape().Dimensions, 0
	positions := tapPositions(n.opsWith(isSep), 1)
	if !g.tiles.whole() {
		margin = reach(positions)
	}
	x = Reshape(x, append([]int{dims[0] * dims[1]}, dims[2:]...)...)
	y := bandProduct(w.param(g.name+"taps2"), x, positions, margin, 1)
	y = DotGeneral(w.param(g.name+"points2"), []int{1}, []int{0}, Reshape(y, dims[0], dims[1], -1), []int{1}, []int{0})
	return Reshape(y, dims...)
}

// bandProduct convolves each channel with its own kernels.
//
//	taps     [.., positions], the leading axes channels·kernels
//	x        [channels, h, w, .., rows, columns, batch]
//	returns  [channels, kernels·h'·w', ..·rows·columns·batch]
func bandProduct(taps, x *Node, positions [][2]int, margin, stride int) *Node {
	dims := x.Shape().Dimensions
	height, width := dims[1]/stride, dims[2]/stride
	if margin > 0 {
		x = halo(halo(x, 1, margin, 0), 2, margin, 0)
	}
	at := bandConstant(x, positions, margin, stride, height, width)
	bands := DotGeneral(taps, []int{taps.Rank() - 1}, nil, at, []int{0}, nil)
	in := (dims[1] + 2*margin) * (dims[2] + 2*margin)
	bands = Reshape(bands, dims[0], -1, in)
	return DotGeneral(bands, []int{2}, []int{0}, Reshape(x, dims[0], in, -1), []int{1}, []int{0})
}

// tapPositions lists the offsets (row, column) from the centre that any of the
// operations' kernels reaches, in order.
func tapPositions(ops []string, dilation int) [][2]int {
	var list [][2]int
	for _, op := range ops {
		for half, a := kernelOf(op)/2, 0; a < kernelOf(op); a++ {
			for b := range kernelOf(op) {
				at := [2]int{(a - half) * dilation, (b - half) * dilation}
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
// an offset leads from a pixel in, of a tile with its margin, to a pixel out.
func bandConstant(like *Node, positions [][2]int, margin, stride, height, width int) *Node {
	rowsIn, columnsIn := like.Shape().Dimensions[1], like.Shape().Dimensions[2]
	rows := make([][]float64, len(positions))
	for p, at := range positions {
		rows[p] = make([]float64, height*width*rowsIn*columnsIn)
		for out := range height * width {
			i := out/width*stride + at[0] + margin
			j := out%width*stride + at[1] + margin
			if i >= 0 && i < rowsIn && j >= 0 && j < columnsIn {
				rows[p][(out*rowsIn+i)*columnsIn+j] = 1
			}
		}
	}
	return ConstAsDType(like.Graph(), like.DType(), rows)
}
