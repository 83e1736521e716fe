package supernet

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet/internal/flat"
)

// Weights are a network's weights and the momentum of their optimizer, both [P], on
// the device.
type Weights struct{ vector flat.Weights }

// SGD are the settings of one weight update.
type SGD struct {
	Rate     float64 // learning rate, > 0
	Momentum float64 // μ in [0, 1)
	Decay    float64 // weight decay, added to the gradient after clipping
	Clip     float64 // largest L2 norm of the gradient; 0 for none
}

// Init draws first weights, see [Network.Initial], with zero momentum.
func (e *Engine) Init(seed uint64) *Weights {
	return &Weights{e.net.layout.Weights(e.net.cfg.DType, e.net.Initial(seed))}
}

// updateGraph builds stochastic gradient descent with momentum:
//
//	g ← g·min(1, clip/‖g‖);  v ← μv + g + decay·w;  w ← w − rate·v
//
//	in   w [P], v [P], g [P], settings [4] = rate, μ, decay, clip
//	out  w [P], v [P], ‖g‖ []
func updateGraph(in []*Node) []*Node {
	w, v, g := in[0], in[1], in[2]
	rate, momentum, decay, clip := setting(in[3], 0), setting(in[3], 1), setting(in[3], 2), setting(in[3], 3)
	norm := Sqrt(ReduceAllSum(Square(g)))
	g = Mul(g, Min(Div(clip, AddScalar(norm, 1e-6)), ScalarOne(w.Graph(), w.DType())))
	v = Add(Mul(momentum, v), Add(g, Mul(decay, w)))
	return []*Node{Sub(w, Mul(rate, v)), v, norm}
}

// virtualGraph builds w' = w − ξ(μv + g + decay·w), the unrolled step of [DARTS]
// section 2.3; inputs as updateGraph with settings [3] = ξ, μ, decay.
func virtualGraph(in []*Node) []*Node {
	w, v, g := in[0], in[1], in[2]
	direction := Add(Mul(setting(in[3], 1), v), Add(g, Mul(setting(in[3], 2), w)))
	return []*Node{Sub(w, Mul(setting(in[3], 0), direction))}
}

// shiftGraph builds w + ε·g for w [P], g [P], ε [1].
func shiftGraph(in []*Node) []*Node {
	return []*Node{Add(in[0], Mul(setting(in[2], 0), in[1]))}
}

// setting takes one scalar out of a vector.
func setting(vector *Node, i int) *Node { return Reshape(Slice(vector, AxisElem(i))) }

// Update moves w in place by one step of [SGD] and returns the L2 norm that the
// gradient had before clipping. With a gradient that is not finite it changes
// nothing and returns an error.
func (e *Engine) Update(w *Weights, g *Gradients, opt SGD) (gradNorm float64, err error) {
	clip := opt.Clip
	if clip <= 0 {
		clip = math.Inf(1)
	}
	out, err := e.update.Call(w.vector.Flat, w.vector.Velocity, g.weights,
		e.tensor([]float64{opt.Rate, opt.Momentum, opt.Decay, clip}, 4))
	if err != nil {
		return 0, fmt.Errorf("supernet: weight update: %w", err)
	}
	norm := flat.Scalar(out[2])
	if !flat.IsFinite(norm) {
		return 0, fmt.Errorf("supernet: norm of the weights' gradient is %v: %w", norm, ErrNotFinite)
	}
	w.vector.Flat, w.vector.Velocity = out[0], out[1]
	return norm, nil
}

// Virtual returns the weights one step ahead, w' = w − ξ(μv + g + decay·w), without
// changing w. The result has no momentum of its own.
func (e *Engine) Virtual(w *Weights, g *Gradients, xi, momentum, decay float64) (*Weights, error) {
	out, err := e.virtual.Call(w.vector.Flat, w.vector.Velocity, g.weights, e.tensor([]float64{xi, momentum, decay}, 3))
	if err != nil {
		return nil, fmt.Errorf("supernet: virtual step: %w", err)
	}
	return w.at(out[0]), nil
}

// Shift returns w + eps·g without changing w.
func (e *Engine) Shift(w *Weights, g *Gradients, eps float64) (*Weights, error) {
	out, err := e.shift.Call(w.vector.Flat, g.weights, e.tensor([]float64{eps}, 1))
	if err != nil {
		return nil, fmt.Errorf("supernet: weight shift: %w", err)
	}
	return w.at(out[0]), nil
}

// Norm returns the L2 norm of the gradient over all weights.
func (g *Gradients) Norm() float64 {
	sum := 0.0
	for _, v := range flat.Floats(g.weights) {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// Weights returns a copy of the gradient for the weights [P], in the order of
// [Network.Params].
func (g *Gradients) Weights() []float64 { return flat.Floats(g.weights) }

// at returns weights with other values and the same momentum.
func (w *Weights) at(values *tensors.Tensor) *Weights {
	other := *w
	other.vector.Flat = values
	return &other
}

// State returns every parameter and its momentum as "weights/NAME" and
// "momentum/NAME".
func (w *Weights) State() (map[string]search.Tensor, error) {
	state, err := w.vector.State()
	if err != nil {
		return nil, fmt.Errorf("supernet: %w", err)
	}
	return state, nil
}

// Restore puts weights back from a state; other tensors in it are ignored.
func (e *Engine) Restore(state map[string]search.Tensor) (*Weights, error) {
	vector, err := e.net.layout.Restore(e.net.cfg.DType, state)
	if err != nil {
		return nil, fmt.Errorf("supernet: %w", err)
	}
	return &Weights{vector}, nil
}
