package space

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Link is one input of a node: an operation applied to an earlier node. In JSON
// it is the pair ["sep_conv_3x3", 0].
type Link struct {
	Op   string
	From int
}

// MarshalJSON writes the pair.
func (l Link) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{l.Op, l.From})
}

// UnmarshalJSON reads the pair.
func (l *Link) UnmarshalJSON(data []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil || len(pair) != 2 {
		return fmt.Errorf(`link is %.40s, want a pair such as ["sep_conv_3x3", 0]`, data)
	}
	var read Link
	if err := json.Unmarshal(pair[0], &read.Op); err != nil {
		return fmt.Errorf("link's operation is %.40s, want a name in quotes", pair[0])
	}
	if err := json.Unmarshal(pair[1], &read.From); err != nil {
		return fmt.Errorf("link's input is %.40s, want the whole number of a node", pair[1])
	}
	*l = read
	return nil
}

// How many links each node of a [Genotype] has.
const (
	EdgesTop2 = "top2" // two per node
	EdgesAll  = "all"  // one per earlier node; "none" marks a deleted edge
)

// Genotype is a pair of cells as the references write it: links grouped by
// node, inputs 0 and 1 being the outputs of the two cells before.
type Genotype struct {
	Space        string `json:"space"` // "darts"
	Normal       []Link `json:"normal"`
	NormalConcat []int  `json:"normal_concat"` // nodes whose outputs are concatenated
	Reduce       []Link `json:"reduce"`
	ReduceConcat []int  `json:"reduce_concat"`
	Edges        string `json:"edges"` // EdgesTop2 or EdgesAll
}

// Nodes returns the number of intermediate nodes per cell, or 0 where the
// number of links fits none.
func (g Genotype) Nodes() int { return nodesOf(len(g.Normal), g.Edges) }

// nodesOf inverts the number of links of a cell.
func nodesOf(links int, edges string) int {
	for n := 1; n <= maxNodes; n++ {
		if links == linksOf(n, edges) {
			return n
		}
	}
	return 0
}

// linksOf returns the number of links of a cell with n nodes.
func linksOf(n int, edges string) int {
	if edges == EdgesAll {
		return Cells{Nodes: n}.NumEdges()
	}
	return 2 * n
}

// Inputs returns the links of one node of a cell, deleted edges included. Node
// counts from 2; nil where the genotype has no such node.
func (g Genotype) Inputs(cell string, node int) []Link {
	links := g.Normal
	if cell == CellReduce {
		links = g.Reduce
	}
	start, end := linksOf(node-inputs, g.Edges), linksOf(node-inputs+1, g.Edges)
	if node < inputs || end > len(links) {
		return nil
	}
	return links[start:end]
}

// Matrix returns the one-hot rows z that make a network with all operations act
// as this child: row e of the first E for the normal cell's edge e, the others
// for the reduction cell's. An edge that the genotype does not have is one-hot
// at none, or a row of zeros where the space has no none.
//
//	returns [2E, ops]
func (g Genotype) Matrix(cells Cells) ([][]float64, error) {
	if err := g.fits(cells); err != nil {
		return nil, err
	}
	none := cells.Op(OpNone)
	var rows [][]float64
	for _, cell := range []string{CellNormal, CellReduce} {
		for node := inputs; node < inputs+cells.Nodes; node++ {
			block := make([][]float64, node)
			for from := range block {
				block[from] = make([]float64, len(cells.Ops))
				if none >= 0 {
					block[from][none] = 1
				}
			}
			for _, link := range g.Inputs(cell, node) {
				clear(block[link.From])
				if k := cells.Op(link.Op); k >= 0 {
					block[link.From][k] = 1
				}
			}
			rows = append(rows, block...)
		}
	}
	return rows, nil
}

// Arch returns the choices that stand for this genotype. It fails where an edge
// is absent and the space has no none to say so.
func (g Genotype) Arch(cells Cells) (Arch, error) {
	rows, err := g.Matrix(cells)
	if err != nil {
		return nil, err
	}
	arch := Argmax(rows)
	for d, k := range arch {
		if rows[d][k] != 1 {
			return nil, fmt.Errorf("space: genotype has no operation at decision %d (%s), want %q among the operations",
				d, cells.Decisions()[d].Label(), OpNone)
		}
	}
	return arch, nil
}

// fits holds the genotype to a space.
func (g Genotype) fits(cells Cells) error {
	if err := cells.Validate(); err != nil {
		return err
	}
	if err := g.Validate(); err != nil {
		return err
	}
	if g.Nodes() != cells.Nodes {
		return fmt.Errorf("space: genotype has %d nodes per cell, want %d", g.Nodes(), cells.Nodes)
	}
	return g.CheckOps(append([]string{OpNone}, cells.Ops...))
}

// String writes the genotype for people, one node a line, deleted edges left
// out. See [Genotype.Literal] for the form of the references.
func (g Genotype) String() string {
	var b strings.Builder
	for _, cell := range []string{CellNormal, CellReduce} {
		for node := inputs; node < inputs+g.Nodes(); node++ {
			var terms []string
			for _, link := range g.Inputs(cell, node) {
				if link.Op != OpNone {
					terms = append(terms, fmt.Sprintf("%s(%d)", link.Op, link.From))
				}
			}
			if len(terms) == 0 {
				terms = []string{"0"}
			}
			fmt.Fprintf(&b, "%s %d = %s\n", cell, node, strings.Join(terms, " + "))
		}
	}
	return b.String()
}
