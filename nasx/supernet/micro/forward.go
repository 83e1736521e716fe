package micro

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet/internal/layers"
)

// Feature maps are [channels, height, width, batch]: shifts then move whole batches
// and pointwise convolutions are matrix products.

// chosen is an architecture in a graph, see [choice].
type chosen struct{ inputs, ops, loose *Node }

// forward builds the class logits of a batch.
//
//	images   [batch, height, width, input channels]
//	z        the architecture
//	returns  [batch, classes]
func (n *Network) forward(w *weights, images *Node, z chosen) *Node {
	images = ConvertDType(images, n.cfg.DType)
	images.AssertDims(images.Shape().Dimensions[0], n.cfg.Height, n.cfg.Width, n.cfg.InputChannels)
	s1 := stem(w, images)
	s0 := s1
	for _, c := range n.cells {
		if c.reduction {
			s0, s1 = s1, factorizedReduce(w, cellName(c)+"/reduce", s1)
		}
		s0, s1 = s1, n.cell(w, c, input(w, c, 0, s0), input(w, c, 1, s1), z)
	}
	features := Transpose(ReduceMean(layers.ReLU(s1), 1, 2), 0, 1)
	return Add(Dot(features, w.param("classifier/weights")).Product(),
		ExpandLeftToRank(w.param("classifier/bias"), 2))
}

// stem is a 3×3 convolution and a normalisation with gain and offset, no ReLU:
// [batch, h, w, in] to [channels, h, w, batch].
func stem(w *weights, images *Node) *Node {
	x := Convolve(images, w.param("stem/conv")).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
	perChannel := func(name string) *Node { return Reshape(w.param(name), -1, 1, 1, 1) }
	return Add(Mul(normalize(TransposeAllAxes(x, 3, 1, 2, 0)), perChannel("stem/gain")), perChannel("stem/offset"))
}

// input brings input i of a cell to the cell's channels and size. One that fits
// passes as it is.
func input(w *weights, c cell, i int, s *Node) *Node {
	name := fmt.Sprintf("%s/input%d", cellName(c), i)
	switch {
	case c.reduction && i == 0:
		return factorizedReduce(w, name, s)
	case c.in[i] != c.channels:
		return normalize(pointwise(w.param(name+"/conv"), layers.ReLU(s)))
	}
	return s
}

// cell builds one cell: node_j = op_1(node_i1) + op_2(node_i2), and of the nodes
// that none reads ReLU, 1×1 convolution and normalisation.
//
//	s0, s1   [C, h, w, batch]
//	returns  [C, h, w, batch]
func (n *Network) cell(w *weights, c cell, s0, s1 *Node, z chosen) *Node {
	nodes := Stack([]*Node{s0, s1}, 0) // [nodes so far, C, h, w, batch]
	fixed := weightless(nodes)         // what they are after each operation without weights
	for b := range n.cfg.Blocks {
		at := []SliceAxisSpec{AxisElem(c.half()), AxisElem(b)}
		earlier := b + cellspace.Inputs
		index := Slice(Reshape(Slice(z.inputs, at...), 2, -1), AxisRange(), AxisRange(0, earlier)) // [2, earlier]
		op := Reshape(Slice(z.ops, at...), 2, numOps)                                              // [2, 5]
		x := combine(index, nodes)                                                                 // [2, C, h, w, batch]
		row := DotGeneral(index, []int{1}, []int{0}, w.param(rowsName(c, earlier)), []int{1}, []int{0})
		node := Add(ReduceSum(separable(x, row, op), 0), pickFixed(index, op, fixed))
		node = ExpandDims(node, 0)
		nodes = Concatenate([]*Node{nodes, node}, 0)
		if b+1 < n.cfg.Blocks {
			fixed = Concatenate([]*Node{fixed, weightless(node)}, 1)
		}
	}
	loose := Reshape(Slice(z.loose, AxisElem(c.half())), -1, 1, 1)
	kernel := Mul(w.param(cellName(c)+"/output"), loose) // [nodes, C, C], zeros for what is used
	all := cellspace.Inputs + n.cfg.Blocks
	dims := s1.Shape().Dimensions
	nodes = Reshape(nodes, all*dims[0], dims[1], dims[2], dims[3])
	return normalize(pointwise(Reshape(kernel, all*c.channels, c.channels), layers.ReLU(nodes)))
}

// combine is a sum of feature maps, Σ_n weights[.., n]·maps[n]: with one-hot rows it
// picks.
//
//	weights  [m, n]
//	maps     [n, C, h, w, batch]
//	returns  [m, C, h, w, batch]
func combine(weights, maps *Node) *Node {
	dims := maps.Shape().Clone().Dimensions
	y := Dot(weights, Reshape(maps, dims[0], -1)).Product()
	dims[0] = weights.Shape().Dimensions[0]
	return Reshape(y, dims...)
}

// weightless applies the operations that have no weights: average pooling, maximum
// pooling, identity.
//
//	x        [nodes, C, h, w, batch]
//	returns  [3 operations, nodes, C, h, w, batch]
func weightless(x *Node) *Node { return Stack([]*Node{avgPool(x), maxPool(x), x}, 0) }

// pickFixed adds up what the two branches of a node get from operations without
// weights: Σ_branch Σ_n Σ_k index[branch, n]·op[branch, k]·fixed[k, n].
func pickFixed(index, op, fixed *Node) *Node {
	without := Slice(op, AxisRange(), AxisRange(len(sides)))
	pairs := Reshape(Dot(Transpose(without, 0, 1), index).Product(), 1, -1) // [1, operations·nodes]
	dims := fixed.Shape().Dimensions
	maps := Reshape(fixed, dims[0]*dims[1], dims[2], dims[3], dims[4], dims[5])
	return Squeeze(combine(pairs, maps), 0)
}

// separable is the separable convolution that each branch chose; a branch that chose
// none gets zeros, since its kernels are zero. Between the depthwise and the
// pointwise part stands no non-linearity.
//
//	x        [2 branches, C, h, w, batch]
//	row      [2, row], the chosen weight rows
//	op       [2, 5], one-hot
//	returns  the shape of x
func separable(x, row, op *Node) *Node {
	channels, taps := x.Shape().Dimensions[1], 0
	var owner [][]float64 // [operations, taps], 1 where a tap is of the operation's kernel
	for _, k := range sides {
		taps += k * k
	}
	for k, end := 0, 0; k < numOps; k++ {
		owner = append(owner, make([]float64, taps))
		if k < len(sides) {
			fill(owner[k][end:end+sides[k]*sides[k]], 1)
			end += sides[k] * sides[k]
		}
	}
	own := Dot(op, ConstAsDType(op.Graph(), op.DType(), owner)).Product() // [2, taps]
	with := Slice(op, AxisRange(), AxisRange(0, len(sides)))              // [2, 2 operations]
	width := rowSize(channels) / stacks
	for stack := range stacks {
		part := Slice(row, AxisRange(), AxisRange(stack*width, (stack+1)*width))
		depth := Reshape(Slice(part, AxisRange(), AxisRange(0, taps*channels)), 2, taps, channels)
		depth = Mul(depth, ExpandDims(own, -1))
		point := Reshape(Slice(part, AxisRange(), AxisRange(taps*channels)), 2, len(sides), channels, channels)
		point = DotGeneral(with, []int{1}, []int{0}, point, []int{1}, []int{0}) // [2, C, C]
		x = depthwise(layers.ReLU(x), depth)
		x = normalize(DotGeneral(point, []int{1}, []int{0}, x, []int{1}, []int{0}))
	}
	return x
}
