package enas

import (
	"fmt"
	"math"

	"naslab.dev/nasx/enas/vector"
	"naslab.dev/nasx/space"
)

// Shape says how a policy network is built.
type Shape struct {
	Hidden      int     `json:"hidden"`      // H, width of the LSTM; published 64
	InitRange   float64 `json:"init_range"`  // first parameters lie between −InitRange and it; published 0.1
	TanhScale   float64 `json:"tanh_scale"`  // c of c·tanh(logits/T), 0 for no tanh; published 1.10 [ENAS]
	Temperature float64 `json:"temperature"` // T, above 0; published none, that is 1 [ENAS]
	Critic      bool    `json:"critic"`      // adds a value V = h·w + b per decision
}

// DefaultShape returns the published network with a wider tanh: with 1.10 eight
// choices could never get more than 56 % for the best one.
func DefaultShape() Shape { return Shape{Hidden: 64, InitRange: 0.1, TanhScale: 2.5, Temperature: 1} }

// maxHidden bounds what a configuration can ask for: 2¹⁰ needs 8 million weights.
const maxHidden = 1 << 10

// check returns one sentence about the first value that cannot be.
func (s Shape) check() error {
	if s.Hidden < 1 || s.Hidden > maxHidden {
		return fmt.Errorf("enas: Hidden is %d, want 1 to %d", s.Hidden, maxHidden)
	}
	if !(s.Temperature > 0) || math.IsInf(s.Temperature, 0) {
		return fmt.Errorf("enas: Temperature is %g, want more than 0", s.Temperature)
	}
	if !(s.TanhScale >= 0) || !(s.InitRange >= 0) || math.IsInf(s.TanhScale+s.InitRange, 0) {
		return fmt.Errorf("enas: TanhScale is %g and InitRange %g, want both 0 or more", s.TanhScale, s.InitRange)
	}
	return nil
}

// squash bounds logits in place: a ← c·tanh(a/T), or a/T where c is 0.
func squash(logits []float64, scale, temperature float64) {
	for k, a := range logits {
		logits[k] = a / temperature
		if scale > 0 {
			logits[k] = scale * math.Tanh(a/temperature)
		}
	}
}

// unsquash carries ∂L/∂(squashed logit) through [squash].
func unsquash(grad, squashed, scale, temperature float64) float64 {
	if scale > 0 {
		grad *= scale * (1 - (squashed/scale)*(squashed/scale))
	}
	return grad / temperature
}

// LSTM is a recurrent policy over the decisions of any space, ragged or not:
//
//	h_t = LSTM(x_t, h_{t−1});  logits_t = c·tanh((W_t h_t + b_t)/T)
//	x_1 = a learned start;     x_{t+1} = the embedding of choice k at decision t
//
// Every decision has its own output layer and every choice of every decision
// its own embedding.
type LSTM struct {
	shape Shape
	sizes []int // K_t, choices per decision
	cell  *cell
	path  Path

	start, embed, head, bias, value, total int // offsets in θ
	gradPre                                []float64
}

// NewLSTM returns the policy for the decisions of a space.
func NewLSTM(s space.Space, shape Shape) (*LSTM, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	p := &LSTM{shape: shape}
	choices := 0
	for _, d := range s.Decisions() {
		p.sizes = append(p.sizes, len(d.Choices))
		choices += len(d.Choices)
	}
	h := shape.Hidden
	p.cell = newCell(h, len(p.sizes))
	p.start = 8 * h * h
	p.embed = p.start + h
	p.head = p.embed + choices*h
	p.bias = p.head + choices*h
	p.value = p.bias + choices
	p.total = p.value
	if shape.Critic {
		p.total += h + 1
	}
	return p, nil
}

// Initial implements [Policy]: weights are uniform, biases 0.
func (p *LSTM) Initial(seed uint64) []float64 {
	theta := make([]float64, p.total)
	uniform(seed, "lstm", theta[:p.bias], p.shape.InitRange)
	if p.shape.Critic {
		uniform(seed, "critic", theta[p.value:p.total-1], p.shape.InitRange)
	}
	return theta
}

// Unroll implements [Policy].
func (p *LSTM) Unroll(theta []float64, pick Pick) Path {
	h := p.shape.Hidden
	p.path = Path{}
	p.cell.start()
	x, offset := theta[p.start:p.embed], 0
	for d, size := range p.sizes {
		hidden := p.cell.step(theta[:p.start], x)
		logits := append([]float64(nil), theta[p.bias+offset:p.bias+offset+size]...)
		vector.AddDots(logits, hidden, theta[p.head+offset*h:p.head+(offset+size)*h])
		squash(logits, p.shape.TanhScale, p.shape.Temperature)
		if p.shape.Critic {
			p.path.Values = append(p.path.Values, theta[p.total-1]+vector.Dot(hidden, theta[p.value:p.total-1]))
		}
		k := pick(d, logits)
		p.path.Logits = append(p.path.Logits, logits)
		p.path.Arch = append(p.path.Arch, k)
		x = theta[p.embed+(offset+k)*h : p.embed+(offset+k+1)*h]
		offset += size
	}
	return p.path
}

// Backward implements [Policy]: back through time, from the last decision.
func (p *LSTM) Backward(theta []float64, gradLogits [][]float64, gradValues, grad []float64) {
	h, offset := p.shape.Hidden, (p.bias-p.head)/p.shape.Hidden
	p.cell.begin()
	for d := len(p.sizes) - 1; d >= 0; d-- {
		size := p.sizes[d]
		offset -= size
		hidden, gradHidden := p.cell.hidden[d+1], p.cell.gradHidden[d+1]
		p.gradPre = p.gradPre[:0]
		for k, g := range gradLogits[d] {
			pre := unsquash(g, p.path.Logits[d][k], p.shape.TanhScale, p.shape.Temperature)
			p.gradPre = append(p.gradPre, pre)
			grad[p.bias+offset+k] += pre
			vector.Add(grad[p.head+(offset+k)*h:p.head+(offset+k+1)*h], pre, hidden)
		}
		vector.AddRows(gradHidden, p.gradPre, theta[p.head+offset*h:p.head+(offset+size)*h])
		if gradValues != nil {
			vector.Add(gradHidden, gradValues[d], theta[p.value:p.total-1])
			vector.Add(grad[p.value:p.total-1], gradValues[d], hidden)
			grad[p.total-1] += gradValues[d]
		}
		gradInput := p.cell.back(theta[:p.start], d)
		at := p.start
		if d > 0 {
			at = p.embed + (offset-p.sizes[d-1]+p.path.Arch[d-1])*h
		}
		vector.Add(grad[at:at+h], 1, gradInput)
	}
	p.cell.finish(grad[:p.start])
}
