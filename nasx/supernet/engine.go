package supernet

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"naslab.dev/nasx/supernet/internal/flat"
	"naslab.dev/nasx/supernet/internal/layers"
)

// ErrNotFinite is wrapped by errors about a loss or gradient that is NaN or infinite.
var ErrNotFinite = errors.New("not a finite number")

// Engine holds what was compiled for one network on one backend. It holds no
// weights: any number of searches may share it. An Engine is safe for use by
// several goroutines, a [Weights] by one.
type Engine struct {
	net     *Network
	backend compute.Backend

	grad, gradZ, evaluate, update, virtual, shift *Exec
}

// NewEngine prepares to run a network; compilation happens at the first use of each
// batch size, or in [Engine.Prepare].
func NewEngine(backend compute.Backend, net *Network) (*Engine, error) {
	e := &Engine{net: net, backend: backend}
	for _, program := range []struct {
		exec  **Exec
		name  string
		graph func([]*Node) []*Node
	}{
		{&e.grad, "supernet gradient", e.gradGraph},
		{&e.gradZ, "supernet gradient in z", e.gradZGraph},
		{&e.evaluate, "supernet evaluation", e.evaluateGraph},
		{&e.update, "weight update", updateGraph},
		{&e.virtual, "virtual step", virtualGraph},
		{&e.shift, "weight shift", shiftGraph},
	} {
		exec, err := NewExec(backend, program.graph)
		if err != nil {
			return nil, fmt.Errorf("supernet: %s: %w", program.name, err)
		}
		*program.exec = exec.WithName(program.name)
	}
	return e, nil
}

// Network returns the network that the engine runs.
func (e *Engine) Network() *Network { return e.net }

// gradGraph builds loss and gradients of one minibatch.
//
//	in   weights [P], images [batch, h, w, c], labels [batch], z [2E, K]
//	out  loss [], accuracy [], ∂loss/∂z [2E, K], ∂loss/∂weights [P]
func (e *Engine) gradGraph(in []*Node) []*Node {
	logits, w := e.net.forward(in[0], in[1], in[3])
	loss, accuracy := layers.CrossEntropy(logits, in[2])
	gradWeights, gradZ := w.gradient(loss)
	return []*Node{loss, accuracy, gradZ, gradWeights}
}

// gradZGraph builds loss and the gradient in z alone; inputs as gradGraph.
//
//	out  loss [], ∂loss/∂z [2E, K]
func (e *Engine) gradZGraph(in []*Node) []*Node {
	logits, w := e.net.forward(in[0], in[1], in[3])
	loss, _ := layers.CrossEntropy(logits, in[2])
	return []*Node{loss, w.gradientOfZ(loss)}
}

// evaluateGraph builds loss and accuracy of one batch; inputs as gradGraph.
func (e *Engine) evaluateGraph(in []*Node) []*Node {
	logits, _ := e.net.forward(in[0], in[1], in[3])
	loss, accuracy := layers.CrossEntropy(logits, in[2])
	return []*Node{loss, accuracy}
}

// Gradients is what one minibatch said. The weight gradient stays on the device.
type Gradients struct {
	Loss     float64     // mean cross-entropy, nats
	Accuracy float64     // fraction of the minibatch
	OpGrad   [][]float64 // [2E, K] ∂Loss/∂z, summed over the cells of a type

	weights *tensors.Tensor // [P]
	engine  *Engine
}

// Grad computes loss and gradients for one minibatch at fixed weights.
//
//	pixels  [batch, height, width, channels]
//	labels  [batch]
//	z       [2E, K], one row per decision
func (e *Engine) Grad(w *Weights, pixels []float32, labels []int32, z [][]float64) (*Gradients, error) {
	args, err := e.batch(w, pixels, labels, z)
	if err != nil {
		return nil, err
	}
	out, err := e.grad.Call(args...)
	if err != nil {
		return nil, fmt.Errorf("supernet: gradient of a batch of %d: %w", len(labels), err)
	}
	g := &Gradients{
		Loss: flat.Scalar(out[0]), Accuracy: flat.Scalar(out[1]), OpGrad: e.rows(out[2]),
		weights: out[3], engine: e,
	}
	if !flat.IsFinite(g.Loss) {
		return nil, fmt.Errorf("supernet: loss of a batch of %d is %v: %w", len(labels), g.Loss, ErrNotFinite)
	}
	return g, nil
}

