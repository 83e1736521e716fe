package supernet

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/space"
)

// The fast form computes what plain.go defines in fewer and larger operations:
//
//   - Feature maps are [channels, height, width, batch]. Pointwise convolutions are
//     then matrix products without a transposition, and shifts move whole batches.
//   - All edges that leave one node are computed together, m edges at a time: one
//     ReLU, one pooling, one product for the first stage of all convolutions.
//   - A separable convolution of a small image is a product with banded matrices
//     (bands.go), of a large one a dense convolution (dense.go).
//   - Normalisation has its gradient written by hand.

// fastForward builds the class logits [batch, classes] from the stem's output
// [batch, h, w, stem].
func (n *Network) fastForward(w *weights, stem, z *Node) *Node {
	s0 := TransposeAllAxes(stem, 3, 1, 2, 0)
	s1 := s0
	for _, c := range n.cells {
		s0, s1 = s1, n.fastCell(w, c, s0, s1, z)
	}
	return classify(w, Transpose(ReduceMean(s1, 1, 2), 0, 1))
}

// fastCell builds one cell from s0, s1 [in, h, w, batch] to [nodes·channels, h', w', batch].
func (n *Network) fastCell(w *weights, c cell, s0, s1, z *Node) *Node {
	nodes := n.fastPreprocess(w, c, s0, s1)
	inflow := make([]*Node, n.cfg.Nodes+2) // Σ over the edges seen so far, per node
	for from := range n.cfg.Nodes + 1 {
		if from >= 2 {
			nodes = append(nodes, inflow[from])
		}
		mixed := n.fastSource(w, c, from, nodes[from], z)
		for i, to := range targets(n.cfg.Nodes, from) {
			edge := mixed[i]
			if inflow[to] == nil {
				inflow[to] = edge
			} else {
				inflow[to] = Add(inflow[to], edge)
			}
		}
	}
	return Concatenate(append(nodes[2:], inflow[n.cfg.Nodes+1]), 0)
}

// targets lists the nodes that edges from a node lead to.
func targets(nodes, from int) []int {
	var list []int
	for to := max(2, from+1); to < nodes+2; to++ {
		list = append(list, to)
	}
	return list
}

// fastPreprocess is preprocess with channels first.
func (n *Network) fastPreprocess(w *weights, c cell, s0, s1 *Node) []*Node {
	prefix := cellName(c)
	var pre0 *Node
	if c.prevReduction {
		a := ExpandDims(w.param(prefix+"/pre0/a"), 0)
		b := ExpandDims(w.param(prefix+"/pre0/b"), 0)
		pre0 = Squeeze(n.fastReduce(relu(s0), a, b), 0)
	} else {
		pre0 = n.fastNormalize(product(w.param(prefix+"/pre0/conv"), relu(s0)), 1)
	}
	return []*Node{pre0, n.fastNormalize(product(w.param(prefix+"/pre1/conv"), relu(s1)), 1)}
}

// product is a pointwise convolution with channels first.
//
//	kernel  [in, out]
//	x       [in, ...]
//	returns [out, ...]
func product(kernel, x *Node) *Node {
	return DotGeneral(kernel, []int{0}, nil, x, []int{0}, nil)
}

