package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/kernels"
)

// The fast form computes what plain.go defines with the operations of package kernels:
//
//   - Feature maps are [blocks, maps, channels, h, w, lanes]: an image is a lane of a
//     block, so that every loop runs over whole vectors of images.
//   - A convolution starts with the ReLU before it and ends with the statistics of the
//     normalisation after it. Who reads a map normalises it while reading, so that
//     normalised maps are never stored.
//   - All edges that leave a node apply an operation together, which reads the node once.
//
// Gradients are not GoMLX's here: every operation leaves what computes its gradient on a
// tape, which is run backwards.

// tape is a network that is being built, with its gradients.
type tape struct {
	net     *Network
	weights *Node // [P]
	z       *Node // [2E, K]

	fixed    bool             // weights get no gradient
	features *Node            // [batch, nodes·channels], which the classifier reads
	params   map[string]*Node // that were asked for by name
	last     []*feature       // nodes of the last cell
	backward []func()
	ofWeight []kernels.Piece
	ofZ      []kernels.Piece
}

// feature is a map of the network and the gradient that has arrived at it so far.
type feature struct {
	x        *Node // [blocks, 1, channels, h, w, lanes]
	norm     *Node // [1, channels, 2]; nil where x is taken as it is
	gradient *Node // of x, normalised; nil as long as there is none
	leaf     bool  // only weights lie before it
}

// arrive adds a gradient.
func (f *feature) arrive(gradient *Node) {
	if f.gradient == nil {
		f.gradient = gradient
	} else {
		f.gradient = Add(f.gradient, gradient)
	}
}

// xs returns the maps of several features.
func xs(features []*feature) []*Node {
	list := make([]*Node, len(features))
	for i, f := range features {
		list[i] = f.x
	}
	return list
}

// gradients returns what has arrived at several features.
func gradients(features []*feature) []*Node {
	list := make([]*Node, len(features))
	for i, f := range features {
		list[i] = f.gradient
	}
	return list
}

// fastForward builds the class logits [batch, classes] of images [batch, h, w, channels].
func (n *Network) fastForward(t *tape, images *Node) *Node {
	s0 := []*feature{t.stem(images)}
	s1 := s0
	for _, c := range n.cells {
		s0, s1 = s1, t.cell(c, s0, s1)
	}
	t.last = s1
	return classify(t, t.pooled(images.Shape().Dimensions[0]))
}

// lanesOf returns how many images of a batch make a block: a divisor of the batch, enough
// of them for a whole vector and, where images are narrow, for a row of some vectors, but
// no more than a half where that leaves a vector, so that two processors have work. A batch
// without such divisors is one block.
func lanesOf(batch, width int) int {
	const vector, row = 16, 256
	best := batch
	for lanes := batch; lanes >= vector; lanes-- {
		if batch%lanes == 0 && (lanes*width >= row || lanes == batch) {
			best = lanes
		}
	}
	if best == batch && batch%2 == 0 && batch/2 >= vector {
		best = batch / 2
	}
	return best
}

// blocked brings images [batch, h, w, channels] into the form of feature maps.
func blocked(images *Node) *Node {
	d := images.Shape().Dimensions
	lanes := lanesOf(d[0], d[2])
	x := TransposeAllAxes(Reshape(images, d[0]/lanes, lanes, d[1], d[2], d[3]), 0, 4, 2, 3, 1)
	return Reshape(x, d[0]/lanes, 1, d[3], d[1], d[2], lanes)
}

