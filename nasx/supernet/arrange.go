package supernet

import (
	"slices"
)

// The fast form wants its kernels in other orders than they have names in, several
// of them as one tensor, and 3×3 kernels among 5×5 ones with zeros around. All of
// that is one fixed rearrangement of the weights and of z: a single gather before
// the network and a single gather of the gradient after it, instead of a
// transposition per kernel and direction.

// arrangement says which element of the source vector stands where in the fast form's
// vector, and which blocks that vector has. The source vector is the weights, then z
// once per cell [cells, E, K], then one zero. No element but the zero is used twice.
type arrangement struct {
	source []int32 // per element of the fast form's vector
	spans  map[string]span
}

// span is one block of the fast form's vector.
type span struct {
	start int
	dims  []int
}

// arrange plans the fast form's vector.
func (n *Network) arrange() *arrangement {
	a := &arrangement{spans: make(map[string]span)}
	for _, p := range n.Params() {
		if !n.onEdge[p.Name] {
			a.add(p.Name, p.Shape, func(i []int) int { return p.Offset + flatIndex(i, p.Shape) })
		}
	}
	for _, c := range n.cells {
		for _, g := range n.groups(c) {
			n.arrangeBands(a, c, g)
			n.arrangeMix(a, c, g)
			if g.stride == 2 {
				n.arrangeSkip(a, c, g)
			}
		}
	}
	return a
}

// add appends a block; at gives the place in the source vector of each element.
func (a *arrangement) add(name string, dims []int, at func(index []int) int) {
	size := 1
	for _, dim := range dims {
		size *= dim
	}
	a.spans[name] = span{len(a.source), dims}
	index := make([]int, len(dims))
	for range size {
		a.source = append(a.source, int32(at(index)))
		for axis := len(dims) - 1; axis >= 0; axis-- {
			index[axis]++
			if index[axis] < dims[axis] {
				break
			}
			index[axis] = 0
		}
	}
}

// flatIndex is the row-major position of an index.
func flatIndex(index, dims []int) int {
	at := 0
	for axis, i := range index {
		at = at*dims[axis] + i
	}
	return at
}

// place returns where an element of an edge's parameter stands.
func (n *Network) place(c cell, from, to int, rest string, index ...int) int {
	p := n.param(edgeName(c, from, to) + "/" + rest)
	return p.Offset + flatIndex(index, p.Shape)
}

// arrangeBands plans the convolutions of a group for banded matrices: kernels of a
// family's operations over one list of tap positions, zero where one has no tap.
func (n *Network) arrangeBands(a *arrangement, c cell, g group) {
	s, m := len(g.from), len(g.to)
	tap := func(from, to int, op, part string, dilation int, at [2]int, channel int) int {
		row, column, found := tapOf(kernelOf(op), dilation, at)
		if !found {
			return n.Size() + n.cfg.Cells*edgeCount(n.cfg.Nodes)*len(n.cfg.Ops) // the zero
		}
		return n.place(c, from, to, op+"/"+part, row, column, channel)
	}
	for _, f := range n.families(g.tiles) {
		a.add(g.name+"taps1/"+f.kind, []int{s, g.channel, len(f.ops), m, len(f.positions)}, func(i []int) int {
			return tap(g.from[i[0]], g.to[i[3]], f.ops[i[2]], "depthwise1", f.dilation, f.positions[i[4]], i[1])
		})
		points := func(part string) func(i []int) int {
			return func(i []int) int {
				source, op, target := i[0]/m/len(f.ops), i[0]/m%len(f.ops), i[0]%m
				return n.place(c, g.from[source], g.to[target], f.ops[op]+"/"+part, i[1], i[2])
			}
		}
		a.add(g.name+"points1/"+f.kind, []int{s * len(f.ops) * m, g.channel, g.channel}, points("pointwise1"))
		if f.kind != kindSep {
			continue
		}
		a.add(g.name+"taps2", []int{s, len(f.ops), m, g.channel, len(f.positions)}, func(i []int) int {
			return tap(g.from[i[0]], g.to[i[2]], f.ops[i[1]], "depthwise2", 1, f.positions[i[4]], i[3])
		})
		a.add(g.name+"points2", []int{s * len(f.ops) * m, g.channel, g.channel}, points("pointwise2"))
	}
}

// arrangeMix plans a group's mixing weights, one block for all operations of a kind:
// sources, operations and targets for convolutions, operations, sources and targets
// for the others.
func (n *Network) arrangeMix(a *arrangement, c cell, g group) {
	at := func(op string, from, to int) int {
		row := edgeRow(g.from[from], g.to[to])
		return n.Size() + (c.index*edgeCount(n.cfg.Nodes)+row)*len(n.cfg.Ops) + slices.Index(n.cfg.Ops, op)
	}
	s, m := len(g.from), len(g.to)
	for _, f := range n.families(g.tiles) {
		a.add(g.name+"mix/"+f.kind, []int{s * len(f.ops), m}, func(i []int) int {
			return at(f.ops[i[0]%len(f.ops)], i[0]/len(f.ops), i[1])
		})
	}
	for _, kind := range []string{kindPool, kindSkip} {
		ops := n.opsWith(map[string]func(string) bool{kindPool: isPool, kindSkip: isSkip}[kind])
		if len(ops) > 0 {
			a.add(g.name+"mix/"+kind, []int{len(ops) * s, m}, func(i []int) int { return at(ops[i[0]/s], i[0]%s, i[1]) })
		}
	}
}

// arrangeSkip plans a group's stride-2 skips.
func (n *Network) arrangeSkip(a *arrangement, c cell, g group) {
	for _, op := range n.opsWith(isSkip) {
		for _, half := range []string{"a", "b"} {
			a.add(g.name+"skip/"+half, []int{len(g.from), len(g.to), g.channel, g.channel / 2}, func(i []int) int {
				return n.place(c, g.from[i[0]], g.to[i[1]], op+"/"+half, i[2], i[3])
			})
		}
	}
}
