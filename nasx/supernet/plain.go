package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet/internal/layers"
)

// The definition of a cell, operation by operation ([DARTS] section 2.1; operations
// as in the references' code). Feature maps are [batch, height, width, channels].

// plainCell builds one cell.
//
//	s0, s1   [batch, h, w, in0 or in1], outputs of the two cells before
//	z        [2E, K]
//	returns  [batch, h', w', nodes·channels]
func (n *Network) plainCell(w values, c cell, s0, s1, z *Node) *Node {
	nodes := n.preprocess(w, c, s0, s1)
	for to := 2; to < n.cfg.Nodes+2; to++ {
		var sum *Node
		for from := range to {
			mixed := n.mixedOp(w, c, from, to, nodes[from], z)
			if mixed == nil {
				continue // every candidate is "none"
			}
			if sum == nil {
				sum = mixed
			} else {
				sum = Add(sum, mixed)
			}
		}
		if sum == nil {
			sum = Zeros(s1.Graph(), n.nodeShape(c, s1))
		}
		nodes = append(nodes, sum)
	}
	return Concatenate(nodes[2:], -1)
}

// preprocess brings both inputs of a cell to its channels and, for input 0 after a
// reduction, to its size.
func (n *Network) preprocess(w values, c cell, s0, s1 *Node) []*Node {
	prefix := cellName(c)
	var pre0 *Node
	if c.prevReduction {
		pre0 = n.factorizedReduce(s0, w.param(prefix+"/pre0/a"), w.param(prefix+"/pre0/b"))
	} else {
		pre0 = n.normalize(pointwise(layers.ReLU(s0), w.param(prefix+"/pre0/conv")))
	}
	return []*Node{pre0, n.normalize(pointwise(layers.ReLU(s1), w.param(prefix+"/pre1/conv")))}
}

// mixedOp returns Σ_k z[edge, k]·O_k(x), or nil if there is nothing to add.
func (n *Network) mixedOp(w values, c cell, from, to int, x, z *Node) *Node {
	row := edgeRow(from, to)
	if c.reduction {
		row += edgeCount(n.cfg.Nodes)
	}
	var sum *Node
	for k, op := range n.cfg.Ops {
		if op == space.OpNone {
			continue // exact zeros, and ∂L/∂z = 0
		}
		weight := Reshape(Slice(z, AxisElem(row), AxisElem(k)))
		term := Mul(n.plainOp(w, c, from, to, op, x), weight)
		if sum == nil {
			sum = term
		} else {
			sum = Add(sum, term)
		}
	}
	return sum
}

// plainOp applies one operation of an edge to x.
func (n *Network) plainOp(w values, c cell, from, to int, op string, x *Node) *Node {
	stride := c.stride(from)
	name := edgeName(c, from, to) + "/" + op
	switch {
	case isConv(op):
		k, dilation := kernelOf(op), dilationOf(op)
		y := n.depthwise(layers.ReLU(x), w.param(name+"/depthwise1"), stride, dilation, (k/2)*dilation)
		y = n.normalize(pointwise(y, w.param(name+"/pointwise1")))
		if !isSep(op) {
			return y
		}
		y = n.depthwise(layers.ReLU(y), w.param(name+"/depthwise2"), 1, 1, k/2)
		return n.normalize(pointwise(y, w.param(name+"/pointwise2")))
	case op == space.OpMaxPool:
		return n.normalize(maxPool(x, stride))
	case op == space.OpAvgPool:
		return n.normalize(avgPool(x, stride))
	case stride == 2: // skip
		return n.factorizedReduce(x, w.param(name+"/a"), w.param(name+"/b"))
	}
	return x
}

// edgeCount returns E, the number of edges of a cell.
func edgeCount(nodes int) int { return nodes * (nodes + 3) / 2 }

// edgeRow returns the row of an edge in the order of package space: by to, then from.
func edgeRow(from, to int) int { return edgeCount(to-2) + from }
