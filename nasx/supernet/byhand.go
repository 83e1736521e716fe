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

// normalizedMixture is Σ_k mix[k, t]·N(x)[k, t], N the normalisation of the network.
//
//	x        [terms, targets, channels, ..]
//	mix      [terms, targets]
//	returns  [targets, channels, ..]
func (n *Network) normalizedMixture(x, mix *Node) *Node {
	if n.cfg.Norm == NormNone {
		return ReduceSum(Mul(layers.ToRank(mix, x.Rank()), x), 0)
	}
	return layers.NormalizedMixture(x, mix)
}

// fastMaxPool is maxPool of tiles: maxima along rows, then along columns, which is
// also the order in which the first of equal pixels wins.
//
//	x  [channels, h, w, rows, columns, batch]
func fastMaxPool(x *Node, stride int) *Node {
	return everySecond(layers.MaxOfThree(layers.MaxOfThree(x, 2, halo), 1, halo), stride)
}

// everySecond thins axes 1 and 2 for stride 2.
func everySecond(x *Node, stride int) *Node {
	if stride == 1 {
		return x
	}
	return Slice(x, AxisRange(), AxisRange().Stride(stride), AxisRange().Stride(stride))
}

// fastAvgPool is avgPool of tiles [channels, h, w, rows, columns, batch]: of whole
// images a product with a constant matrix, else sums along rows, then along columns.
func fastAvgPool(x *Node, t tiling, stride int) *Node {
	dims := x.Shape().Dimensions
	var y *Node
	if t.whole() {
		y = wholeSums(x, stride)
	} else {
		y = everySecond(layers.SumOfThree(layers.SumOfThree(x, 2, halo), 1, halo), stride)
	}
	counts := ConstAsDType(x.Graph(), x.DType(), poolCounts(dims[1]*dims[3], dims[2]*dims[4], stride))
	return Div(y, tile(counts, t.scaled(1, stride)))
}

// wholeSums are the sums of fastAvgPool for images that are one tile.
func wholeSums(x *Node, stride int) *Node {
	dims := x.Shape().Dimensions
	height, width := dims[1]/stride, dims[2]/stride
	rows := make([][]float64, height) // [out, in] along the columns of the image
	for i := range rows {
		rows[i] = window(i*stride, dims[1])
	}
	columns := make([][]float64, width)
	for j := range columns {
		columns[j] = window(j*stride, dims[2])
	}
	y := DotGeneral(ConstAsDType(x.Graph(), x.DType(), product(rows, columns)), []int{1}, nil,
		Reshape(x, dims[0], dims[1]*dims[2], dims[5]), []int{1}, nil) // [pixels, channels, batch]
	return Reshape(TransposeAllAxes(y, 1, 0, 2), dims[0], height, width, 1, 1, dims[5])
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
