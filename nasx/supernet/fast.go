package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/layers"
)

// The fast form computes what plain.go defines in fewer and larger operations:
//
//   - Feature maps of small images are [channels, height, width, batch]. Pointwise
//     convolutions are then matrix products without a transposition, and shifts move
//     whole batches. Those of large images stay [batch, height, width, channels].
//   - The edges that leave one node, and both inputs of a cell, are computed
//     together: one ReLU, one pooling, one product for a whole group of edges.
//   - A separable convolution of a small image is a product with banded matrices
//     (bands.go), of a large one a dense convolution (dense.go).
//   - Weights are put into the order that all this wants by one gather (arrange.go).
//   - Normalisation and pooling have their gradients written by hand.
//
// What counts is the number of operations: compilation takes 20 ms for each.

// fastForward builds the class logits [batch, classes] from the stem's output
// [batch, h, w, stem].
func (n *Network) fastForward(w values, stem *Node) *Node {
	s0, s1 := stem, stem
	channelsFirst := false
	for _, c := range n.cells {
		if c.dense() {
			s0, s1 = s1, n.denseCell(w, c, s0, s1)
			continue
		}
		if !channelsFirst { // images only get smaller: from here on
			s0, s1 = TransposeAllAxes(s0, 3, 1, 2, 0), TransposeAllAxes(s1, 3, 1, 2, 0)
			channelsFirst = true
		}
		s0, s1 = s1, n.fastCell(w, c, s0, s1)
	}
	pooled := ReduceMean(s1, 1, 2)
	if channelsFirst {
		pooled = Transpose(pooled, 0, 1)
	}
	return classify(w, pooled)
}

// fastCell builds one cell from s0, s1 [in, h, w, batch] to [nodes·channels, h', w', batch].
func (n *Network) fastCell(w values, c cell, s0, s1 *Node) *Node {
	x := n.fastPreprocess(w, c, s0, s1) // of the group at hand
	inflow := make([]*Node, n.cfg.Nodes+2)
	for i, g := range n.groups(c) {
		if i > 0 {
			x = inflow[g.from[0]]
		}
		mixed := n.fastGroup(w, g, x)
		for i, to := range g.to {
			edges := Squeeze(Slice(mixed, AxisElem(i)), 0)
			if inflow[to] == nil {
				inflow[to] = edges
			} else {
				inflow[to] = Add(inflow[to], edges)
			}
		}
	}
	return Concatenate(inflow[2:], 0)
}

// fastPreprocess is preprocess, both inputs one above the other:
// [2·channels, h, w, batch].
func (n *Network) fastPreprocess(w values, c cell, s0, s1 *Node) *Node {
	prefix := cellName(c)
	product := func(kernel, x *Node) *Node { return DotGeneral(kernel, []int{0}, nil, layers.ReLU(x), []int{0}, nil) }
	pre1 := product(w.param(prefix+"/pre1/conv"), s1)
	var pre0 *Node
	if c.prevReduction {
		even, odd := thinned(s0)
		pre0 = Concatenate([]*Node{
			product(w.param(prefix+"/pre0/a"), even), product(w.param(prefix+"/pre0/b"), odd),
		}, 0)
	} else {
		pre0 = product(w.param(prefix+"/pre0/conv"), s0)
	}
	return n.fastNormalize(Concatenate([]*Node{pre0, pre1}, 0), 1, 2, 3)
}

// thinned returns every second pixel of [.., h, w, batch], from the first on and from
// one further down and right on.
func thinned(x *Node) (even, odd *Node) {
	whole := AxisRange().Spacer()
	return Slice(x, whole, AxisRange().Stride(2), AxisRange().Stride(2), AxisRange()),
		Slice(x, whole, AxisRange(1).Stride(2), AxisRange(1).Stride(2), AxisRange())
}

// fastGroup returns what a group's sources contribute to each of their targets,
// Σ_sources Σ_k z[edge, k]·O_k(x): [targets, channels, h', w', batch].
//
//	x  [sources·channels, h, w, batch]
func (n *Network) fastGroup(w values, g group, x *Node) *Node {
	s, m, batch := len(g.from), len(g.to), x.Shape().Dimensions[3]
	height, width := g.height/g.stride, g.width/g.stride
	positive := layers.ReLU(x)
	convs := n.fastConvs(w, g, positive)
	sum := BroadcastToDims(ScalarZero(x.Graph(), x.DType()), s, m, g.channel, height, width, batch)
	for _, op := range n.cfg.Ops {
		var y *Node // [sources, targets or 1, channels, h', w', batch]
		switch {
		case op == space.OpNone: // exact zeros, and ∂L/∂z = 0
			continue
		case isConv(op):
			y = convs[op]
		case op == space.OpMaxPool:
			y = n.fastNormalize(fastMaxPool(x, g.stride), 1, 2, 3)
		case op == space.OpAvgPool:
			y = n.fastNormalize(fastAvgPool(x, g.stride), 1, 2, 3)
		case g.stride == 2:
			y = n.fastSkip(w, g, positive)
		default:
			y = x
		}
		if y.Rank() == 4 {
			y = Reshape(y, s, 1, g.channel, height, width, batch)
		}
		sum = Add(sum, Mul(Reshape(w.param(g.name+"mix/"+op), s, m, 1, 1, 1, 1), y))
	}
	if s == 1 {
		return Squeeze(sum, 0)
	}
	return Add(Squeeze(Slice(sum, AxisElem(0)), 0), Squeeze(Slice(sum, AxisElem(1)), 0))
}

// fastConvs applies the separable and dilated convolutions of a group, after their
// ReLU.
//
//	x        [sources·channels, h, w, batch], ≥ 0
//	returns  [sources, targets, channels, h', w', batch] by operation
func (n *Network) fastConvs(w values, g group, x *Node) map[string]*Node {
	convs, seps := n.opsWith(isConv), n.opsWith(isSep)
	if len(convs) == 0 {
		return nil
	}
	pick := func(y *Node, i int) *Node { return Squeeze(Slice(y, AxisRange(), AxisElem(i)), 1) }
	y := n.fastNormalize(n.bandFirst(w, g, x), 4, 5, 6)
	done := make(map[string]*Node, len(convs))
	var halves []*Node
	for i, op := range convs {
		done[op] = pick(y, i)
		if isSep(op) {
			halves = append(halves, done[op])
		}
	}
	if len(seps) == 0 {
		return done
	}
	y = n.fastNormalize(n.bandSecond(w, g, layers.ReLU(Stack(halves, 1))), 4, 5, 6)
	for i, op := range seps {
		done[op] = pick(y, i)
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

// fastSkip is the stride-2 skip of a group, every edge with its own weights:
// [sources·channels, h, w, batch] ≥ 0 to [sources, targets, channels, h', w', batch].
func (n *Network) fastSkip(w values, g group, x *Node) *Node {
	even, odd := thinned(x)
	half := func(name string, image *Node) *Node {
		image = Reshape(image, len(g.from), g.channel, g.height/2, g.width/2, -1)
		return DotGeneral(w.param(g.name+"skip/"+name), []int{2}, []int{0}, image, []int{1}, []int{0})
	}
	return n.fastNormalize(Concatenate([]*Node{half("a", even), half("b", odd)}, 2), 3, 4, 5)
}
