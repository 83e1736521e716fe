package supernet

import (
	"fmt"

	"naslab.dev/nasx/space"
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
			if c.dense() {
				n.arrangeDense(a, c, g)
			} else {
				n.arrangeBands(a, c, g)
			}
			n.arrangeRest(a, c, g)
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

// arrangeBands plans the convolutions of a group for banded matrices: kernels of all
// operations over one list of tap positions, zero where an operation has no tap.
func (n *Network) arrangeBands(a *arrangement, c cell, g group) {
	convs, seps := n.opsWith(isConv), n.opsWith(isSep)
	tap := func(from, to int, op, part string, dilation int, at [2]int, channel int) int {
		row, column, found := tapOf(kernelOf(op), dilation, at)
		if !found {
			return n.Size() + n.cfg.Cells*edgeCount(n.cfg.Nodes)*len(n.cfg.Ops) // the zero
		}
		return n.place(c, from, to, op+"/"+part, row, column, channel)
	}
	first := tapPositions(convs, dilationOf)
	a.add(g.name+"taps1", []int{len(g.from), g.channel, len(convs), len(g.to), len(first)}, func(i []int) int {
		op := convs[i[2]]
		return tap(g.from[i[0]], g.to[i[3]], op, "depthwise1", dilationOf(op), first[i[4]], i[1])
	})
	a.add(g.name+"points1", []int{len(g.from), len(convs), len(g.to), g.channel, g.channel}, func(i []int) int {
		return n.place(c, g.from[i[0]], g.to[i[2]], convs[i[1]]+"/pointwise1", i[3], i[4])
	})
	second := tapPositions(seps, func(string) int { return 1 })
	a.add(g.name+"taps2", []int{len(g.from), len(seps), len(g.to), g.channel, len(second)}, func(i []int) int {
		return tap(g.from[i[0]], g.to[i[2]], seps[i[1]], "depthwise2", 1, second[i[4]], i[3])
	})
	a.add(g.name+"points2", []int{len(g.from), len(seps), len(g.to), g.channel, g.channel}, func(i []int) int {
		return n.place(c, g.from[i[0]], g.to[i[2]], seps[i[1]]+"/pointwise2", i[3], i[4])
	})
}

// arrangeDense plans the convolutions of a group for dense kernels, all edges of a
// source side by side in the first stage.
func (n *Network) arrangeDense(a *arrangement, c cell, g group) {
	m, channels := len(g.to), g.channel
	for _, from := range g.from {
		for _, op := range n.opsWith(isConv) {
			k, name := kernelOf(op), denseName(g, from, op)
			a.add(name+"depth1", []int{k, k, channels, m}, func(i []int) int {
				return n.place(c, from, g.to[i[3]], op+"/depthwise1", i[0], i[1], i[2])
			})
			a.add(name+"point1", []int{channels, m, channels}, func(i []int) int {
				return n.place(c, from, g.to[i[1]], op+"/pointwise1", i[0], i[2])
			})
			if !isSep(op) {
				continue
			}
			for _, to := range g.to {
				edge := fmt.Sprintf("%s%d/", name, to)
				a.add(edge+"depth2", []int{k, k, channels}, func(i []int) int {
					return n.place(c, from, to, op+"/depthwise2", i...)
				})
				a.add(edge+"point2", []int{channels, channels}, func(i []int) int {
					return n.place(c, from, to, op+"/pointwise2", i...)
				})
			}
		}
	}
}

// denseName is the prefix of a source's dense kernels.
func denseName(g group, from int, op string) string { return fmt.Sprintf("%s%d/%s/", g.name, from, op) }

// arrangeRest plans a group's stride-2 skips and its mixing weights.
func (n *Network) arrangeRest(a *arrangement, c cell, g group) {
	for k, op := range n.cfg.Ops {
		if op == space.OpNone {
			continue
		}
		a.add(g.name+"mix/"+op, []int{len(g.from), len(g.to)}, func(i []int) int {
			row := edgeRow(g.from[i[0]], g.to[i[1]])
			return n.Size() + (c.index*edgeCount(n.cfg.Nodes)+row)*len(n.cfg.Ops) + k
		})
		if isSkip(op) && g.stride == 2 {
			for _, half := range []string{"a", "b"} {
				a.add(g.name+"skip/"+half, []int{len(g.from), len(g.to), g.channel, g.channel / 2}, func(i []int) int {
					return n.place(c, g.from[i[0]], g.to[i[1]], op+"/"+half, i[2], i[3])
				})
			}
		}
	}
}
