package micro

import (
	"fmt"

	"naslab.dev/nasx/space"
	cellspace "naslab.dev/nasx/space/micro"
)

// An architecture comes in as z, one row per decision of [Network.Space] with a 1
// at the choice and 0 elsewhere; rows are as long as there are choices. Soft rows
// are refused: what is a loose end is known of a choice only.

// numOps is the number of operations.
var numOps = len(cellspace.DefaultOps())

// choice is an architecture as the compiled program reads it.
type choice struct {
	inputs []float64 // [2 cells, B, 2 branches, B+2] one-hot
	ops    []float64 // [2 cells, B, 2 branches, 5] one-hot
	loose  []float64 // [2 cells, B+2], 1 for a loose end
	cells  [2][]cellspace.Block
}

// read returns the architecture of one-hot rows.
func (n *Network) read(z [][]float64) (space.Arch, error) {
	arch := space.Argmax(z)
	if err := space.Check(n.space, arch); err != nil {
		return nil, fmt.Errorf("supernet/micro: %w", err)
	}
	for d, decision := range n.space.Decisions() {
		if len(z[d]) != len(decision.Choices) {
			return nil, fmt.Errorf("supernet/micro: row %d of z has %d entries, want %d",
				d, len(z[d]), len(decision.Choices))
		}
		for k, v := range z[d] {
			want := 0.0
			if k == arch[d] {
				want = 1
			}
			if v != want {
				return nil, fmt.Errorf("supernet/micro: row %d of z is %v, want a single 1 among zeros", d, z[d])
			}
		}
	}
	return arch, nil
}

// choose turns one-hot rows into what the program reads.
func (n *Network) choose(z [][]float64) (choice, error) {
	arch, err := n.read(z)
	if err != nil {
		return choice{}, err
	}
	normal, reduce, err := n.space.Cells(arch)
	if err != nil {
		return choice{}, fmt.Errorf("supernet/micro: %w", err)
	}
	nodes := cellspace.Inputs + n.cfg.Blocks
	c := choice{
		inputs: make([]float64, 2*n.cfg.Blocks*2*nodes), ops: make([]float64, 2*n.cfg.Blocks*2*numOps),
		loose: make([]float64, 2*nodes), cells: [2][]cellspace.Block{normal, reduce},
	}
	for t, blocks := range c.cells {
		for b, block := range blocks {
			for branch := range 2 {
				at := (t*n.cfg.Blocks+b)*2 + branch
				c.inputs[at*nodes+block.In[branch]] = 1
				c.ops[at*numOps+block.Op[branch]] = 1
			}
		}
		for _, node := range cellspace.LooseEnds(blocks) {
			c.loose[t*nodes+node] = 1
		}
	}
	return c, nil
}

// Used says of every weight [P] whether an architecture uses it.
func (n *Network) Used(arch space.Arch) ([]bool, error) {
	if err := space.Check(n.space, arch); err != nil {
		return nil, fmt.Errorf("supernet/micro: %w", err)
	}
	c, err := n.choose(space.OneHot(n.space.Decisions(), arch))
	if err != nil {
		return nil, err
	}
	used := make([]bool, n.Size())
	for i, v := range n.used(c) {
		used[i] = v > 0
	}
	return used, nil
}

// used marks the weights [P] that an architecture uses with 1, the others with 0: of
// every node and branch the part of one row that belongs to its operation, of every
// output the rows of loose ends, and all that lies outside the cells' choices.
func (n *Network) used(c choice) []float64 {
	mask := make([]float64, n.Size())
	for i := range mask {
		mask[i] = 1
	}
	for _, g := range n.cells {
		t := g.half()
		for b, block := range c.cells[t] {
			rows := n.layout.Of(mask, rowsName(g, b+cellspace.Inputs))
			clear(rows)
			for branch := range 2 {
				row := branch*(b+cellspace.Inputs) + block.In[branch]
				for _, p := range pieces(g.channels) {
					if p.op == block.Op[branch] {
						fill(rows[row*rowSize(g.channels)+p.start:][:p.size], 1)
					}
				}
			}
		}
		output, square := n.layout.Of(mask, cellName(g)+"/output"), g.channels*g.channels
		nodes := cellspace.Inputs + n.cfg.Blocks
		for node, loose := range c.loose[t*nodes : (t+1)*nodes] {
			fill(output[node*square:][:square], loose)
		}
	}
	return mask
}

// half returns which half of an architecture a cell follows: 0 normal, 1 reduction.
func (c cell) half() int {
	if c.reduction {
		return 1
	}
	return 0
}

func fill(values []float64, with float64) {
	for i := range values {
		values[i] = with
	}
}
