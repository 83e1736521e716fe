package enas

import (
	"fmt"
	"math"

	"naslab.dev/nasx/enas/vector"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/space/micro"
)

// Constants of the micro controller that the published code fixes [ENAS].
const (
	// opTanhReduce divides the range of operation logits: they then lie within
	// 0.44, while those of indices lie within 1.10.
	opTanhReduce = 2.5
	// sepBias is where the two separable convolutions' trained bias starts; the
	// tanh makes the largest logit of it.
	sepBias = 10
	// fixedBias is added to the operation logits of the first cell, after the
	// tanh: for the two separable convolutions, and with the other sign for the
	// rest. It is never trained.
	fixedBias = 0.25
	// separable is how many operations, from the first, are separable convolutions.
	separable = 2
)

// Micro is the controller of [ENAS] for indices and operations. Per cell, from
// node 2 on, it decides the two inputs of a node and then its two operations:
//
//	input      q_n = tanh(key_n + h W₂) v for every earlier node n;  logits = c·tanh(q/T)
//	operation  logits = (c/2.5)·tanh((W h + b)/T), + a fixed bias in the normal cell
//
// It then reads the embedding of the last choice: the anchor of the node that was
// chosen, or of the operation. After a node's decisions one more step makes its
// anchor h and its key h W₁. The state goes on from the normal to the reduction
// cell.
type Micro struct {
	shape  Shape
	blocks int
	ops    int
	cell   *cell
	path   Path
	beats  []beat          // one per step
	keys   [2][][]float64  // [cell][node][H]
	curves [][][]float64   // [decision][node][H], tanh(key_n + h W₂) of index decisions
	zeros  []float64       // [H], the anchor of a cell's inputs
	at     microParameters // offsets in θ
}

// MicroShape returns the published constants of the micro controller.
func MicroShape() Shape { return Shape{Hidden: 64, InitRange: 0.1, TanhScale: 1.10, Temperature: 1} }

// microParameters are the offsets in θ.
type microParameters struct {
	start, embed, soft, bias, w1, w2, v, value, total int
}

// beat is what one step of the LSTM read and what came of it.
type beat struct {
	source, which int // fromStart; fromOp with the operation; fromNode with the step of its anchor, −1 for zeros
	role          int // decidesInput, decidesOp or makesKey
	decision      int // of the first two roles
	half, node    int // node that is being made, or whose key is made
}

const (
	fromStart = iota
	fromOp
	fromNode
)

const (
	decidesInput = iota
	decidesOp
	makesKey
)

// NewMicro returns the controller of a micro space. [Shape.TanhScale] 1.10 and
// Temperature 1 are the published constants.
func NewMicro(s micro.Space, shape Shape) (*Micro, error) {
	if err := shape.check(); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("enas: %w", err)
	}
	h, k := shape.Hidden, len(s.Ops)
	p := &Micro{shape: shape, blocks: s.Blocks, ops: k, zeros: make([]float64, h)}
	steps := 2 * (micro.Inputs + 5*s.Blocks)
	p.cell = newCell(h, steps)
	at := &p.at
	at.start = 8 * h * h
	at.embed = at.start + h
	at.soft = at.embed + k*h
	at.bias = at.soft + k*h
	at.w1 = at.bias + k
	at.w2 = at.w1 + h*h
	at.v = at.w2 + h*h
	at.value = at.v + h
	at.total = at.value
	if shape.Critic {
		at.total += h + 1
	}
	nodes := micro.Inputs + s.Blocks
	for half := range p.keys {
		p.keys[half] = matrix(nodes, h)
	}
	for d := range s.Decisions() {
		var rows [][]float64
		if d%micro.PerBlock < 2 {
			rows = matrix(nodes, h)
		}
		p.curves = append(p.curves, rows)
	}
	return p, nil
}

// Initial implements [Policy]: all parameters are uniform, but for the bias of the
// operations, 10 for the separable convolutions and 0 for the others.
func (p *Micro) Initial(seed uint64) []float64 {
	theta := make([]float64, p.at.total)
	uniform(seed, "micro", theta[:p.at.value], p.shape.InitRange)
	bias := theta[p.at.bias:p.at.w1]
	clear(bias)
	for k := range min(separable, len(bias)) {
		bias[k] = sepBias
	}
	if p.shape.Critic {
		uniform(seed, "critic", theta[p.at.value:p.at.total-1], p.shape.InitRange)
	}
	return theta
}

