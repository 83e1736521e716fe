package rudder

import (
	"math"
)

// cell holds the weights of the reduced LSTM, and [cell] again serves as their
// gradient. It has no forget and no output gate, its cell input sees only the
// decision and its input gate only the memory, and the memory is linear, so
// that it can count:
//
//	c_t = c_{t−1} + σ(R·c_{t−1} + b_i) ⊙ tanh(W·x_t + b_c),    c_0 = 0      [RUDDER]
//	g_t = v·c_t + b_o
//
// x_t is one-hot over all choices of all decisions: what changed in the state.
type cell struct {
	units   int
	all     []float64   // every weight once, for the optimizer
	input   [][]float64 // W by column: [Σ choices][units]
	inputB  []float64   // b_c [units]
	gate    [][]float64 // R [units][units]
	gateB   []float64   // b_i [units]
	output  []float64   // v [units]
	outputB []float64   // b_o [1]
}

// newCell returns weights of 0.
func newCell(inputs, units int) *cell {
	c := &cell{units: units, all: make([]float64, units*(inputs+units+3)+1)}
	rest := c.all
	cut := func(n int) []float64 {
		out := rest[:n:n]
		rest = rest[n:]
		return out
	}
	for range inputs {
		c.input = append(c.input, cut(units))
	}
	for range units {
		c.gate = append(c.gate, cut(units))
	}
	c.inputB, c.gateB, c.output, c.outputB = cut(units), cut(units), cut(units), cut(1)
	return c
}

// tape is what a forward pass leaves for the backward one.
type tape struct {
	columns []int       // [T], the one of x_t
	scale   []float64   // [T], x_t is this times one-hot; 1 unless gradients are integrated
	memory  [][]float64 // c_0 … c_T
	gates   [][]float64 // [T][units], σ(…)
	inputs  [][]float64 // [T][units], tanh(…)
	g       []float64   // g_0 … g_T
}

// forward runs the cell over a sequence.
func (c *cell) forward(columns []int, scale []float64) *tape {
	p := &tape{columns: columns, scale: scale}
	now := make([]float64, c.units)
	p.memory, p.g = append(p.memory, now), append(p.g, c.outputB[0])
	for t, column := range columns {
		gate, input, next := make([]float64, c.units), make([]float64, c.units), make([]float64, c.units)
		g := c.outputB[0]
		for u := range next {
			sum := c.gateB[u]
			for k, r := range c.gate[u] {
				sum += r * now[k]
			}
			gate[u] = 1 / (1 + math.Exp(-sum))
			input[u] = math.Tanh(scale[t]*c.input[column][u] + c.inputB[u])
			next[u] = now[u] + gate[u]*input[u]
			g += c.output[u] * next[u]
		}
		p.memory, p.gates, p.inputs = append(p.memory, next), append(p.gates, gate), append(p.inputs, input)
		p.g, now = append(p.g, g), next
	}
	return p
}

// backward adds to grad the gradient of Σ_t by[t]·g_t, t = 0 … T, by every
// weight, and returns its gradient by every scale, [T].
func (c *cell) backward(p *tape, by []float64, grad *cell) []float64 {
	byScale, byMemory := make([]float64, len(p.columns)), make([]float64, c.units)
	for t := len(p.columns) - 1; t >= 0; t-- {
		before, column := p.memory[t], p.columns[t]
		grad.outputB[0] += by[t+1]
		for u := range byMemory {
			grad.output[u] += by[t+1] * p.memory[t+1][u]
			byMemory[u] += by[t+1] * c.output[u]
		}
		byBefore := append([]float64(nil), byMemory...)
		for u, d := range byMemory {
			gate, input := p.gates[t][u], p.inputs[t][u]
			inner := d * gate * (1 - input*input)
			grad.input[column][u] += inner * p.scale[t]
			grad.inputB[u] += inner
			byScale[t] += inner * c.input[column][u]
			outer := d * input * gate * (1 - gate)
			grad.gateB[u] += outer
			for k, r := range c.gate[u] {
				grad.gate[u][k] += outer * before[k]
				byBefore[k] += outer * r
			}
		}
		byMemory = byBefore
	}
	grad.outputB[0] += by[0]
	return byScale
}

// loss returns the loss of a sequence and its gradient by every prediction:
//
//	(g_T − y)² + aux·(1/T)·Σ_{t=1}^T (g_t − y)²
//
// The second term makes each prefix predict what will become of it.
func loss(g []float64, target, aux float64) (value float64, by []float64) {
	by = make([]float64, len(g))
	steps := float64(len(g) - 1)
	for t := 1; t < len(g); t++ {
		miss, weight := g[t]-target, aux/steps
		if t == len(g)-1 {
			weight++
		}
		value += weight * miss * miss
		by[t] = 2 * weight * miss
	}
	return value, by
}
