package supernet

import "fmt"

// group is a set of nodes of a cell whose outgoing edges are computed together:
// both inputs, then one intermediate node at a time.
type group struct {
	from    []int // source nodes
	to      []int // targets, the same for every source
	stride  int
	name    string
	tiles   tiling // of the sources' images
	channel int    // channels of every source
}

// groups lists the groups of a cell in the order they can be computed in.
func (n *Network) groups(c cell) []group {
	var list []group
	for first := 0; first < n.cfg.Nodes+1; first++ {
		g := group{from: []int{first}, stride: c.stride(first), channel: c.channels}
		g.tiles = c.tiles()
		if first == 0 {
			g.from, first = []int{0, 1}, 1
		} else if c.reduction {
			g.tiles = g.tiles.scaled(1, 2)
		}
		g.to = targets(n.cfg.Nodes, first)
		g.name = fmt.Sprintf("%s/group%d/", cellName(c), first)
		list = append(list, g)
	}
	return list
}

// targets lists the nodes that edges from a node lead to.
func targets(nodes, from int) []int {
	var list []int
	for to := max(2, from+1); to < nodes+2; to++ {
		list = append(list, to)
	}
	return list
}
