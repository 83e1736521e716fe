package enas

import "naslab.dev/nasx/enas/vector"

// microTape gathers what the last sums of a gradient are made of.
type microTape struct {
	gradKeys   [2][][]float64 // [cell][node][H] ∂L/∂key
	hiddenKeys []float64      // [keys, H] h of every key, and ∂L/∂key beside it
	gradKey    []float64
	hiddenAsk  []float64 // [queries, H] h of every query, and ∂L/∂(h W₂) beside it
	gradAsk    []float64
}

// Backward implements [Policy]: back through time, from the last step. A key is
// used by later steps only, and an anchor is read by later steps only, so both
// gradients are complete when their step's turn comes.
func (p *Micro) Backward(theta []float64, gradLogits [][]float64, gradValues, grad []float64) {
	t := microTape{}
	for half := range t.gradKeys {
		t.gradKeys[half] = matrix(len(p.keys[half]), p.shape.Hidden)
	}
	p.cell.begin()
	h := p.shape.Hidden
	for step := len(p.beats) - 1; step >= 0; step-- {
		b := p.beats[step]
		hidden, gradHidden := p.cell.hidden[step+1], p.cell.gradHidden[step+1]
		switch b.role {
		case makesKey:
			vector.AddDots(gradHidden, t.gradKeys[b.half][b.node], theta[p.at.w1:p.at.w2])
			t.hiddenKeys = append(t.hiddenKeys, hidden...)
			t.gradKey = append(t.gradKey, t.gradKeys[b.half][b.node]...)
		case decidesInput:
			ask := p.backInput(theta, b, gradLogits[b.decision], t.gradKeys[b.half], grad)
			vector.AddDots(gradHidden, ask, theta[p.at.w2:p.at.v])
			t.hiddenAsk, t.gradAsk = append(t.hiddenAsk, hidden...), append(t.gradAsk, ask...)
		case decidesOp:
			p.backOp(theta, b, gradLogits[b.decision], hidden, gradHidden, grad)
		}
		if gradValues != nil && b.role != makesKey {
			g := gradValues[b.decision]
			vector.Add(gradHidden, g, theta[p.at.value:p.at.total-1])
			vector.Add(grad[p.at.value:p.at.total-1], g, hidden)
			grad[p.at.total-1] += g
		}
		gradInput := p.cell.back(theta[:p.at.start], step)
		switch {
		case b.source == fromStart:
			vector.Add(grad[p.at.start:p.at.embed], 1, gradInput)
		case b.source == fromOp:
			vector.Add(grad[p.at.embed+b.which*h:p.at.embed+(b.which+1)*h], 1, gradInput)
		case b.which >= 0: // the anchor of a node that was made before
			vector.Add(p.cell.gradHidden[b.which+1], 1, gradInput)
		}
	}
	p.cell.finish(grad[:p.at.start])
	vector.AddOuter(grad[p.at.w1:p.at.w2], t.hiddenKeys, t.gradKey, len(t.gradKey)/h)
	vector.AddOuter(grad[p.at.w2:p.at.v], t.hiddenAsk, t.gradAsk, len(t.gradAsk)/h)
}

// backInput differentiates the choice of an input: it adds to the gradients of the
// keys and of v, and returns that of the query h W₂.
func (p *Micro) backInput(
	theta []float64, b beat, gradLogits []float64, gradKeys [][]float64, grad []float64,
) []float64 {
	ask, v := make([]float64, p.shape.Hidden), theta[p.at.v:p.at.value]
	gradV := grad[p.at.v:p.at.value]
	for n, g := range gradLogits {
		g = unsquash(g, p.path.Logits[b.decision][n], p.shape.TanhScale, p.shape.Temperature)
		for j, curve := range p.curves[b.decision][n] {
			gradV[j] += g * curve
			slope := g * v[j] * (1 - curve*curve)
			gradKeys[n][j] += slope
			ask[j] += slope
		}
	}
	return ask
}

// backOp differentiates the choice of an operation.
func (p *Micro) backOp(theta []float64, b beat, gradLogits, hidden, gradHidden, grad []float64) {
	h := p.shape.Hidden
	for k, g := range gradLogits {
		squashed := p.path.Logits[b.decision][k] - fixed(b.half, k)
		g = unsquash(g, squashed, p.shape.TanhScale/opTanhReduce, p.shape.Temperature)
		grad[p.at.bias+k] += g
		vector.Add(grad[p.at.soft+k*h:p.at.soft+(k+1)*h], g, hidden)
		vector.Add(gradHidden, g, theta[p.at.soft+k*h:p.at.soft+(k+1)*h])
	}
}
