package space

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Operations of the cell space, named as in the references [DARTS] [SNAS].
const (
	OpNone    = "none"         // no connection: zeros
	OpMaxPool = "max_pool_3x3" // maximum over 3x3 pixels
	OpAvgPool = "avg_pool_3x3" // mean over 3x3 pixels
	OpSkip    = "skip_connect" // identity, or a factorized reduction at stride 2
	OpSep3    = "sep_conv_3x3" // separable convolution, twice
	OpSep5    = "sep_conv_5x5" // the same with 5x5
	OpDil3    = "dil_conv_3x3" // separable convolution with dilation 2
	OpDil5    = "dil_conv_5x5" // the same with 5x5
)

// Cells of a network, values of [Decision.Cell].
const (
	CellNormal = "normal" // keeps the size of the picture
	CellReduce = "reduce" // the reduction cell: halves height and width
)

// NameDARTS is the name of the space of [Cells].
const NameDARTS = "darts"

const (
	inputs   = 2  // a cell reads the outputs of the two cells before it
	maxNodes = 32 // far above any published cell; bounds what a file can ask for
	maxOps   = 64 // likewise
)

// DefaultOps returns the eight operations of [DARTS] and [SNAS] in their order.
func DefaultOps() []string {
	return []string{OpNone, OpMaxPool, OpAvgPool, OpSkip, OpSep3, OpSep5, OpDil3, OpDil5}
}

// Edge is a connection of a cell. Nodes 0 and 1 are the outputs of the two
// cells before; intermediate nodes count from 2.
type Edge struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// String returns the name of the edge's decision, for example "0→2".
func (e Edge) String() string {
	return strconv.Itoa(e.From) + "→" + strconv.Itoa(e.To)
}

// Cells is the cell space of [DARTS] and [SNAS]: a normal cell and a reduction
// cell, both with the same nodes, each node summing one operation per earlier
// node. It implements [Space]. Matrices over it have 2E rows, E per cell.
type Cells struct {
	Nodes int      `json:"nodes"` // intermediate nodes per cell, 1 to 32; the references use 4
	Ops   []string `json:"ops"`   // operations of every edge, see [DefaultOps]
}

// Name implements [Space].
func (c Cells) Name() string { return NameDARTS }

// Edges lists the E edges of one cell: node 2's inputs first, inputs ascending.
func (c Cells) Edges() []Edge {
	var edges []Edge
	for to := inputs; to < inputs+c.Nodes; to++ {
		for from := range to {
			edges = append(edges, Edge{From: from, To: to})
		}
	}
	return edges
}

// NumEdges returns E, the number of edges of one cell: 14 for four nodes.
func (c Cells) NumEdges() int {
	return c.Nodes * (c.Nodes + 3) / 2
}

// Decisions implements [Space]: the edges of the normal cell, then those of the
// reduction cell.
func (c Cells) Decisions() []Decision {
	ops := slices.Clone(c.Ops)
	decisions := make([]Decision, 0, 2*c.NumEdges())
	for _, cell := range []string{CellNormal, CellReduce} {
		for _, edge := range c.Edges() {
			decisions = append(decisions, Decision{Name: edge.String(), Cell: cell, Choices: ops})
		}
	}
	return decisions
}

// Op returns the index of an operation, or -1 where the space does not have it.
func (c Cells) Op(name string) int { return slices.Index(c.Ops, name) }

// Validate says what is wrong with the size or the operations of the space.
func (c Cells) Validate() error {
	if c.Nodes < 1 || c.Nodes > maxNodes {
		return fmt.Errorf("space: cells with %d nodes, want 1 to %d", c.Nodes, maxNodes)
	}
	if len(c.Ops) == 0 || len(c.Ops) > maxOps {
		return fmt.Errorf("space: cells with %d operations, want 1 to %d", len(c.Ops), maxOps)
	}
	if len(c.Ops) == 1 && c.Ops[0] == OpNone {
		return errors.New(`space: cells with the one operation "none", want another one beside it`)
	}
	for i, op := range c.Ops {
		if err := checkOpName(op); err != nil {
			return fmt.Errorf("space: cells: operation %d: %w", i, err)
		}
		if slices.Index(c.Ops, op) != i {
			return fmt.Errorf("space: cells: operation %q stands twice, want each once", op)
		}
	}
	return nil
}

// checkRows holds a matrix to the shape [2E, ops].
func (c Cells) checkRows(rows [][]float64) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if len(rows) != 2*c.NumEdges() {
		return fmt.Errorf("space: matrix has %d rows, want %d for two cells of %d nodes", len(rows), 2*c.NumEdges(), c.Nodes)
	}
	for i, row := range rows {
		if len(row) != len(c.Ops) {
			return fmt.Errorf("space: row %d has %d columns, want one for each of %d operations", i, len(row), len(c.Ops))
		}
		for k, v := range row {
			if v != v {
				return fmt.Errorf("space: row %d, operation %q is not a number, want a probability", i, c.Ops[k])
			}
		}
	}
	return nil
}
