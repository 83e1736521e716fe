package enas

import (
	"math"

	"naslab.dev/nasx/enas/vector"
)

// cell is a recurrent network of one layer unrolled in time, with everything
// that its gradient needs. Its weights W [2H, 4H] stand above each other, those
// of the input and those of the hidden state; the columns are the gates i, f, o
// and the candidate u. There are no bias terms ([ENAS]):
//
//	(i, f, o, u) = x W_x + h W_h, then σ, σ, σ, tanh
//	c ← f c + i u;   h ← o tanh(c)
type cell struct {
	size   int         // H
	input  [][]float64 // [t] x, of step t
	hidden [][]float64 // [t] h before step t, [t+1] after it
	memory [][]float64 // [t] c before step t, [t+1] after it
	gates  [][]float64 // [t] i, f, o, u, [4H]
	curve  [][]float64 // [t] tanh of c after step t
	steps  int

	gradHidden [][]float64 // [t+1] ∂L/∂h after step t, as far as it is known
	gradGates  [][]float64 // [t] ∂L/∂(x W_x + h W_h), [4H]
	gradMemory []float64   // ∂L/∂c
	gradInput  []float64   // ∂L/∂x of the step that was differentiated last
}

// newCell returns a network with room for a number of steps.
func newCell(size, steps int) *cell {
	return &cell{
		size: size, input: matrix(steps, size), hidden: matrix(steps+1, size), memory: matrix(steps+1, size),
		gates: matrix(steps, 4*size), curve: matrix(steps, size),
		gradHidden: matrix(steps+1, size), gradGates: matrix(steps, 4*size),
		gradMemory: make([]float64, size), gradInput: make([]float64, size),
	}
}

// start goes back to step 0 with h = c = 0.
func (n *cell) start() {
	n.steps = 0
	clear(n.hidden[0])
	clear(n.memory[0])
}

// step reads x [H] and returns the new h [H], which stays until the next start.
func (n *cell) step(weights, x []float64) []float64 {
	t, h := n.steps, n.size
	n.steps++
	copy(n.input[t], x)
	gates := n.gates[t]
	clear(gates)
	vector.AddRows(gates, x, weights[:4*h*h])
	vector.AddRows(gates, n.hidden[t], weights[4*h*h:8*h*h])
	for j := range h {
		in, keep, out := sigmoid(gates[j]), sigmoid(gates[h+j]), sigmoid(gates[2*h+j])
		candidate := math.Tanh(gates[3*h+j])
		gates[j], gates[h+j], gates[2*h+j], gates[3*h+j] = in, keep, out, candidate
		n.memory[t+1][j] = keep*n.memory[t][j] + in*candidate
		n.curve[t][j] = math.Tanh(n.memory[t+1][j])
		n.hidden[t+1][j] = out * n.curve[t][j]
	}
	return n.hidden[t+1]
}

// begin forgets all gradients; the caller then fills gradHidden and goes back
// through the steps from the last to the first.
func (n *cell) begin() {
	for t := range n.steps + 1 {
		clear(n.gradHidden[t])
	}
	clear(n.gradMemory)
}

// back differentiates step t, whose gradHidden[t+1] must be complete, and adds to
// gradHidden[t]. It returns ∂L/∂x [H], which stays until the next call.
func (n *cell) back(weights []float64, t int) []float64 {
	h, gates, grad := n.size, n.gates[t], n.gradGates[t]
	for j := range h {
		in, keep, out, candidate := gates[j], gates[h+j], gates[2*h+j], gates[3*h+j]
		g, curve := n.gradHidden[t+1][j], n.curve[t][j]
		memory := n.gradMemory[j] + g*out*(1-curve*curve)
		grad[j] = memory * candidate * in * (1 - in)
		grad[h+j] = memory * n.memory[t][j] * keep * (1 - keep)
		grad[2*h+j] = g * curve * out * (1 - out)
		grad[3*h+j] = memory * in * (1 - candidate*candidate)
		n.gradMemory[j] = memory * keep
	}
	clear(n.gradInput)
	vector.AddDots(n.gradInput, grad, weights[:4*h*h])
	vector.AddDots(n.gradHidden[t], grad, weights[4*h*h:8*h*h])
	return n.gradInput
}

// finish adds ∂L/∂W [2H, 4H] of all steps to grad.
func (n *cell) finish(grad []float64) {
	h := n.size
	gates := flat(n.gradGates, n.steps)
	vector.AddOuter(grad[:4*h*h], flat(n.input, n.steps), gates, n.steps)
	vector.AddOuter(grad[4*h*h:8*h*h], flat(n.hidden, n.steps), gates, n.steps)
}

// matrix returns rows of zeros that lie one after the other in memory.
func matrix(rows, columns int) [][]float64 {
	all, out := make([]float64, rows*columns), make([][]float64, rows)
	for t := range out {
		out[t] = all[t*columns : (t+1)*columns]
	}
	return out
}

// flat returns the first rows of a [matrix] as one slice.
func flat(rows [][]float64, n int) []float64 {
	if n == 0 {
		return nil
	}
	return rows[0][:n*len(rows[0])]
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