// fastSource returns what node from contributes to each of its targets: one
// Σ_k z[edge, k]·O_k(x), [channels, h', w', batch], per target.
//
//	x  [channels, h, w, batch]
func (n *Network) fastSource(w *weights, c cell, from int, x, z *Node) []*Node {
	to := targets(n.cfg.Nodes, from)
	m, dims := len(to), x.Shape().Dimensions
	stride := c.stride(from)
	height, width := dims[1]/stride, dims[2]/stride

	rows := make([]*Node, m) // z of these edges
	for i, node := range to {
		row := edgeRow(from, node)
		if c.reduction {
			row += edgeCount(n.cfg.Nodes)
		}
		rows[i] = Slice(z, AxisElem(row))
	}
	mix := Concatenate(rows, 0) // [m, K]

	var sum *Node // [m, channels, h', w', batch]
	add := func(op int, y *Node) {
		weight := Reshape(Slice(mix, AxisRange(), AxisElem(op)), m, 1, 1, 1, 1)
		term := Mul(weight, y)
		if sum == nil {
			sum = term
		} else {
			sum = Add(sum, term)
		}
	}
	convs := n.fastConvs(w, c, from, relu(x), stride)
	for k, op := range n.cfg.Ops {
		switch {
		case op == space.OpNone: // exact zeros, and ∂L/∂z = 0
		case isConv(op):
			add(k, convs[op])
		case op == space.OpMaxPool:
			add(k, ExpandDims(n.fastNormalize(fastMaxPool(x, stride), 1), 0))
		case op == space.OpAvgPool:
			add(k, ExpandDims(n.fastNormalize(fastAvgPool(x, stride), 1), 0))
		case stride == 2:
			add(k, n.fastSkip(w, c, from, relu(x)))
		default:
			add(k, ExpandDims(x, 0))
		}
	}
	if sum == nil {
		zero := ScalarZero(x.Graph(), x.DType())
		sum = BroadcastToDims(zero, m, dims[0], height, width, dims[3])
	}
	if sum.Shape().Dimensions[0] == 1 && m > 1 {
		sum = BroadcastToDims(sum, m, dims[0], height, width, dims[3])
	}
	parts := make([]*Node, m)
	for i := range parts {
		parts[i] = Squeeze(Slice(sum, AxisElem(i)), 0)
	}
	return parts
}

// fastConvs applies the separable and dilated convolutions of all edges that leave a
// node, after their ReLU.
//
//	x        [channels, h, w, batch], ≥ 0
//	returns  [edges, channels, h', w', batch] by operation
func (n *Network) fastConvs(w *weights, c cell, from int, x *Node, stride int) map[string]*Node {
	convs, seps := n.opsWith(isConv), n.opsWith(isSep)
	if len(convs) == 0 {
		return nil
	}
	m := len(targets(n.cfg.Nodes, from))
	first, second := n.bandFirst, n.bandSecond
	if x.Shape().Dimensions[1]*x.Shape().Dimensions[2] > bandPixels {
		first, second = n.denseFirst, n.denseSecond
	}
	y := n.fastNormalize(first(w, c, from, x, stride), 2)
	done := make(map[string]*Node, len(convs))
	var halves []*Node
	for i, op := range convs {
		done[op] = Slice(y, AxisRange(i*m, (i+1)*m))
		if isSep(op) {
			halves = append(halves, done[op])
		}
	}
	if len(seps) == 0 {
		return done
	}
	y = n.fastNormalize(second(w, c, from, relu(Concatenate(halves, 0))), 2)
	for i, op := range seps {
		done[op] = Slice(y, AxisRange(i*m, (i+1)*m))
	}
	return done
}

// opsWith lists the network's operations that pick accepts.
func (n *Network) opsWith(pick func(op string) bool) []string {
	var list []string
	for _, op := range n.cfg.Ops {
		if pick(op) {
			list = append(list, op)
		}
	}
	return list
}

// kernels returns one operation's depthwise kernels for all edges that leave a node,
// [edges, k·k, channels].
func (n *Network) kernels(w *weights, c cell, from int, op, part string) *Node {
	var names []string
	for _, to := range targets(n.cfg.Nodes, from) {
		names = append(names, edgeName(c, from, to)+"/"+op+"/"+part)
	}
	k := kernelOf(op)
	return Reshape(w.stack(names), len(names), k*k, c.channels)
}

// pointwises returns the pointwise kernels of all picked operations and edges that
// leave a node, [operations·edges, in, out].
func (n *Network) pointwises(w *weights, c cell, from int, pick func(string) bool, part string) *Node {
	var names []string
	n.eachEdge(c, from, pick, func(edge, op string) { names = append(names, edge+"/"+op+"/"+part) })
	return w.stack(names)
}

