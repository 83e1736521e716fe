package network

import (
	"fmt"
	"strings"

	"naslab.dev/nasx/supernet/micro"
)

// Moved counts which weights differ between two moments, for a table: a line for
// every row of a node's branches, for every node's part of the output, and one for
// all other weights together.
func Moved(net *micro.Network, before, after []float64) [][]string {
	count := func(from, size int) (moved int) {
		for i := from; i < from+size; i++ {
			if before[i] != after[i] {
				moved++
			}
		}
		return moved
	}
	var rows [][]string
	others, moved := 0, 0
	for _, p := range net.Params() {
		add := func(what, row string, from, size int) {
			rows = append(rows, []string{what, row, fmt.Sprint(count(from, size)), fmt.Sprint(size)})
		}
		switch {
		case strings.HasSuffix(p.Name, "/rows"):
			size := p.Shape[2]
			for i := range p.Shape[0] * p.Shape[1] {
				branch, from := i/p.Shape[1]+1, i%p.Shape[1]
				add(fmt.Sprintf("node %d, branch %d", p.Shape[1], branch), fmt.Sprintf("reads node %d", from),
					p.Offset+i*size, size)
			}
		case strings.HasSuffix(p.Name, "/output"):
			size := p.Shape[1] * p.Shape[2]
			for node := range p.Shape[0] {
				add("output", fmt.Sprintf("node %d", node), p.Offset+node*size, size)
			}
		default:
			others, moved = others+p.Size(), moved+count(p.Offset, p.Size())
		}
	}
	return append(rows, []string{"stem and classifier", "", fmt.Sprint(moved), fmt.Sprint(others)})
}
