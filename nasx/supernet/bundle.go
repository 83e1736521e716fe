package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/kernels"
	"naslab.dev/nasx/space"
)

// op is an operation on all edges that leave a node: what it adds to their targets, and
// the gradient of its weights and of the node.
type op struct {
	source   *feature
	term     kernels.Term
	backward func(back *Node, arriving []*Node)
}

// bundle is all edges of a cell that leave one node.
type bundle struct {
	*tape
	cell    cell
	from    int // node
	source  *feature
	targets int // how many; the last ones of the cell
}

// to lists the targets.
func (b bundle) to() []int {
	list := make([]int, b.targets)
	for i := range list {
		list[i] = b.net.cfg.Nodes + 2 - b.targets + i
	}
	return list
}

// mixing returns the places in z of an operation on each edge.
func (b bundle) mixing(op int) []int {
	places := b.to()
	for i, to := range places {
		row := edgeRow(b.from, to)
		if b.cell.reduction {
			row += edgeCount(b.net.cfg.Nodes)
		}
		places[i] = row*len(b.net.cfg.Ops) + op
	}
	return places
}

// weightsOf returns the places of a parameter of an operation on each edge.
func (b bundle) weightsOf(op, part string) []int {
	places := b.to()
	for i, to := range places {
		places[i] = b.net.param(edgeName(b.cell, b.from, to) + "/" + op + "/" + part).Offset
	}
	return places
}

// ops applies all operations.
func (b bundle) ops() []op {
	var list []op
	for k, name := range b.net.cfg.Ops {
		mixing := b.mixing(k)
		switch {
		case isSep(name):
			list = append(list, b.separable(name, mixing))
		case isDil(name):
			list = append(list, b.convolution(b.unit(name, "depthwise1", b.cell.stride(b.from)), mixing))
		case isSkip(name) && b.cell.stride(b.from) == 2:
			pair := kernels.Unit{Form: kernels.Pair, Side: 1, Dilation: 1, Stride: 2, ReLU: true, Outs: b.cell.channels}
			pair.Places = b.weightsOf(name, "a")
			list = append(list, b.convolution(pair, mixing))
		}
	}
	return append(list, b.shared()...)
}

// unit is one depthwise and pointwise convolution of an operation.
func (b bundle) unit(name, part string, stride int) kernels.Unit {
	return kernels.Unit{
		Form: kernels.Separable, Side: kernelOf(name), Dilation: dilationOf(name), Stride: stride, ReLU: true,
		Outs: b.cell.channels, Places: b.weightsOf(name, part),
	}
}

// convolution is an operation of one unit.
func (b bundle) convolution(unit kernels.Unit, mixing []int) op {
	in := []*Node{b.source.x}
	y, norm := unit.Forward(b.weights, b.source.norm, in...)
	return op{b.source, kernels.Term{X: y, Norm: norm, Places: mixing}, func(back *Node, arriving []*Node) {
		ofWeights, _, ofSource := unit.Backward(b.weights, b.source.norm, in, y, back, arriving, b.want(kernels.Sources))
		b.ofWeight = append(b.ofWeight, kernels.Piece{Rows: ofWeights, Places: unit.Places})
		b.source.arrive(ofSource[0])
	}}
}

// separable is an operation of two units, the second of them of stride 1.
func (b bundle) separable(name string, mixing []int) op {
	first, second := b.unit(name, "depthwise1", b.cell.stride(b.from)), b.unit(name, "depthwise2", 1)
	in := []*Node{b.source.x}
	y1, norm1 := first.Forward(b.weights, b.source.norm, in...)
	y2, norm2 := second.Forward(b.weights, norm1, y1)
	return op{b.source, kernels.Term{X: y2, Norm: norm2, Places: mixing}, func(back *Node, arriving []*Node) {
		ofSecond, back1, ofFirst := second.Backward(b.weights, norm1, []*Node{y1}, y2, back, arriving, b.want(kernels.Sources|kernels.Back))
		ofWeights, _, ofSource := first.Backward(b.weights, b.source.norm, in, y1, back1, ofFirst, b.want(kernels.Sources))
		b.ofWeight = append(b.ofWeight, kernels.Piece{Rows: ofSecond, Places: second.Places},
			kernels.Piece{Rows: ofWeights, Places: first.Places})
		b.source.arrive(ofSource[0])
	}}
}

// shared are the operations without weights, which all edges share: poolings, and the skip
// of stride 1. One kernel computes the gradient of all of them.
func (b bundle) shared() []op {
	pool := kernels.Pool{Stride: b.cell.stride(b.from)}
	var mixing, ofSkip []int
	for k, name := range b.net.cfg.Ops {
		switch {
		case name == space.OpMaxPool:
			pool.Kinds, mixing = append(pool.Kinds, kernels.MaxPooling), append(mixing, b.mixing(k)...)
		case name == space.OpAvgPool:
			pool.Kinds, mixing = append(pool.Kinds, kernels.AveragePooling), append(mixing, b.mixing(k)...)
		case isSkip(name) && pool.Stride == 1:
			ofSkip = b.mixing(k)
		}
	}
	var list []op
	var y, backOfPools *Node
	if len(pool.Kinds) > 0 {
		var norm *Node
		y, norm = pool.Forward(b.source.x, b.source.norm)
		list = append(list, op{
			source:   b.source,
			term:     kernels.Term{X: y, Norm: norm, Each: true, Places: mixing},
			backward: func(back *Node, _ []*Node) { backOfPools = back },
		})
	}
	if ofSkip != nil {
		list = append(list, op{source: b.source, term: kernels.Term{X: b.source.x, Norm: b.norm(), Each: true, Passes: true, Places: ofSkip}})
	}
	if len(list) > 0 { // the last of them has what all need
		keep := list[len(list)-1].backward
		list[len(list)-1].backward = func(back *Node, arriving []*Node) {
			skip := back
			if keep != nil {
				keep(back, nil)
				skip = nil
			}
			b.source.arrive(pool.Backward(b.source.x, b.source.norm, y, backOfPools, skip, arriving))
		}
	}
	return list
}

// norm is the normalisation of the source, or one that changes nothing.
func (b bundle) norm() *Node {
	if b.source.norm != nil {
		return b.source.norm
	}
	pairs := make([][]float64, b.cell.channels)
	for i := range pairs {
		pairs[i] = []float64{1, 0}
	}
	return ConstAsDType(b.z.Graph(), b.z.DType(), [][][]float64{pairs})
}