// Unroll implements [Policy].
func (p *Micro) Unroll(theta []float64, pick Pick) Path {
	p.path, p.beats = Path{}, p.beats[:0]
	p.cell.start()
	for half := range p.keys {
		p.unrollCell(theta, half, pick)
	}
	return p.path
}

// unrollCell makes the decisions of one cell.
func (p *Micro) unrollCell(theta []float64, half int, pick Pick) {
	anchors := make([]int, 0, micro.Inputs+p.blocks) // step of every node's anchor, −1 for zeros
	source, which := fromStart, 0
	for node := range micro.Inputs + p.blocks {
		if node >= micro.Inputs {
			for range 2 {
				h := p.advance(theta, beat{source: source, which: which, role: decidesInput, half: half, node: node})
				source, which = fromNode, anchors[p.decideInput(theta, h, half, node, pick)]
			}
			for range 2 {
				h := p.advance(theta, beat{source: source, which: which, role: decidesOp, half: half, node: node})
				source, which = fromOp, p.decideOp(theta, h, half, pick)
			}
		}
		h := p.advance(theta, beat{source: source, which: which, role: makesKey, half: half, node: node})
		clear(p.keys[half][node])
		vector.AddRows(p.keys[half][node], h, theta[p.at.w1:p.at.w2])
		step := len(p.beats) - 1
		if node < micro.Inputs {
			step = -1
		}
		anchors = append(anchors, step)
		source = fromStart
	}
}

// advance makes one step of the LSTM with the input that a beat names.
func (p *Micro) advance(theta []float64, b beat) []float64 {
	b.decision = len(p.path.Arch)
	p.beats = append(p.beats, b)
	h := p.shape.Hidden
	x := theta[p.at.start:p.at.embed]
	switch {
	case b.source == fromOp:
		x = theta[p.at.embed+b.which*h : p.at.embed+(b.which+1)*h]
	case b.source == fromNode && b.which < 0:
		x = p.zeros
	case b.source == fromNode:
		x = p.cell.hidden[b.which+1]
	}
	return p.cell.step(theta[:p.at.start], x)
}

// decideInput picks an earlier node by attention.
func (p *Micro) decideInput(theta, h []float64, half, node int, pick Pick) int {
	query := make([]float64, p.shape.Hidden)
	vector.AddRows(query, h, theta[p.at.w2:p.at.v])
	logits, v := make([]float64, node), theta[p.at.v:p.at.value]
	for n := range logits {
		curve := p.curves[len(p.path.Arch)][n]
		for j, key := range p.keys[half][n] {
			curve[j] = math.Tanh(key + query[j])
		}
		logits[n] = vector.Dot(curve, v)
	}
	squash(logits, p.shape.TanhScale, p.shape.Temperature)
	return p.decide(theta, h, logits, pick)
}

// decideOp picks an operation.
func (p *Micro) decideOp(theta, h []float64, half int, pick Pick) int {
	logits := append([]float64(nil), theta[p.at.bias:p.at.w1]...)
	vector.AddDots(logits, h, theta[p.at.soft:p.at.bias])
	squash(logits, p.shape.TanhScale/opTanhReduce, p.shape.Temperature)
	for k := range logits {
		logits[k] += fixed(half, k)
	}
	return p.decide(theta, h, logits, pick)
}

// fixed is the bias of an operation that is not trained.
func fixed(half, op int) float64 {
	switch {
	case half > 0:
		return 0
	case op < separable:
		return fixedBias
	}
	return -fixedBias
}

// decide asks for a choice and adds it to the path.
func (p *Micro) decide(theta, h, logits []float64, pick Pick) int {
	if p.shape.Critic {
		p.path.Values = append(p.path.Values, theta[p.at.total-1]+vector.Dot(h, theta[p.at.value:p.at.total-1]))
	}
	k := pick(len(p.path.Arch), logits)
	p.path.Logits = append(p.path.Logits, logits)
	p.path.Arch = append(p.path.Arch, k)
	return k
}

// isMicro says whether a space is the micro space, and which.
func isMicro(s space.Space) (micro.Space, error) {
	m, ok := s.(micro.Space)
	if !ok {
		return m, fmt.Errorf("enas: policy %q is for the space %s, got %s", PolicyMicro, micro.Name, s.Name())
	}
	return m, nil
}
