package space

// Change is an edge on which two genotypes differ. An edge that one of them
// does not have counts as none.
type Change struct {
	Cell   string `json:"cell"` // CellNormal or CellReduce
	Edge   Edge   `json:"edge"`
	Before string `json:"before"` // operation in the first genotype
	After  string `json:"after"`  // operation in the second
}

// Difference lists the edges on which b differs from a, in the order of
// [Cells.Edges], the normal cell first. The order of links and the way absent
// edges are written make no difference.
func Difference(a, b Genotype) []Change {
	var changes []Change
	edges := Cells{Nodes: max(a.Nodes(), b.Nodes())}.Edges()
	for _, cell := range []string{CellNormal, CellReduce} {
		for _, edge := range edges {
			before, after := a.opOf(cell, edge), b.opOf(cell, edge)
			if before != after {
				changes = append(changes, Change{Cell: cell, Edge: edge, Before: before, After: after})
			}
		}
	}
	return changes
}

// opOf returns the operation on an edge, none where there is no link.
func (g Genotype) opOf(cell string, edge Edge) string {
	for _, link := range g.Inputs(cell, edge.To) {
		if link.From == edge.From {
			return link.Op
		}
	}
	return OpNone
}
