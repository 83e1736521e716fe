// Package layers holds what all search networks compute alike: layers whose
// gradients are written by hand, and the loss. Axes are those of the caller.
package layers

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// NormEpsilon keeps the square root of a normalisation away from zero, as in the
// references.
const NormEpsilon = 1e-5

// ReLU is max(x, 0), with gradient 0 at 0. What is not a number stays so.
func ReLU(x *Node) *Node {
	zero := ZerosLike(x)
	return Where(LessOrEqual(x, zero), zero, x)
}

// WithGradient returns the value of y with the gradient of back: where ∂L/∂y arrives,
// back says what ∂L/∂x is. y is a function of x of the same shape.
func WithGradient(x, y *Node, back func(v *Node) *Node) *Node {
	carrier := IdentityWithCustomGradient(x, func(_, v *Node) *Node { return back(v) })
	return Add(StopGradient(y), Sub(carrier, StopGradient(carrier)))
}

// Normalize is batch normalisation without gain and offset over the statistics of
// the batch at hand, (x − mean)/√(variance + ε) with both over the given axes. With y
// the result and s the root, the gradient that arrives at x is
//
//	∂L/∂x = (∂L/∂y − mean(∂L/∂y) − y·mean(∂L/∂y·y)) / s
//
// which differentiation would spread over three times the passes through memory.
func Normalize(x *Node, axes ...int) *Node {
	mean := func(v *Node) *Node { return ReduceAndKeep(v, ReduceMean, axes...) }
	fixed := StopGradient(x)
	centred := Sub(fixed, mean(fixed))
	scale := Sqrt(AddScalar(mean(Square(centred)), NormEpsilon))
	y := Div(centred, scale)
	return WithGradient(x, y, func(v *Node) *Node {
		return Div(Sub(Sub(v, mean(v)), Mul(y, mean(Mul(v, y)))), scale)
	})
}

// MaxOfThree replaces each element by the largest of itself and its two neighbours
// along an axis; around says what stands beside. An element gets the gradients of
// those windows, of three, in which it is the first of the largest: as their left,
// middle or right member.
func MaxOfThree(x *Node, axis int, around Surround) *Node {
	size := x.Shape().Dimensions[axis]
	padded := around(StopGradient(x), axis, 2, math.Inf(-1))
	at := func(offset int) *Node {
		return SliceAxis(padded, axis, AxisRange(2+offset, 2+offset+size))
	}
	y := Max(Max(at(-1), at(0)), at(1))
	return WithGradient(x, y, func(v *Node) *Node {
		wide := around(v, axis, 1, 0)
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

// SumOfThree replaces each element by the sum of itself and its two neighbours along
// an axis; around says what stands beside. Its gradient is the same sum of what
// arrives.
func SumOfThree(x *Node, axis int, around Surround) *Node {
	sum := func(v *Node) *Node {
		padded, size := around(v, axis, 1, 0), v.Shape().Dimensions[axis]
		at := func(i int) *Node { return SliceAxis(padded, axis, AxisRange(i, i+size)) }
		return Add(Add(at(0), at(1)), at(2))
	}
	return WithGradient(x, sum(StopGradient(x)), sum)
}

// Covered is how many of three neighbouring places around one exist.
func Covered(at, size int) int { return min(at+1, size-1) - max(at-1, 0) + 1 }

// Surround extends an axis by pad elements on either side; value stands beyond the
// image.
type Surround = func(x *Node, axis, pad int, value float64) *Node

// Border is the [Surround] of whole images: it puts pad equal values before and after an axis. (The backend's Pad has no
// gradient.)
func Border(x *Node, axis, pad int, value float64) *Node {
	dims := x.Shape().Clone().Dimensions
	dims[axis] = pad
	border := BroadcastToDims(Scalar(x.Graph(), x.DType(), value), dims...)
	return Concatenate([]*Node{border, x, border}, axis)
}

// CrossEntropy returns the mean loss in nats and the accuracy as a fraction, both [].
//
//	logits  [batch, classes]
//	labels  [batch], int32
func CrossEntropy(logits, labels *Node) (loss, accuracy *Node) {
	if labels.DType() != dtypes.Int32 {
		exceptions.Panicf("supernet: labels are %s, want Int32", labels.DType())
	}
	classes := logits.Shape().Dimensions[1]
	target := OneHot(labels, classes, logits.DType())
	shifted := Sub(logits, StopGradient(ReduceAndKeep(logits, ReduceMax, -1)))
	logSum := Log(ReduceSum(Exp(shifted), -1))
	loss = ReduceAllMean(Sub(logSum, ReduceSum(Mul(shifted, target), -1)))
	hit := Equal(ArgMax(logits, -1, dtypes.Int32), labels)
	accuracy = ReduceAllMean(ConvertDType(hit, logits.DType()))
	return loss, accuracy
}
