package supernet

import . "github.com/gomlx/gomlx/core/graph"

// arranged hands out the blocks of the fast form's vector inside a graph.
type arranged struct {
	net    *Network
	plan   *arrangement
	vector *Node // [len(plan.source)]
	blocks []block
}

// newArranged gathers the fast form's vector from weights [P] and z [2E, K].
func newArranged(net *Network, flat, z *Node) *arranged {
	plan, edges := net.arrange(), edgeCount(net.cfg.Nodes)
	source := []*Node{flat}
	for _, c := range net.cells {
		rows := AxisRange(0, edges)
		if c.reduction {
			rows = AxisRange(edges)
		}
		source = append(source, Reshape(Slice(z, rows), -1))
	}
	source = append(source, Reshape(ScalarZero(flat.Graph(), flat.DType()), 1))
	return &arranged{net: net, plan: plan, vector: gather(Concatenate(source, 0), plan.source)}
}

// gather picks elements of a vector.
func gather(vector *Node, index []int32) *Node {
	return Gather(vector, Reshape(Const(vector.Graph(), index), len(index), 1))
}

// param returns one block in its shape.
func (a *arranged) param(name string) *Node {
	s := a.plan.spans[name]
	size := 1
	for _, dim := range s.dims {
		size *= dim
	}
	for _, b := range a.blocks {
		if b.offset == s.start {
			return Reshape(b.node, s.dims...)
		}
	}
	node := Slice(a.vector, AxisRange(s.start, s.start+size))
	a.blocks = append(a.blocks, block{s.start, size, node})
	return Reshape(node, s.dims...)
}

// gradient returns ∂loss/∂weights [P] and ∂loss/∂z [2E, K]. What the network never
// looks at has gradient zero.
func (a *arranged) gradient(loss *Node) (flat, z *Node) {
	sortBlocks(a.blocks)
	nodes := make([]*Node, len(a.blocks))
	for i, b := range a.blocks {
		nodes[i] = b.node
	}
	pieces := append(Gradient(loss, nodes...), Reshape(ScalarZero(loss.Graph(), loss.DType()), 1))
	all := gather(Concatenate(pieces, 0), a.back())
	cfg, size := a.net.cfg, a.net.Size()
	edges, ops := edgeCount(cfg.Nodes), len(cfg.Ops)
	perCell := Reshape(Slice(all, AxisRange(size)), cfg.Cells, edges, ops)
	types := []*Node{nil, nil} // normal, reduction: the sum over the cells of the type
	for _, c := range a.net.cells {
		t, part := 0, Squeeze(Slice(perCell, AxisElem(c.index)), 0)
		if c.reduction {
			t = 1
		}
		if types[t] == nil {
			types[t] = part
		} else {
			types[t] = Add(types[t], part)
		}
	}
	for t, sum := range types {
		if sum == nil {
			types[t] = BroadcastToDims(ScalarZero(loss.Graph(), loss.DType()), edges, ops)
		}
	}
	return Slice(all, AxisRange(0, size)), Concatenate(types, 0)
}

// back inverts the arrangement: for each element of the source vector but the zero,
// its place among the blocks in use, one after the other; the place behind them where
// no block holds it.
func (a *arranged) back() []int32 {
	cfg, end := a.net.cfg, 0
	back := make([]int32, a.net.Size()+cfg.Cells*edgeCount(cfg.Nodes)*len(cfg.Ops))
	for i := range back {
		back[i] = -1
	}
	for _, b := range a.blocks {
		for i := range b.size {
			if at := a.plan.source[b.offset+i]; int(at) < len(back) {
				back[at] = int32(end + i)
			}
		}
		end += b.size
	}
	for i, at := range back {
		if at < 0 {
			back[i] = int32(end)
		}
	}
	return back
}
