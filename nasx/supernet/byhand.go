package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"
	"naslab.dev/nasx/supernet/internal/layers"
)

// Operations of the fast form whose gradients are written by hand.

// fastNormalize is normalize over the given axes.
func (n *Network) fastNormalize(x *Node, axes ...int) *Node {
	if n.cfg.Norm == NormNone {
		return x
	}
	return layers.Normalize(x, axes...)
}

// fastMaxPool is maxPool of images whose rows and columns are axes 1 and 2: maxima
// along rows, then along columns, which is also the order in which the first of equal
// pixels wins.
func fastMaxPool(x *Node, stride int) *Node {
	return everySecond(layers.MaxOfThree(layers.MaxOfThree(x, 2), 1), stride)
}

// everySecond thins axes 1 and 2 for stride 2.
func everySecond(x *Node, stride int) *Node {
	if stride == 1 {
		return x
	}
	return Slice(x, AxisRange(), AxisRange().Stride(stride), AxisRange().Stride(stride))
}

// fastAvgPool is avgPool of [channels, h, w, batch]: a product with a constant matrix.
func fastAvgPool(x *Node, stride int) *Node {
	dims := x.Shape().Dimensions
	height, width := dims[1]/stride, dims[2]/stride
	counts := poolCounts(dims[1], dims[2], stride)[0]
	rows := make([][]float64, height) // [out, in] along the columns of the image
	for i := range rows {
		rows[i] = window(i*stride, dims[1])
	}
	columns := make([][]float64, width)
	for j := range columns {
		columns[j] = window(j*stride, dims[2])
	}
	y := DotGeneral(ConstAsDType(x.Graph(), x.DType(), product(rows, columns)), []int{1}, nil,
		Reshape(x, dims[0], dims[1]*dims[2], dims[3]), []int{1}, nil) // [pixels, channels, batch]
	y = Reshape(TransposeAllAxes(y, 1, 0, 2), dims[0], height, width, dims[3])
	return Div(y, Reshape(ConstAsDType(x.Graph(), x.DType(), counts), 1, height, width, 1))
}

// denseAvgPool is avgPool for large images: sums along rows, then along columns.
func denseAvgPool(x *Node, stride int) *Node {
	dims := x.Shape().Dimensions
	y := everySecond(layers.SumOfThree(layers.SumOfThree(x, 2), 1), stride)
	return Div(y, ConstAsDType(x.Graph(), x.DType(), poolCounts(dims[1], dims[2], stride)))
}

// window marks the pixels that a window of three around a centre covers.
func window(centre, size int) []float64 {
	row := make([]float64, size)
	for i := max(0, centre-1); i <= min(size-1, centre+1); i++ {
		row[i] = 1
	}
	return row
}

// product is the Kronecker product of two matrices: a map of images from maps of
// their columns and rows.
func product(a, b [][]float64) [][]float64 {
	var rows [][]float64
	for _, down := range a {
		for _, across := range b {
			row := make([]float64, 0, len(down)*len(across))
			for _, u := range down {
				for _, v := range across {
					row = append(row, u*v)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}
