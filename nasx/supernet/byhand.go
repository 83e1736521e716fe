package supernet

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Operations of the fast form whose gradients are written by hand.

// withGradient returns the value of y with the gradient of back: where ∂L/∂y arrives,
// back says what ∂L/∂x is. y is a function of x of the same shape.
func withGradient(x, y *Node, back func(v *Node) *Node) *Node {
	carrier := IdentityWithCustomGradient(x, func(_, v *Node) *Node { return back(v) })
	return Add(StopGradient(y), Sub(carrier, StopGradient(carrier)))
}

// fastNormalize is normalize over the given axes. With y the result and
// s = √(variance + ε), the gradient that arrives at x is
//
//	∂L/∂x = (∂L/∂y − mean(∂L/∂y) − y·mean(∂L/∂y·y)) / s
//
// which differentiation would spread over three times the passes through memory.
func (n *Network) fastNormalize(x *Node, axes ...int) *Node {
	if n.cfg.Norm == NormNone {
		return x
	}
	mean := func(v *Node) *Node { return ReduceAndKeep(v, ReduceMean, axes...) }
	fixed := StopGradient(x)
	centred := Sub(fixed, mean(fixed))
	scale := Sqrt(AddScalar(mean(Square(centred)), normEpsilon))
	y := Div(centred, scale)
	return withGradient(x, y, func(v *Node) *Node {
		return Div(Sub(Sub(v, mean(v)), Mul(y, mean(Mul(v, y)))), scale)
	})
}

// fastMaxPool is maxPool of images whose rows and columns are axes 1 and 2: maxima
// along rows, then along columns, which is also the order in which the first of equal
// pixels wins.
func fastMaxPool(x *Node, stride int) *Node {
	return everySecond(maxOfThree(maxOfThree(x, 2), 1), stride)
}

// everySecond thins axes 1 and 2 for stride 2.
func everySecond(x *Node, stride int) *Node {
	if stride == 1 {
		return x
	}
	return Slice(x, AxisRange(), AxisRange().Stride(stride), AxisRange().Stride(stride))
}

// maxOfThree replaces each element by the largest of itself and its two neighbours
// along an axis. An element gets the gradients of those windows, of three, in which
// it is the first of the largest: as their left, middle or right member.
func maxOfThree(x *Node, axis int) *Node {
	size := x.Shape().Dimensions[axis]
	padded := padAxis(StopGradient(x), axis, 2, math.Inf(-1))
	at := func(offset int) *Node {
		return SliceAxis(padded, axis, AxisRange(2+offset, 2+offset+size))
	}
	y := Max(Max(at(-1), at(0)), at(1))
	return withGradient(x, y, func(v *Node) *Node {
		wide := padAxis(v, axis, 1, 0)
		arriving := func(offset int) *Node {
			return SliceAxis(wide, axis, AxisRange(1+offset, 1+offset+size))
		}
		left := And(GreaterOrEqual(at(0), at(1)), GreaterOrEqual(at(0), at(2)))
		middle := And(GreaterThan(at(0), at(-1)), GreaterOrEqual(at(0), at(1)))
		right := And(GreaterThan(at(0), at(-1)), GreaterThan(at(0), at(-2)))
		zero := ZerosLike(v)
		return Add(Add(Where(left, arriving(1), zero), Where(middle, arriving(0), zero)),
			Where(right, arriving(-1), zero))
	})
}

// padAxis puts pad equal values before and after an axis.
func padAxis(x *Node, axis, pad int, value float64) *Node {
	dims := x.Shape().Clone().Dimensions
	dims[axis] = pad
	border := BroadcastToDims(Scalar(x.Graph(), x.DType(), value), dims...)
	return Concatenate([]*Node{border, x, border}, axis)
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
	y := everySecond(sumOfThree(sumOfThree(x, 2), 1), stride)
	return Div(y, ConstAsDType(x.Graph(), x.DType(), poolCounts(dims[1], dims[2], stride)))
}

// sumOfThree replaces each element by the sum of itself and its two neighbours along
// an axis; its gradient is the same sum of what arrives.
func sumOfThree(x *Node, axis int) *Node {
	sum := func(v *Node) *Node {
		padded, size := padAxis(v, axis, 1, 0), v.Shape().Dimensions[axis]
		at := func(i int) *Node { return SliceAxis(padded, axis, AxisRange(i, i+size)) }
		return Add(Add(at(0), at(1)), at(2))
	}
	return withGradient(x, sum(StopGradient(x)), sum)
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