// fastSkip is the stride-2 skip of all edges that leave a node, each with its own
// weights: x ≥ 0 [channels, h, w, batch] to [edges, channels, h', w', batch].
func (n *Network) fastSkip(w *weights, c cell, from int, x *Node) *Node {
	var names []string
	n.eachEdge(c, from, isSkip, func(edge, op string) {
		names = append(names, edge+"/"+op+"/a", edge+"/"+op+"/b")
	})
	both := w.stack(names) // [2·edges, channels, channels/2]: a, b, a, b, …
	a := Slice(both, AxisRange().Stride(2))
	b := Slice(both, AxisRange(1).Stride(2))
	return n.fastReduce(x, a, b)
}

// fastReduce is factorizedReduce after its ReLU, for m pairs of kernels at once.
//
//	x        [in, h, w, batch], ≥ 0
//	a, b     [m, in, out/2]
//	returns  [m, out, h/2, w/2, batch]
func (n *Network) fastReduce(x, a, b *Node) *Node {
	even := Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2))
	odd := Slice(x, AxisRange(), AxisRange(1).Stride(2), AxisRange(1).Stride(2))
	half := func(kernel, image *Node) *Node {
		return DotGeneral(kernel, []int{1}, nil, image, []int{0}, nil)
	}
	return n.fastNormalize(Concatenate([]*Node{half(a, even), half(b, odd)}, 1), 2)
}

// fastNormalize is normalize for channels on the first axes: it normalises over all
// axes from first on. With y the result and s = √(variance + ε), the gradient that
// arrives at x is
//
//	∂L/∂x = (∂L/∂y − mean(∂L/∂y) − y·mean(∂L/∂y·y)) / s
//
// which differentiation would spread over three times the passes through memory.
func (n *Network) fastNormalize(x *Node, first int) *Node {
	if n.cfg.Norm == NormNone {
		return x
	}
	var axes []int
	for axis := first; axis < x.Rank(); axis++ {
		axes = append(axes, axis)
	}
	mean := func(v *Node) *Node { return ReduceAndKeep(v, ReduceMean, axes...) }
	fixed := StopGradient(x)
	centred := Sub(fixed, mean(fixed))
	scale := Sqrt(AddScalar(mean(Square(centred)), normEpsilon))
	y := Div(centred, scale)
	carrier := IdentityWithCustomGradient(x, func(_, v *Node) *Node {
		return Div(Sub(Sub(v, mean(v)), Mul(y, mean(Mul(v, y)))), scale)
	})
	return Add(y, Sub(carrier, StopGradient(carrier))) // the value of y, the gradient of carrier
}

// fastAvgPool is avgPool with channels first, as a product with a constant matrix.
func fastAvgPool(x *Node, stride int) *Node {
	dims := x.Shape().Dimensions
	height, width := dims[1]/stride, dims[2]/stride
	counts := poolCounts(dims[1], dims[2], stride)[0]
	matrix := make([][]float64, height*width)
	for out := range matrix {
		i, j := out/width, out%width
		matrix[out] = make([]float64, dims[1]*dims[2])
		for a := max(0, i*stride-1); a <= min(dims[1]-1, i*stride+1); a++ {
			for b := max(0, j*stride-1); b <= min(dims[2]-1, j*stride+1); b++ {
				matrix[out][a*dims[2]+b] = 1 / counts[i][j][0]
			}
		}
	}
	y := DotGeneral(Reshape(x, dims[0], dims[1]*dims[2], dims[3]), []int{1}, nil,
		ConstAsDType(x.Graph(), x.DType(), matrix), []int{1}, nil) // [channels, batch, pixels]
	return Reshape(TransposeAllAxes(y, 0, 2, 1), dims[0], height, width, dims[3])
}

// fastMaxPool is maxPool with channels first: maxima along columns of maxima along rows.
func fastMaxPool(x *Node, stride int) *Node {
	for axis := 1; axis <= 2; axis++ {
		dims := x.Shape().Clone().Dimensions
		size := dims[axis]
		dims[axis] = 1
		border := BroadcastToDims(Scalar(x.Graph(), x.DType(), math.Inf(-1)), dims...)
		padded := Concatenate([]*Node{border, x, border}, axis)
		window := func(at int) *Node {
			return SliceAxis(padded, axis, AxisRange(at, at+(size-1)/stride*stride+1).Stride(stride))
		}
		x = Max(Max(window(0), window(1)), window(2))
	}
	return x
}
