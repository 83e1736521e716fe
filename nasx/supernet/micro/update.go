package micro

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

// Weights are a network's weights and the momentum of their optimizer, both [P], on
// the device.
type Weights struct {
	flat, velocity *tensors.Tensor
	engine         *Engine
}

// Init draws first weights, see [Network.Initial], with zero momentum.
func (e *Engine) Init(seed uint64) *Weights { return e.WeightsOf(e.net.Initial(seed)) }

// WeightsOf returns weights with given values [P] and no momentum.
func (e *Engine) WeightsOf(flat []float64) *Weights {
	return &Weights{
		flat:     e.tensor(flat, e.net.size),
		velocity: e.tensor(make([]float64, e.net.size), e.net.size),
		engine:   e,
	}
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
	out, err := e.update.Call(w.flat, w.velocity, g.weights, e.tensor(g.used, e.net.size),
		e.tensor([]float64{opt.Rate, opt.Momentum, opt.Decay, clip}, 4))
	if err != nil {
		return 0, fmt.Errorf("supernet/micro: weight update: %w", err)
	}
	norm := scalar(out[2])
	if !isFinite(norm) {
		return 0, fmt.Errorf("supernet/micro: norm of the weights' gradient is %v: %w", norm, supernet.ErrNotFinite)
	}
	w.flat, w.velocity = out[0], out[1]
	return norm, nil
}

// Values returns a copy of the weights [P], in the order of [Network.Params].
func (w *Weights) Values() []float64 { return floats(w.flat) }

// Names of the two groups of tensors in a state.
const (
	stateWeights  = "weights/"
	stateMomentum = "momentum/"
)

// State returns every parameter and its momentum as "weights/NAME" and
// "momentum/NAME".
func (w *Weights) State() (map[string]search.Tensor, error) {
	net := w.engine.net
	state := make(map[string]search.Tensor, 2*len(net.params))
	for prefix, t := range map[string]*tensors.Tensor{stateWeights: w.flat, stateMomentum: w.velocity} {
		err := t.ConstFlatData(func(flat any) {
			for _, p := range net.params {
				switch values := flat.(type) {
				case []float32:
					state[prefix+p.Name] = search.Float32Tensor(values[p.Offset:p.Offset+p.Size()], p.Shape...)
				case []float64:
					state[prefix+p.Name] = search.Float64Tensor(values[p.Offset:p.Offset+p.Size()], p.Shape...)
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("supernet/micro: reading weights: %w", err)
		}
	}
	return state, nil
}

// Restore puts weights back from a state; other tensors in it are ignored.
func (e *Engine) Restore(state map[string]search.Tensor) (*Weights, error) {
	w := &Weights{engine: e}
	for prefix, t := range map[string]**tensors.Tensor{stateWeights: &w.flat, stateMomentum: &w.velocity} {
		flat := make([]float64, e.net.size)
		for _, p := range e.net.params {
			values, err := decode(state, prefix+p.Name, p.Shape)
			if err != nil {
				return nil, err
			}
			copy(flat[p.Offset:], values)
		}
		*t = e.tensor(flat, e.net.size)
	}
	return w, nil
}

// decode reads one parameter of a state, in either float type (float32 values pass
// through float64 unchanged).
func decode(state map[string]search.Tensor, name string, shape []int) ([]float64, error) {
	t, found := state[name]
	if !found {
		return nil, fmt.Errorf("supernet/micro: state has no tensor %q", name)
	}
	if fmt.Sprint(t.Shape) != fmt.Sprint(shape) {
		return nil, fmt.Errorf("supernet/micro: tensor %q has shape %v, want %v", name, t.Shape, shape)
	}
	if t.DType == search.F64 {
		values, err := t.Float64s()
		if err != nil {
			return nil, fmt.Errorf("supernet/micro: tensor %q: %w", name, err)
		}
		return values, nil
	}
	narrow, err := t.Float32s()
	if err != nil {
		return nil, fmt.Errorf("supernet/micro: tensor %q: %w", name, err)
	}
	values := make([]float64, len(narrow))
	for i, v := range narrow {
		values[i] = float64(v)
	}
	return values, nil
}
