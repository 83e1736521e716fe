package micro

import "naslab.dev/nasx/space"

// Genotype names the cells of an architecture: two links per node, in the order of
// its branches, and the loose ends to concatenate.
func (s Space) Genotype(arch space.Arch) (space.Genotype, error) {
	normal, reduce, err := s.Cells(arch)
	if err != nil {
		return space.Genotype{}, err
	}
	g := space.Genotype{
		Space: Name, Edges: space.EdgesTop2,
		Normal: s.links(normal), NormalConcat: LooseEnds(normal),
		Reduce: s.links(reduce), ReduceConcat: LooseEnds(reduce),
	}
	return g, g.Validate()
}

// links lists what the nodes of a cell read.
func (s Space) links(cell []Block) []space.Link {
	var list []space.Link
	for _, b := range cell {
		for branch, from := range b.In {
			list = append(list, space.Link{Op: s.Ops[b.Op[branch]], From: from})
		}
	}
	return list
}
