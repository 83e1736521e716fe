// Package micro describes the cell space of [ENAS]: every node of a cell picks two
// earlier nodes and an operation for each, and is the sum of the two results. What
// no node uses, the loose ends, becomes the output of the cell.
//
// An architecture lists the decisions in the order in which they are made: per
// node the index of the first input, that of the second, the operation on the
// first, the operation on the second; the normal cell first, then the reduction
// cell. References are listed in package nasx.
package micro

import (
	"fmt"
	"math"
	"strconv"

	"naslab.dev/nasx/space"
)

// Name is the name of the space in files.
const Name = "enas-micro"

// Inputs is the number of a cell's inputs: nodes 0 and 1, the outputs of the two
// cells before it.
const Inputs = 2

// PerBlock is the number of decisions per node: two indices, two operations.
const PerBlock = 4

const (
	maxBlocks = 32 // far above any published cell; bounds what a file can ask for
	maxOps    = 64 // likewise
)

// DefaultOps returns the five operations of [ENAS] in their order.
func DefaultOps() []string {
	return []string{space.OpSep3, space.OpSep5, space.OpAvgPool, space.OpMaxPool, space.OpSkip}
}

// Space is the space of two cells. It implements [space.Space].
type Space struct {
	Blocks int      `json:"blocks"` // nodes per cell beside its inputs, 1 to 32; published 5
	Ops    []string `json:"ops"`    // operations to choose from, see [DefaultOps]
}

// Default returns the published space.
func Default() Space { return Space{Blocks: 5, Ops: DefaultOps()} }

// Name implements [space.Space].
func (s Space) Name() string { return Name }

// Validate says what is wrong with the size or the operations of the space.
func (s Space) Validate() error {
	if s.Blocks < 1 || s.Blocks > maxBlocks {
		return fmt.Errorf("micro: cells with %d blocks, want 1 to %d", s.Blocks, maxBlocks)
	}
	if len(s.Ops) < 1 || len(s.Ops) > maxOps {
		return fmt.Errorf("micro: cells with %d operations, want 1 to %d", len(s.Ops), maxOps)
	}
	return nil
}

// PerCell returns the number of decisions per cell: 20 for five blocks.
func (s Space) PerCell() int { return PerBlock * s.Blocks }

// Decisions implements [space.Space]. The choices of an index are the nodes
// before, named by number.
func (s Space) Decisions() []space.Decision {
	list := make([]space.Decision, 0, 2*s.PerCell())
	for _, cell := range []string{space.CellNormal, space.CellReduce} {
		for node := Inputs; node < Inputs+s.Blocks; node++ {
			var before []string
			for n := range node {
				before = append(before, strconv.Itoa(n))
			}
			of := " of node " + strconv.Itoa(node)
			list = append(list,
				space.Decision{Name: "input 1" + of, Cell: cell, Choices: before},
				space.Decision{Name: "input 2" + of, Cell: cell, Choices: before},
				space.Decision{Name: "operation 1" + of, Cell: cell, Choices: s.Ops},
				space.Decision{Name: "operation 2" + of, Cell: cell, Choices: s.Ops})
		}
	}
	return list
}

// LogSize returns the natural logarithm of the number of architectures, both
// cells together: Σ over nodes i of ln (i·ops)², twice. It is also the entropy of
// uniform choices in nats.
func (s Space) LogSize() float64 {
	sum := 0.0
	for node := Inputs; node < Inputs+s.Blocks; node++ {
		sum += 4 * math.Log(float64(node*len(s.Ops)))
	}
	return sum
}

// Block is one node of a cell: the sum of two operations on two earlier nodes.
type Block struct {
	In [2]int // nodes, 0 and 1 are the cell's inputs
	Op [2]int // indices into [Space.Ops]
}

// Cells reads an architecture as the blocks of its two cells; block i is node
// i + [Inputs].
func (s Space) Cells(arch space.Arch) (normal, reduce []Block, err error) {
	if err := space.Check(s, arch); err != nil {
		return nil, nil, err
	}
	var blocks []Block
	for at := 0; at < len(arch); at += PerBlock {
		blocks = append(blocks, Block{In: [2]int{arch[at], arch[at+1]}, Op: [2]int{arch[at+2], arch[at+3]}})
	}
	return blocks[:s.Blocks:s.Blocks], blocks[s.Blocks:], nil
}

// Arch is the inverse of [Space.Cells].
func (s Space) Arch(normal, reduce []Block) (space.Arch, error) {
	if len(normal) != s.Blocks || len(reduce) != s.Blocks {
		return nil, fmt.Errorf("micro: cells of %d and %d blocks, want %d each", len(normal), len(reduce), s.Blocks)
	}
	var arch space.Arch
	for _, cell := range [][]Block{normal, reduce} {
		for _, b := range cell {
			arch = append(arch, b.In[0], b.In[1], b.Op[0], b.Op[1])
		}
	}
	return arch, space.Check(s, arch)
}

// LooseEnds lists the nodes of a cell that no block uses, ascending. They are
// concatenated to the cell's output. The cell's inputs count too; the last node
// is always among them.
func LooseEnds(cell []Block) []int {
	used := map[int]bool{}
	for _, b := range cell {
		used[b.In[0]], used[b.In[1]] = true, true
	}
	var loose []int
	for node := range Inputs + len(cell) {
		if !used[node] {
			loose = append(loose, node)
		}
	}
	return loose
}