// GradZ computes loss and ∂loss/∂z [2E, K] alone, which takes some two thirds of the time
// of [Engine.Grad]. Arguments as there.
func (e *Engine) GradZ(w *Weights, pixels []float32, labels []int32, z [][]float64) (
	loss float64, opGrad [][]float64, err error,
) {
	args, err := e.batch(w, pixels, labels, z)
	if err != nil {
		return 0, nil, err
	}
	out, err := e.gradZ.Call(args...)
	if err != nil {
		return 0, nil, fmt.Errorf("supernet: gradient in z of a batch of %d: %w", len(labels), err)
	}
	if loss = flat.Scalar(out[0]); !flat.IsFinite(loss) {
		return 0, nil, fmt.Errorf("supernet: loss of a batch of %d is %v: %w", len(labels), loss, ErrNotFinite)
	}
	return loss, e.rows(out[1]), nil
}

// Evaluate measures a held-out set in one batch, whose own statistics normalise it.
// Arguments as for [Engine.Grad]; loss in nats, accuracy as a fraction.
func (e *Engine) Evaluate(w *Weights, pixels []float32, labels []int32, z [][]float64) (
	loss, accuracy float64, err error,
) {
	args, err := e.batch(w, pixels, labels, z)
	if err != nil {
		return 0, 0, err
	}
	out, err := e.evaluate.Call(args...)
	if err != nil {
		return 0, 0, fmt.Errorf("supernet: evaluation of %d images: %w", len(labels), err)
	}
	loss, accuracy = flat.Scalar(out[0]), flat.Scalar(out[1])
	if !flat.IsFinite(loss) {
		return 0, 0, fmt.Errorf("supernet: loss of %d held-out images is %v: %w", len(labels), loss, ErrNotFinite)
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
		return fmt.Errorf("supernet: compiling gradients for a batch of %d: %w", batch, err)
	}
	for _, size := range held {
		report(fmt.Sprintf("its evaluation, %d images", size))
		if _, err := e.evaluate.Compile(e.shapes(size)...); err != nil {
			return fmt.Errorf("supernet: compiling evaluation of %d images: %w", size, err)
		}
	}
	return nil
}

// PrepareZ compiles what [Engine.GradZ] needs for a minibatch. report is called before;
// it may be nil.
func (e *Engine) PrepareZ(report func(what string), batch int) error {
	if report != nil {
		report(fmt.Sprintf("its gradient in z, batch %d", batch))
	}
	if _, err := e.gradZ.Compile(e.shapes(batch)...); err != nil {
		return fmt.Errorf("supernet: compiling gradients in z for a batch of %d: %w", batch, err)
	}
	return nil
}

// shapes lists the shapes of a batch's inputs.
func (e *Engine) shapes(batch int) []shapes.Shape {
	cfg := e.net.cfg
	pixels, labels := cfg.images().Shapes(batch)
	return []shapes.Shape{
		shapes.Make(cfg.DType, e.net.Size()), pixels, labels,
		shapes.Make(cfg.DType, 2*edgeCount(cfg.Nodes), len(cfg.Ops)),
	}
}

// batch checks a batch and turns it into arguments.
func (e *Engine) batch(w *Weights, pixels []float32, labels []int32, z [][]float64) ([]any, error) {
	cfg := e.net.cfg
	images, classes, err := cfg.images().Tensors(pixels, labels)
	if err != nil {
		return nil, fmt.Errorf("supernet: %w", err)
	}
	mixing := make([]float64, 0, 2*edgeCount(cfg.Nodes)*len(cfg.Ops))
	for d, row := range z {
		if len(row) != len(cfg.Ops) {
			return nil, fmt.Errorf("supernet: row %d of z has %d entries, want %d", d, len(row), len(cfg.Ops))
		}
		mixing = append(mixing, row...)
	}
	if len(z) != 2*edgeCount(cfg.Nodes) {
		return nil, fmt.Errorf("supernet: z has %d rows, want %d", len(z), 2*edgeCount(cfg.Nodes))
	}
	return []any{w.vector.Flat, images, classes, e.tensor(mixing, len(z), len(cfg.Ops))}, nil
}

// tensor converts values to the network's element type.
func (e *Engine) tensor(values []float64, dims ...int) *tensors.Tensor {
	return flat.Tensor(e.net.cfg.DType, values, dims...)
}

// rows reads a matrix back as float64 rows.
func (e *Engine) rows(t *tensors.Tensor) [][]float64 {
	values, columns := flat.Floats(t), t.Shape().Dimensions[1]
	rows := make([][]float64, 0, len(values)/columns)
	for start := 0; start < len(values); start += columns {
		rows = append(rows, values[start:start+columns:start+columns])
	}
	return rows
}