// stem is Network.stem: its gain and offset become part of the normalisation.
func (t *tape) stem(images *Node) *feature {
	unit := kernels.Unit{
		Form: kernels.Dense, Side: 3, Dilation: 1, Stride: 1, Outs: t.net.cfg.Stem,
		Places: []int{t.net.param("stem/conv").Offset},
	}
	x := blocked(images)
	y, norm := unit.Forward(t.weights, nil, x)
	gain, offset := Reshape(t.param("stem/gain"), 1, -1, 1), Reshape(t.param("stem/offset"), 1, -1, 1)
	factor, shift := Slice(norm, AxisRange(), AxisRange(), AxisRange(0, 1)), Slice(norm, AxisRange(), AxisRange(), AxisRange(1))
	out := &feature{leaf: true, x: y, norm: Concatenate([]*Node{Mul(gain, factor), Add(Mul(gain, shift), offset)}, 2)}
	t.onBackward(func() {
		if t.fixed || out.gradient == nil {
			return
		}
		back, _, sums := kernels.MixBackward(t.z, gradients([]*feature{out}), alone(y, norm))
		ofConv, _, _ := unit.Backward(t.weights, nil, []*Node{x}, y, Mul(gain, back[0]), gradients([]*feature{out}), t.want(0))
		t.piece("stem/conv", ofConv)
		t.piece("stem/offset", Reshape(Slice(sums, AxisRange(), AxisRange(), AxisRange(0, 1)), -1))
		t.piece("stem/gain", Reshape(Slice(sums, AxisRange(), AxisRange(), AxisRange(1)), -1))
	})
	return out
}

// alone is the term of a map that is only normalised.
func alone(x, norm *Node) []kernels.Term {
	return []kernels.Term{{X: x, Norm: norm, Places: []int{-1}}}
}

// cell builds one cell from the nodes of the two before.
func (t *tape) cell(c cell, s0, s1 []*feature) []*feature {
	inputs := []*feature{t.preprocess(c, "pre0", s0), t.preprocess(c, "pre1", s1)}
	nodes := make([]*feature, t.net.cfg.Nodes)
	for i := range nodes {
		nodes[i] = &feature{}
	}
	flow := t.edges(c, 0, inputs, nodes, nil) // into the nodes to come
	for i, node := range nodes {
		node.x, flow = flow[0], flow[1:]
		if i+1 < len(nodes) {
			flow = t.edges(c, i+2, []*feature{node}, nodes[i+1:], flow)
		}
	}
	return nodes
}

// preprocess brings an input of a cell to its channels, and the first one after a
// reduction to its size.
func (t *tape) preprocess(c cell, input string, sources []*feature) *feature {
	name := cellName(c) + "/" + input + "/conv"
	unit := kernels.Unit{Form: kernels.Dense, Side: 1, Dilation: 1, Stride: 1, ReLU: true, Outs: c.channels}
	if input == "pre0" && c.prevReduction {
		unit.Form, unit.Stride, name = kernels.Pair, 2, cellName(c)+"/pre0/a"
	}
	unit.Places = []int{t.net.param(name).Offset}
	norm := sources[0].norm
	y, yNorm := unit.Forward(t.weights, norm, xs(sources)...)
	out := &feature{x: y, norm: yNorm, leaf: sources[0].leaf}
	t.onBackward(func() {
		if t.fixed && out.leaf || out.gradient == nil {
			return
		}
		arriving := gradients([]*feature{out})
		back, _, _ := kernels.MixBackward(t.z, arriving, alone(y, yNorm))
		ofWeights, _, ofSources := unit.Backward(t.weights, norm, xs(sources), y, back[0], arriving, t.want(kernels.Sources))
		t.ofWeight = append(t.ofWeight, kernels.Piece{Rows: ofWeights, Places: unit.Places})
		for i, s := range sources {
			s.arrive(ofSources[i])
		}
	})
	return out
}

// edges builds all edges that leave some sources, the first of them node first, and adds
// what they bring to what flows into their targets already.
func (t *tape) edges(c cell, first int, sources, targets []*feature, inflow []*Node) []*Node {
	var terms []kernels.Term
	var ops []op
	for i, source := range sources {
		b := bundle{tape: t, cell: c, from: first + i, source: source, targets: len(targets)}
		list := b.ops()
		ops = append(ops, list...)
		for _, o := range list {
			terms = append(terms, o.term)
		}
	}
	if len(terms) == 0 { // every candidate is "none": zeros, and no gradient
		return t.zeros(c, sources[0], len(targets))
	}
	out := kernels.Mix(t.z, len(targets), inflow, terms)
	t.onBackward(func() {
		arriving := gradients(targets)
		back, ofZ, _ := kernels.MixBackward(t.z, arriving, terms)
		var places []int
		for i, term := range terms {
			places = append(places, term.Places...)
			if ops[i].backward != nil && !(t.fixed && ops[i].source.leaf) {
				ops[i].backward(back[i], arriving)
			}
		}
		t.ofZ = append(t.ofZ, kernels.Piece{Rows: ofZ, Places: places})
	})
	return out
}

