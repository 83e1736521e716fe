package micro

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/nasx/supernet"
	"naslab.dev/nasx/supernet/internal/flat"
	"naslab.dev/nasx/supernet/internal/layers"
)

// Engine holds what was compiled for one network on one backend. It holds no
// weights: any number of searches may share it. An Engine is safe for use by
// several goroutines, a [Weights] by one.
type Engine struct {
	net *Network

	grad, evaluate, update *Exec
}

// NewEngine prepares to run a network; compilation happens at the first use of each
// batch size, or in [Engine.Prepare]. No architecture causes another one.
func NewEngine(backend compute.Backend, net *Network) (*Engine, error) {
	if backend == nil || net == nil {
		return nil, errors.New("supernet/micro: backend or network are nil, want both")
	}
	e := &Engine{net: net}
	for _, program := range []struct {
		exec  **Exec
		name  string
		graph func([]*Node) []*Node
	}{
		{&e.grad, "micro gradient", e.gradGraph},
		{&e.evaluate, "micro evaluation", e.evaluateGraph},
		{&e.update, "micro weight update", updateGraph},
	} {
		exec, err := NewExec(backend, program.graph)
		if err != nil {
			return nil, fmt.Errorf("supernet/micro: %s: %w", program.name, err)
		}
		*program.exec = exec.WithName(program.name)
	}
	return e, nil
}

// Network returns the network that the engine runs.
func (e *Engine) Network() *Network { return e.net }

// gradGraph builds loss and gradient of one minibatch.
//
//	in   weights [P], images [batch, h, w, c], labels [batch],
//	     inputs [2, B, 2, B+2], operations [2, B, 2, 5], loose ends [2, B+2]
//	out  loss [], accuracy [], ∂loss/∂weights [P]
func (e *Engine) gradGraph(in []*Node) []*Node {
	w := newWeights(e.net, in[0])
	loss, accuracy := layers.CrossEntropy(e.net.forward(w, in[1], chosen{in[3], in[4], in[5]}), in[2])
	return []*Node{loss, accuracy, w.gradient(loss)}
}

// evaluateGraph builds loss and accuracy of one batch; inputs as gradGraph.
func (e *Engine) evaluateGraph(in []*Node) []*Node {
	w := newWeights(e.net, in[0])
	loss, accuracy := layers.CrossEntropy(e.net.forward(w, in[1], chosen{in[3], in[4], in[5]}), in[2])
	return []*Node{loss, accuracy}
}

// Gradients is what one minibatch said of one architecture. The gradient of the
// weights stays on the device.
type Gradients struct {
	Loss     float64 // mean cross-entropy, nats
	Accuracy float64 // fraction of the minibatch

	weights *tensors.Tensor // [P]
	used    []float64       // [P], 1 for the weights of the architecture
}

// Weights returns a copy of the gradient for the weights [P], in the order of
// [Network.Params].
func (g *Gradients) Weights() []float64 { return flat.Floats(g.weights) }

// Grad computes loss and gradient of an architecture for one minibatch at fixed
// weights.
//
//	pixels  [batch, height, width, channels]
//	labels  [batch]
//	z       one one-hot row per decision of the space
func (e *Engine) Grad(w *Weights, pixels []float32, labels []int32, z [][]float64) (*Gradients, error) {
	args, c, err := e.batch(w, pixels, labels, z)
	if err != nil {
		return nil, err
	}
	out, err := e.grad.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("supernet/micro: gradient of a batch of %d: %w", len(labels), err)
	}
	g := &Gradients{Loss: flat.Scalar(out[0]), Accuracy: flat.Scalar(out[1]), weights: out[2], used: e.net.used(c)}
	if !flat.IsFinite(g.Loss) {
		return nil, fmt.Errorf("supernet/micro: loss of a batch of %d is %v: %w", len(labels), g.Loss, supernet.ErrNotFinite)
	}
	return g, nil
}

// Evaluate measures an architecture on a held-out set in one batch, whose own
// statistics normalise it. Arguments as for [Engine.Grad]; loss in nats, accuracy as
// a fraction.
func (e *Engine) Evaluate(w *Weights, pixels []float32, labels []int32, z [][]float64) (
	loss, accuracy float64, err error,
) {
	args, _, err := e.batch(w, pixels, labels, z)
	if err != nil {
		return 0, 0, err
	}
	out, err := e.evaluate.Call(args...)
	if err != nil {
		return 0, 0, fmt.Errorf("supernet/micro: evaluation of %d images: %w", len(labels), err)
	}
	loss, accuracy = flat.Scalar(out[0]), flat.Scalar(out[1])
	if !flat.IsFinite(loss) {
		return 0, 0, fmt.Errorf("supernet/micro: loss of %d held-out images is %v: %w",
			len(labels), loss, supernet.ErrNotFinite)
	}
	return loss, accuracy, nil
}

// Prepare compiles what a search needs, so that its first step is as fast as the
// others: gradients for a minibatch, evaluation for each size of a held-out set.
// report is called before each compilation with what is compiled; it may be nil.
func (e *Engine) Prepare(report func(what string), batch int, held ...int) error {
	if report == nil {
		report = func(string) {}
	}
	report(fmt.Sprintf("the search network's gradient, batch %d", batch))
	if _, err := e.grad.Compile(e.shapes(batch)...); err != nil {
		return fmt.Errorf("supernet/micro: compiling gradients for a batch of %d: %w", batch, err)
	}
	for _, size := range held {
		report(fmt.Sprintf("its evaluation, %d images", size))
		if _, err := e.evaluate.Compile(e.shapes(size)...); err != nil {
			return fmt.Errorf("supernet/micro: compiling evaluation of %d images: %w", size, err)
		}
	}
	return nil
}

// shapes lists the shapes of a batch's inputs.
func (e *Engine) shapes(batch int) []shapes.Shape {
	cfg, nodes := e.net.cfg, cellspace.Inputs+e.net.cfg.Blocks
	pixels, labels := cfg.images().Shapes(batch)
	return []shapes.Shape{
		shapes.Make(cfg.DType, e.net.Size()), pixels, labels,
		shapes.Make(cfg.DType, 2, cfg.Blocks, 2, nodes),
		shapes.Make(cfg.DType, 2, cfg.Blocks, 2, numOps),
		shapes.Make(cfg.DType, 2, nodes),
	}
}

// batch checks a batch and an architecture and turns them into arguments.
func (e *Engine) batch(w *Weights, pixels []float32, labels []int32, z [][]float64) ([]any, choice, error) {
	cfg := e.net.cfg
	images, classes, err := cfg.images().Tensors(pixels, labels)
	if err != nil {
		return nil, choice{}, fmt.Errorf("supernet/micro: %w", err)
	}
	c, err := e.net.choose(z)
	if err != nil {
		return nil, choice{}, err
	}
	nodes := cellspace.Inputs + cfg.Blocks
	return []any{
		w.vector.Flat, images, classes,
		e.tensor(c.inputs, 2, cfg.Blocks, 2, nodes),
		e.tensor(c.ops, 2, cfg.Blocks, 2, numOps),
		e.tensor(c.loose, 2, nodes),
	}, c, nil
}

// tensor converts values to the network's element type.
func (e *Engine) tensor(values []float64, dims ...int) *tensors.Tensor {
	return flat.Tensor(e.net.cfg.DType, values, dims...)
}
