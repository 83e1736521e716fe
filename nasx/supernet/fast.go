package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/layers"
)

// The fast form computes what plain.go defines in fewer and larger operations:
//
//   - Feature maps are [channels, h, w, rows, columns, batch], cut into tiles
//     (tiles.go). Pointwise convolutions are then matrix products without a
//     transposition, and shifts move whole batches.
//   - The edges that leave one node, and both inputs of a cell, are computed
//     together: one ReLU, one pooling, one product for a whole group of edges.
//   - A depthwise convolution is a product with banded matrices (bands.go).
//   - Weights are put into the order that all this wants by one gather (arrange.go).
//   - Normalisation and pooling have their gradients written by hand.
//
// What counts is the number of operations: compilation takes 20 ms for each.

// fastForward builds the class logits [batch, classes] from the stem's output
// [batch, h, w, stem].
func (n *Network) fastForward(w values, stem *Node) *Node {
	s0 := tile(stem, n.cells[0].tiles())
	s1 := s0
	for _, c := range n.cells {
		s0, s1 = s1, n.fastCell(w, c, s0, s1)
	}
	return classify(w, Transpose(ReduceMean(s1, 1, 2, 3, 4), 0, 1))
}

// fastCell builds one cell from s0, s1 [in, h, w, rows, columns, batch], in any
// tiles, to [nodes·channels, h', w', rows, columns, batch].
func (n *Network) fastCell(w values, c cell, s0, s1 *Node) *Node {
	x := n.fastPreprocess(w, c, s0, s1) // of the group at hand
	var nodes []*Node
	var inflow *Node // of the nodes to come, [targets, channels, h', w', rows, columns, batch]
	for i, g := range n.groups(c) {
		if i > 0 {
			x = Squeeze(Slice(inflow, AxisElem(0)), 0)
			inflow = Slice(inflow, AxisRange(1))
			nodes = append(nodes, x)
		}
		mixed := n.fastGroup(w, g, x)
		if inflow != nil {
			mixed = Add(inflow, mixed)
		}
		inflow = mixed
	}
	return Concatenate(append(nodes, Squeeze(inflow, 0)), 0)
}

// fastPreprocess is preprocess, both inputs one above the other:
// [2·channels, h, w, rows, columns, batch].
func (n *Network) fastPreprocess(w values, c cell, s0, s1 *Node) *Node {
	prefix, tiles := cellName(c), c.tiles()
	product := func(kernel, x *Node) *Node { return DotGeneral(kernel, []int{0}, nil, layers.ReLU(x), []int{0}, nil) }
	pre1 := product(w.param(prefix+"/pre1/conv"), retile(s1, tiles))
	var pre0 *Node
	if c.prevReduction {
		even, odd := thinned(retile(s0, tiles.scaled(2, 1)))
		pre0 = Concatenate([]*Node{
			product(w.param(prefix+"/pre0/a"), even), product(w.param(prefix+"/pre0/b"), odd),
		}, 0)
	} else {
		pre0 = product(w.param(prefix+"/pre0/conv"), retile(s0, tiles))
	}
	return n.fastNormalize(Concatenate([]*Node{pre0, pre1}, 0), 1, 2, 3, 4, 5)
}

// thinned returns every second pixel of tiles with even sides, from the first on and
// from one further down and right on.
func thinned(x *Node) (even, odd *Node) {
	whole := AxisRange().Spacer()
	return Slice(x, AxisRange(), AxisRange().Stride(2), AxisRange().Stride(2), whole),
		Slice(x, AxisRange(), AxisRange(1).Stride(2), AxisRange(1).Stride(2), whole)
}

// fastGroup returns what a group's sources contribute to each of their targets,
// Σ_sources Σ_k z[edge, k]·O_k(x): [targets, channels, h', w', rows, columns, batch].
//
//	x  [sources·channels, h, w, rows, columns, batch]
func (n *Network) fastGroup(w values, g group, x *Node) *Node {
	out := g.tiles.scaled(1, g.stride)
	image := []int{g.channel, out.height, out.width, out.rows, out.columns, x.Shape().Dimensions[5]}
	positive := layers.ReLU(x)
	var sum *Node
	add := func(part *Node) {
		if sum != nil {
			part = Add(sum, part)
		}
		sum = part
	}
	// shared mixes operations that all edges of a source share: y [operations and
	// sources, image].
	shared := func(y *Node, kind string) {
		mix := w.param(g.name + "mix/" + kind) // [operations and sources, targets]
		y = Reshape(y, append([]int{mix.Shape().Dimensions[0], 1}, image...)...)
		add(ReduceSum(Mul(layers.ToRank(mix, y.Rank()), y), 0))
	}
	// own mixes operations of which every edge has its own: y [operations and sources
	// and targets, image], before it is normalised.
	own := func(y *Node, kind string) {
		mix := w.param(g.name + "mix/" + kind)
		add(n.normalizedMixture(Reshape(y, append([]int{-1, len(g.to)}, image...)...), mix))
	}
	if pools := n.fastPools(g, x); pools != nil {
		shared(pools, kindPool)
	}
	if len(n.opsWith(isSkip)) > 0 && g.stride == 2 {
		own(n.fastSkip(w, g, positive), kindSkip)
	} else if len(n.opsWith(isSkip)) > 0 {
		shared(x, kindSkip)
	}
	for _, f := range n.families(g.tiles) {
		y := n.bandFirst(w, g, f, positive)
		if f.kind == kindSep {
			y = n.bandSecond(w, g, layers.ReLU(n.fastNormalize(y, 2, 3, 4, 5, 6)))
		}
		own(y, f.kind)
	}
	if sum == nil { // every candidate is "none": exact zeros, and ∂L/∂z = 0
		return BroadcastToDims(ScalarZero(x.Graph(), x.DType()), append([]int{len(g.to)}, image...)...)
	}
	return sum
}

// fastPools applies the poolings: [poolings, sources·channels, h', w', rows, columns,
// batch], or nil where there are none.
func (n *Network) fastPools(g group, x *Node) *Node {
	var pools []*Node
	for _, op := range n.opsWith(isPool) {
		if op == space.OpMaxPool {
			pools = append(pools, fastMaxPool(x, g.stride))
		} else {
			pools = append(pools, fastAvgPool(x, g.tiles, g.stride))
		}
	}
	if len(pools) == 0 {
		return nil
	}
	return n.fastNormalize(Stack(pools, 0), 2, 3, 4, 5, 6)
}

// Kinds of operations, each of them mixed at once.
const (
	kindPool = "pool"
	kindSkip = "skip"
	kindSep  = "sep"
	kindDil  = "dil"
)

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

// fastSkip is the stride-2 skip of a group before its normalisation, every edge with its
// own weights:
// [sources·channels, h, w, rows, columns, batch] ≥ 0 to
// [sources, targets, channels, h', w', rows, columns, batch].
func (n *Network) fastSkip(w values, g group, x *Node) *Node {
	even, odd := thinned(x)
	half := func(name string, image *Node) *Node {
		dims := append([]int{len(g.from), g.channel}, image.Shape().Dimensions[1:]...)
		return DotGeneral(w.param(g.name+"skip/"+name), []int{2}, []int{0}, Reshape(image, dims...), []int{1}, []int{0})
	}
	return Concatenate([]*Node{half("a", even), half("b", odd)}, 2)
}
