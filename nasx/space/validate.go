package space

import (
	"fmt"
	"slices"
	"strings"
)

const maxOpName = 64 // bytes of an operation's name

// Validate says what is wrong with the shape of a genotype: links that do not
// fill its nodes, inputs that do not come before their node, edges named twice.
// It accepts any operation names; [Genotype.CheckOps] holds them to a list.
func (g Genotype) Validate() error {
	if g.Edges != EdgesTop2 && g.Edges != EdgesAll {
		return fmt.Errorf("space: genotype's edges are %.20q, want %q or %q", g.Edges, EdgesTop2, EdgesAll)
	}
	if g.Space == "" || len(g.Space) > maxOpName {
		return fmt.Errorf("space: genotype's space is %.20q, want a name such as %q", g.Space, NameDARTS)
	}
	if len(g.Normal) != len(g.Reduce) {
		return fmt.Errorf("space: genotype has %d links in the normal and %d in the reduction cell, want equal numbers",
			len(g.Normal), len(g.Reduce))
	}
	nodes := g.Nodes()
	if nodes == 0 {
		return fmt.Errorf("space: genotype has %d links per cell, want a number that fills 1 to %d nodes with edges %q",
			len(g.Normal), maxNodes, g.Edges)
	}
	if err := g.checkCell(CellNormal, nodes, g.NormalConcat); err != nil {
		return err
	}
	return g.checkCell(CellReduce, nodes, g.ReduceConcat)
}

// checkCell checks the links and the concatenation of one cell.
func (g Genotype) checkCell(cell string, nodes int, concat []int) error {
	for node := inputs; node < inputs+nodes; node++ {
		seen := make([]bool, node)
		for i, link := range g.Inputs(cell, node) {
			if err := checkOpName(link.Op); err != nil {
				return fmt.Errorf("space: genotype: %s node %d, link %d: %w", cell, node, i, err)
			}
			if link.From < 0 || link.From >= node {
				return fmt.Errorf("space: genotype: %s node %d reads node %d, want one from 0 to %d",
					cell, node, link.From, node-1)
			}
			if seen[link.From] && (g.Edges == EdgesAll || g.Space == NameDARTS) {
				return fmt.Errorf("space: genotype: %s node %d reads node %d twice, want each input once",
					cell, node, link.From)
			}
			seen[link.From] = true
		}
	}
	return checkConcat(cell, nodes, concat)
}

// checkConcat allows different nodes, cell inputs included.
func checkConcat(cell string, nodes int, concat []int) error {
	if len(concat) == 0 {
		return fmt.Errorf("space: genotype: %s concat is empty, want nodes from %d to %d", cell, inputs, inputs+nodes-1)
	}
	for i, node := range concat {
		if node < 0 || node >= inputs+nodes || slices.Index(concat, node) != i {
			return fmt.Errorf("space: genotype: %s concat names node %d, want different nodes up to %d",
				cell, node, inputs+nodes-1)
		}
	}
	return nil
}

// CheckOps says whether every operation of the genotype is in the list.
func (g Genotype) CheckOps(ops []string) error {
	for _, cell := range []string{CellNormal, CellReduce} {
		for node := inputs; node < inputs+g.Nodes(); node++ {
			for _, link := range g.Inputs(cell, node) {
				if !slices.Contains(ops, link.Op) {
					return fmt.Errorf("space: genotype: %s node %d has operation %.40q, want one of %s",
						cell, node, link.Op, strings.Join(ops, ", "))
				}
			}
		}
	}
	return nil
}

// checkOpName allows what can be a name in the references' Python: letters,
// digits and underscores.
func checkOpName(name string) error {
	if name == "" || len(name) > maxOpName {
		return fmt.Errorf("operation name has %d bytes, want 1 to %d", len(name), maxOpName)
	}
	for _, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
		if !letter {
			return fmt.Errorf("operation name %q has the character %q, want letters, digits and _", name, r)
		}
	}
	return nil
}
