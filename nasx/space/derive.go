package space

import "sort"

// DeriveDARTS returns the cells that [DARTS] keeps: every node the two inputs
// whose best operation other than none has the highest probability, with that
// operation. Ties go to the lower node and the lower operation; links stand in
// descending order of their score. none takes part in the softmax, so a large
// none weakens an edge, but it is never chosen.
//
//	probs [2E, ops], rows of softmax(α): the normal cell first
func DeriveDARTS(probs [][]float64, cells Cells) (Genotype, error) {
	return derive(probs, cells, EdgesTop2, cells.Op(OpNone), 2)
}

// DeriveArgmax returns the cells that [SNAS] keeps: the likeliest operation of
// every edge, none included; ties go to the lower operation. Links of a node
// stand in descending order of their probability, ties by the lower input.
//
//	probs [2E, ops], rows of softmax(α): the normal cell first
func DeriveArgmax(probs [][]float64, cells Cells) (Genotype, error) {
	return derive(probs, cells, EdgesAll, -1, cells.Nodes+inputs)
}

// derive keeps the strongest inputs of every node of both cells, at most keep.
func derive(probs [][]float64, cells Cells, edges string, skip, keep int) (Genotype, error) {
	if err := cells.checkRows(probs); err != nil {
		return Genotype{}, err
	}
	e := cells.NumEdges()
	return Genotype{
		Space:        cells.Name(),
		Normal:       deriveCell(probs[:e], cells, skip, keep),
		NormalConcat: allNodes(cells.Nodes),
		Reduce:       deriveCell(probs[e:], cells, skip, keep),
		ReduceConcat: allNodes(cells.Nodes),
		Edges:        edges,
	}, nil
}

// deriveCell does so for one cell; probs is [E, ops].
func deriveCell(probs [][]float64, cells Cells, skip, keep int) []Link {
	var links []Link
	for to, row := inputs, 0; to < inputs+cells.Nodes; to++ {
		candidates := make([]Link, to)
		scores := make([]float64, to)
		order := make([]int, to)
		for from := range to {
			k := largest(probs[row], skip)
			candidates[from] = Link{Op: cells.Ops[k], From: from}
			scores[from] = probs[row][k]
			order[from] = from
			row++
		}
		sort.SliceStable(order, func(i, j int) bool { return scores[order[i]] > scores[order[j]] })
		for _, from := range order[:min(keep, to)] {
			links = append(links, candidates[from])
		}
	}
	return links
}

// allNodes lists the intermediate nodes 2, 3, …: what a cell concatenates.
func allNodes(nodes int) []int {
	list := make([]int, nodes)
	for i := range list {
		list[i] = inputs + i
	}
	return list
}
