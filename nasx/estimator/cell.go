package estimator

import (
	"fmt"
	"math"

	"naslab.dev/nasx/key"
)

// CellConfig describes a [Cell].
type CellConfig struct {
	Nodes     int     `json:"nodes"`     // nodes after the input, 1 to 4; N of them make N(N+1)/2 decisions
	Ops       int     `json:"ops"`       // operations on every edge, at least 2; the first one passes its input on
	Width     int     `json:"width"`     // features of a node, 1 to 64
	Curvature float64 `json:"curvature"` // κ ≥ 0, how non-linear operations and loss are; 0 for not at all
	Seed      uint64  `json:"seed"`      // of the weights and of the input
}

// DefaultCellConfig returns three decisions with three operations each, 27
// architectures.
func DefaultCellConfig() CellConfig {
	return CellConfig{Nodes: 2, Ops: 3, Width: 4, Curvature: 1, Seed: 3}
}

// Cell is a network of one cell with a decision on every edge, as small as it
// can be. Node 0 holds a fixed input, and with the mixture z of every edge
//
//	x_j = Σ_{i<j} Σ_k z^k_ij O^k_ij(x_i),   j = 1 … N
//	O^0(x) = x,   O^k(x) = tanh(κ W^k_ij x)/κ
//	L = (exp(κ s) − 1)/κ,   s = ⟨v, x_N⟩
//
// For κ = 0 these are their limits, O^k(x) = W^k_ij x and L = s: then L is linear
// in every row of z given the others, although not in all of them together.
// Decisions are ordered as the edges of a cell: 0→1, 0→2, 1→2, 0→3 …
type Cell struct {
	cfg     CellConfig
	input   []float64       // x_0 [width]
	readout []float64       // v [width]
	weights [][][][]float64 // W, [edges][ops][width][width]; nil for the first operation
}

// NewCell draws a cell's weights.
func NewCell(cfg CellConfig) (*Cell, error) {
	for _, field := range []struct {
		name          string
		got, min, max int
	}{{"Nodes", cfg.Nodes, 1, 4}, {"Ops", cfg.Ops, 2, 16}, {"Width", cfg.Width, 1, 64}} {
		if field.got < field.min || field.got > field.max {
			return nil, fmt.Errorf("estimator: %s is %d, want %d to %d", field.name, field.got, field.min, field.max)
		}
	}
	if !(cfg.Curvature >= 0 && cfg.Curvature <= 10) {
		return nil, fmt.Errorf("estimator: curvature is %g, want 0 to 10", cfg.Curvature)
	}
	c := &Cell{cfg: cfg}
	c.input = normals(cfg, "input", 0, 0, 1)
	c.readout = normals(cfg, "readout", 0, 0, 1/math.Sqrt(float64(cfg.Width)))
	for e := range c.Choices() {
		ops := make([][][]float64, cfg.Ops)
		for k := 1; k < cfg.Ops; k++ {
			for i := range cfg.Width {
				ops[k] = append(ops[k], normals(cfg, "weights", e*cfg.Ops+k, i, 1/math.Sqrt(float64(cfg.Width))))
			}
		}
		c.weights = append(c.weights, ops)
	}
	return c, nil
}

// normals draws one row of weights.
func normals(cfg CellConfig, purpose string, step, index int, deviation float64) []float64 {
	rng := key.Rand(cfg.Seed, purpose, step, index)
	row := make([]float64, cfg.Width)
	for i := range row {
		row[i] = deviation * rng.NormFloat64()
	}
	return row
}

// Choices returns the number of operations of every decision.
func (c *Cell) Choices() []int {
	out := make([]int, c.cfg.Nodes*(c.cfg.Nodes+1)/2)
	for e := range out {
		out[e] = c.cfg.Ops
	}
	return out
}

// Edges returns the ends of every decision's edge.
func (c *Cell) Edges() (from, to []int) {
	for j := 1; j <= c.cfg.Nodes; j++ {
		for i := range j {
			from, to = append(from, i), append(to, j)
		}
	}
	return from, to
}

// At implements [Loss] by one pass forward and one back.
func (c *Cell) At(z [][]float64) (loss float64, opGrad [][]float64) {
	from, to := c.Edges()
	nodes := make([][]float64, c.cfg.Nodes+1)
	nodes[0] = c.input
	outputs := make([][][]float64, len(from)) // O^k_ij(x_i)
	for e, i := range from {
		if nodes[to[e]] == nil {
			nodes[to[e]] = make([]float64, c.cfg.Width)
		}
		for k, share := range z[e] {
			out := c.op(e, k, nodes[i])
			outputs[e] = append(outputs[e], out)
			addScaled(nodes[to[e]], share, out)
		}
	}
	loss, slope := c.loss(dot(c.readout, nodes[c.cfg.Nodes]))
	back := make([][]float64, len(nodes)) // ∂L/∂x_j
	for j := range back {
		back[j] = make([]float64, c.cfg.Width)
	}
	addScaled(back[c.cfg.Nodes], slope, c.readout)
	opGrad = make([][]float64, len(from))
	for e := len(from) - 1; e >= 0; e-- {
		opGrad[e] = make([]float64, c.cfg.Ops)
		for k, share := range z[e] {
			opGrad[e][k] = dot(back[to[e]], outputs[e][k])
			c.opBack(e, k, share, outputs[e][k], back[to[e]], back[from[e]])
		}
	}
	return loss, opGrad
}

// loss returns L(s) and its slope.
func (c *Cell) loss(s float64) (value, slope float64) {
	if c.cfg.Curvature == 0 {
		return s, 1
	}
	return math.Expm1(c.cfg.Curvature*s) / c.cfg.Curvature, math.Exp(c.cfg.Curvature * s)
}

// op returns O^k of edge e.
func (c *Cell) op(e, k int, x []float64) []float64 {
	out := append([]float64(nil), x...)
	if k == 0 {
		return out
	}
	for i, row := range c.weights[e][k] {
		out[i] = dot(row, x)
		if c.cfg.Curvature > 0 {
			out[i] = math.Tanh(c.cfg.Curvature*out[i]) / c.cfg.Curvature
		}
	}
	return out
}

// opBack adds share·(∂O^k/∂x)ᵀ·above to below, given O^k's output.
func (c *Cell) opBack(e, k int, share float64, output, above, below []float64) {
	if k == 0 {
		addScaled(below, share, above)
		return
	}
	for i, row := range c.weights[e][k] {
		bent := c.cfg.Curvature * output[i] // tanh, whose slope is 1 − tanh²
		addScaled(below, share*above[i]*(1-bent*bent), row)
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// addScaled adds scale·row to sum.
func addScaled(sum []float64, scale float64, row []float64) {
	for i, v := range row {
		sum[i] += scale * v
	}
}
