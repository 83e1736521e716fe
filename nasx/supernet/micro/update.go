package micro

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/internal/flat"
)

// Weights are a network's weights and the momentum of their optimizer, both [P], on
// the device.
type Weights struct{ vector flat.Weights }

// Init draws first weights, see [Network.Initial], with zero momentum.
func (e *Engine) Init(seed uint64) *Weights { return e.WeightsOf(e.net.Initial(seed)) }

// WeightsOf returns weights with given values [P] and no momentum.
func (e *Engine) WeightsOf(values []float64) *Weights {
	return &Weights{e.net.layout.Weights(e.net.cfg.DType, values)}
}

// updateGraph builds stochastic gradient descent with momentum for the weights that
// an architecture uses; the others keep their values and their momentum:
//
//	g ← g·min(1, clip/‖g‖);  v ← μv + g + decay·w;  w ← w − rate·v     where used
//
//	in   w [P], v [P], g [P], used [P], settings [4] = rate, μ, decay, clip
//	out  w [P], v [P], ‖g‖ []
func updateGraph(in []*Node) []*Node {
	w, v, g, used := in[0], in[1], in[2], GreaterThan(in[3], ZerosLike(in[3]))
	setting := func(i int) *Node { return Reshape(Slice(in[4], AxisElem(i))) }
	norm := Sqrt(ReduceAllSum(Square(g)))
	g = Mul(g, Min(Div(setting(3), AddScalar(norm, 1e-6)), ScalarOne(w.Graph(), w.DType())))
	v = Where(used, Add(Mul(setting(1), v), Add(g, Mul(setting(2), w))), v)
	return []*Node{Where(used, Sub(w, Mul(setting(0), v)), w), v, norm}
}

// Update moves w in place by one step of [supernet.SGD] and returns the L2 norm that
// the gradient had before clipping. Weights that the gradient's architecture does not
// use stay as they are, bit for bit. With a gradient that is not finite it changes
// nothing and returns an error.
func (e *Engine) Update(w *Weights, g *Gradients, opt supernet.SGD) (gradNorm float64, err error) {
	clip := opt.Clip
	if clip <= 0 {
		clip = math.Inf(1)
	}
	out, err := e.update.Call(w.vector.Flat, w.vector.Velocity, g.weights, e.tensor(g.used, e.net.Size()),
		e.tensor([]float64{opt.Rate, opt.Momentum, opt.Decay, clip}, 4))
	if err != nil {
		return 0, fmt.Errorf("supernet/micro: weight update: %w", err)
	}
	norm := flat.Scalar(out[2])
	if !flat.IsFinite(norm) {
		return 0, fmt.Errorf("supernet/micro: norm of the weights' gradient is %v: %w", norm, supernet.ErrNotFinite)
	}
	w.vector.Flat, w.vector.Velocity = out[0], out[1]
	return norm, nil
}

// Values returns a copy of the weights [P], in the order of [Network.Params].
func (w *Weights) Values() []float64 { return flat.Floats(w.vector.Flat) }

// State returns every parameter and its momentum as "weights/NAME" and
// "momentum/NAME".
func (w *Weights) State() (map[string]search.Tensor, error) {
	state, err := w.vector.State()
	if err != nil {
		return nil, fmt.Errorf("supernet/micro: %w", err)
	}
	return state, nil
}

// Restore puts weights back from a state; other tensors in it are ignored.
func (e *Engine) Restore(state map[string]search.Tensor) (*Weights, error) {
	vector, err := e.net.layout.Restore(e.net.cfg.DType, state)
	if err != nil {
		return nil, fmt.Errorf("supernet/micro: %w", err)
	}
	return &Weights{vector}, nil
}