// zeros are nodes that nothing flows into.
func (t *tape) zeros(c cell, source *feature, count int) []*Node {
	d := source.x.Shape().Clone().Dimensions
	d[3], d[4] = c.outSize()
	list := make([]*Node, count)
	for i := range list {
		list[i] = BroadcastToDims(ScalarZero(t.z.Graph(), t.z.DType()), d...)
	}
	return list
}

// pooled returns the features of a batch, means of the last nodes: [batch, nodes·channels].
func (t *tape) pooled(batch int) *Node {
	all := Concatenate(xs(t.last), 2) // [blocks, 1, nodes·channels, h, w, lanes]
	t.features = Reshape(TransposeAllAxes(ReduceMean(all, 1, 3, 4), 0, 2, 1), batch, -1)
	return t.features
}

// unpooled lets the gradient of the features arrive at the last nodes.
func (t *tape) unpooled(gradient *Node) {
	d := t.last[0].x.Shape().Dimensions
	all := TransposeAllAxes(Reshape(DivScalar(gradient, float64(d[3]*d[4])), d[0], d[5], -1), 0, 2, 1)
	for i, node := range t.last {
		own := Slice(all, AxisRange(), AxisRange(i*d[2], (i+1)*d[2]), AxisRange())
		node.arrive(BroadcastToDims(Reshape(own, d[0], 1, d[2], 1, 1, d[5]), d...))
	}
}

// onBackward puts a step on the tape.
func (t *tape) onBackward(step func()) { t.backward = append(t.backward, step) }

// piece notes the gradient of a parameter.
func (t *tape) piece(name string, gradient *Node) {
	t.ofWeight = append(t.ofWeight, kernels.Piece{Rows: gradient, Places: []int{t.net.param(name).Offset}})
}

// param returns one parameter in its shape.
func (t *tape) param(name string) *Node {
	p := t.net.param(name)
	if t.params == nil {
		t.params = map[string]*Node{}
	}
	if t.params[name] == nil {
		t.params[name] = Reshape(Slice(t.weights, AxisRange(p.Offset, p.Offset+p.Size())), p.Shape...)
	}
	return t.params[name]
}

// gradient returns ∂loss/∂weights [P] and ∂loss/∂z [2E, K].
func (t *tape) gradient(loss *Node) (flat, z *Node) {
	of := Gradient(loss, t.features, t.param("classifier/weights"), t.param("classifier/bias"))
	t.piece("classifier/weights", of[1])
	t.piece("classifier/bias", of[2])
	z = t.rewind(of[0])
	return kernels.Collect(t.weights.DType(), t.net.Size(), t.ofWeight), z
}

// gradientOfZ returns ∂loss/∂z [2E, K] alone.
func (t *tape) gradientOfZ(loss *Node) *Node {
	t.fixed = true
	return t.rewind(Gradient(loss, t.features)[0])
}

// rewind runs the tape backwards from the gradient of the features and returns that of z.
func (t *tape) rewind(gradient *Node) *Node {
	t.unpooled(gradient)
	for i := len(t.backward) - 1; i >= 0; i-- {
		t.backward[i]()
	}
	dims := t.z.Shape().Dimensions
	if len(t.ofZ) == 0 {
		return ZerosLike(t.z)
	}
	return Reshape(kernels.Collect(t.z.DType(), dims[0]*dims[1], t.ofZ), dims...)
}

// want says which gradients of a unit are computed besides those of the weights.
func (t *tape) want(more kernels.Want) kernels.Want {
	if t.fixed {
		return more
	}
	return kernels.Weights | more
}
