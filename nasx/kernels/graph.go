package kernels

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Form says how the weights of a [Unit] make its convolution.
type Form int32

const (
	// Separable is a depthwise convolution, [side, side, channels], and then a pointwise
	// one, [channels, outs].
	Separable Form = iota
	// Dense is an ordinary convolution, [side, side, channels, outs].
	Dense
	// Pair is a factorized reduction: two pointwise convolutions of every second pixel,
	// [channels, outs/2] each, the second from one pixel further down and right on.
	Pair
)

// Want says which gradients of a [Unit] are computed.
type Want int32

const (
	// Weights are those of the weights.
	Weights Want = 1 << iota
	// Sources are those of the maps that it reads.
	Sources
	// Back is what the normalisation of the sources needs, too; it takes [Sources].
	Back
)

// Unit is ReLU, convolution and the statistics for a batch normalisation of what it
// returns, for one or several sets of weights.
//
// Maps are [blocks, maps, channels, h, w, lanes]. A normalisation is [maps, channels, 2]:
// factor and offset of every channel, so that x·factor + offset is normalised.
type Unit struct {
	Form                   Form
	Side, Dilation, Stride int
	ReLU                   bool
	Outs                   int   // channels of what it returns
	Places                 []int // of each unit's weights in the flat vector
}

// check panics where the kernels' own integers are too small.
func (u Unit) check(sources []*Node) {
	d := sources[0].Shape().Dimensions
	if u.Side*u.Side > mostTaps {
		exceptions.Panicf("kernels: a kernel of %d×%d, want at most %d taps", u.Side, u.Side, mostTaps)
	}
	rows := d[2] * len(sources) * len(u.Places)
	if u.Form != Separable {
		rows *= max(2, u.Side*u.Side)
	}
	if numbers := rows * (d[3] + 4*u.padding()) * (d[4] + 4*u.padding()) * d[5]; numbers >= 1<<31 {
		exceptions.Panicf("kernels: %d channels of %d×%d pixels in blocks of %d images are more than 2³¹ numbers, "+
			"want fewer of them", rows, d[3], d[4], d[5])
	}
}

const mostTaps = 25 // as in window.h

// spec is what the kernel reads.
func (u Unit) spec(g *Graph, normalised bool, sources int, want Want) *Node {
	spec := []int32{
		int32(u.Side), int32(u.Dilation), int32(u.Stride), int32(u.padding()), int32(u.Form),
		bit(u.ReLU), bit(normalised), int32(len(u.Places)), int32(u.Outs), int32(sources),
		bit(want&Weights != 0), bit(want&Sources != 0), bit(want&Back != 0),
	}
	return Const(g, append(spec, narrow(u.Places)...))
}

func (u Unit) padding() int {
	if u.Form == Pair {
		return 0
	}
	return u.Side / 2 * u.Dilation
}

// Forward applies the units.
//
//	weights  [P]
//	norm     [maps, channels, 2] of the sources, or nil where they are taken as they are
//	sources  [blocks, maps, channels/sources, h, w, lanes] each: channels one after the
//	         other; one map, which all units read, or one for each
//	returns  y [blocks, units, outs, h', w', lanes] and its norm [units, outs, 2]
func (u Unit) Forward(weights, norm *Node, sources ...*Node) (y, yNorm *Node) {
	u.check(sources)
	dtype, d := weights.DType(), sources[0].Shape().Dimensions
	out := call("unit", []shapes.Shape{
		shapes.Make(dtype, d[0], len(u.Places), u.Outs, d[3]/u.Stride, d[4]/u.Stride, d[5]),
		shapes.Make(dtype, len(u.Places), u.Outs, 2),
	}, append([]*Node{u.spec(weights.Graph(), norm != nil, len(sources), 0), weights, orElse(norm, weights)}, sources...)...)
	return out[0], out[1]
}

// Backward returns gradients.
//
//	y         what Forward returned
//	back      [units, outs, 3]: the gradient of y is arriving·back₀ + y·back₁ + back₂
//	arriving  [blocks, 1, outs, h', w', lanes] for each unit, or one [blocks, units, ..]
//	returns   what is wanted: ofWeights [units, weights of one]; ofSources, shaped like
//	          them, of the normalised values; and their back [maps, channels, 3], where
//	          nothing else reads the sources
func (u Unit) Backward(weights, norm *Node, sources []*Node, y, back *Node, arriving []*Node, want Want) (
	ofWeights, sourcesBack *Node, ofSources []*Node,
) {
	dtype, d := weights.DType(), sources[0].Shape().Dimensions
	channels := d[2] * len(sources)
	outputs := []shapes.Shape{
		shapes.Make(dtype, len(u.Places), u.WeightsOf(channels)),
		shapes.Make(dtype, d[1], channels, 3),
	}
	if want&Sources != 0 {
		for _, s := range sources {
			outputs = append(outputs, s.Shape())
		}
	}
	in := append([]*Node{u.spec(weights.Graph(), norm != nil, len(sources), want), weights, orElse(norm, weights)}, sources...)
	out := call("unit_back", outputs, append(append(in, y, back), arriving...)...)
	return out[0], out[1], out[2:]
}

// WeightsOf returns how many weights a unit has that reads a number of channels.
func (u Unit) WeightsOf(channels int) int {
	switch area := u.Side * u.Side; u.Form {
	case Separable:
		return area*channels + channels*u.Outs
	case Dense:
		return area * channels * u.Outs
	}
	return channels * u.Outs
}

// Pooling is a kind of pooling over 3×3 pixels.
type Pooling int32

const (
	// MaxPooling takes the largest; the first of several gets the gradient.
	MaxPooling Pooling = iota
	// AveragePooling takes the mean of those inside the image.
	AveragePooling
)

// Pool is one or several poolings of one map, and where its gradient passes by them, too.
type Pool struct {
	Kinds  []Pooling
	Stride int
}

func (p Pool) spec(g *Graph, normalised, skip bool) *Node {
	spec := []int32{int32(p.Stride), bit(normalised), bit(skip), int32(len(p.Kinds))}
	for _, kind := range p.Kinds {
		spec = append(spec, int32(kind))
	}
	return Const(g, spec)
}

// Forward applies the poolings.
//
//	x        [blocks, 1, channels, h, w, lanes]
//	norm     [1, channels, 2] of x, or nil
//	returns  [blocks, kinds, channels, h', w', lanes] and its norm [kinds, channels, 2]
func (p Pool) Forward(x, norm *Node) (y, yNorm *Node) {
	dtype, d := x.DType(), x.Shape().Dimensions
	out := call("pool", []shapes.Shape{
		shapes.Make(dtype, d[0], len(p.Kinds), d[2], d[3]/p.Stride, d[4]/p.Stride, d[5]),
		shapes.Make(dtype, len(p.Kinds), d[2], 2),
	}, p.spec(x.Graph(), norm != nil, false), x, orElse(norm, x))
	return out[0], out[1]
}

// Backward returns the gradient of the normalised x.
//
//	y, back   what Forward and [MixBackward] returned for the poolings, nil without any
//	skip      what [MixBackward] returned for x itself, nil if it was no term
//	arriving  [blocks, 1, channels, h', w', lanes] for each target
func (p Pool) Backward(x, norm, y, back, skip *Node, arriving []*Node) *Node {
	in := []*Node{p.spec(x.Graph(), norm != nil, skip != nil), x, orElse(norm, x)}
	for _, more := range []*Node{y, back, skip} {
		if more != nil {
			in = append(in, more)
		}
	}
	return call("pool_back", []shapes.Shape{x.Shape()}, append(in, arriving...)...)[0]
}

// Term is what [Mix] adds up: maps, normalised and weighted.
type Term struct {
	X      *Node // [blocks, maps, channels, h, w, lanes]
	Norm   *Node // [maps, channels, 2]
	Each   bool  // every map goes to each target; else map i goes to target i
	Passes bool  // its gradient is that of the normalised values
	Places []int // of the weights in z: [maps, targets] where Each, else [maps]; -1 for a weight of 1
}

func mixInputs(z *Node, targets int, flows []*Node, terms []Term) []*Node {
	spec := []int32{int32(targets), bit(len(flows) > 0), int32(len(terms))}
	for _, t := range terms {
		spec = append(spec, bit(t.Each), bit(t.Passes))
	}
	var maps []*Node
	for _, t := range terms {
		spec = append(spec, narrow(t.Places)...)
		maps = append(maps, t.X, t.Norm)
	}
	return append(append([]*Node{Const(z.Graph(), spec), z}, flows...), maps...)
}

// Mix returns for each target what flows in and Σ z·(x·factor + offset) over its terms.
//
//	z        of any shape, looked at as a vector
//	inflow   [blocks, 1, channels, h, w, lanes] for each target, or none
//	returns  the same for each target
func Mix(z *Node, targets int, inflow []*Node, terms []Term) []*Node {
	d := terms[0].X.Shape().Dimensions
	outputs := make([]shapes.Shape, targets)
	for t := range outputs {
		outputs[t] = shapes.Make(z.DType(), d[0], 1, d[2], d[3], d[4], d[5])
	}
	return call("mix", outputs, mixInputs(z, targets, inflow, terms)...)
}

// MixBackward returns gradients.
//
//	arriving  [blocks, 1, channels, h, w, lanes] for each target
//	returns   for each term what its gradient is made of: [maps, channels, targets + 2]
//	          where it goes to each, else [maps, channels, 3], as [Unit.Backward] takes it;
//	          ofZ [pairs], and sums [pairs, channels, 2] of what arrives at the target and
//	          of its product with the normalised map, pairs as in Places one after the other
func MixBackward(z *Node, arriving []*Node, terms []Term) (back []*Node, ofZ, sums *Node) {
	dtype, channels, pairs := z.DType(), terms[0].X.Shape().Dimensions[2], 0
	var outputs []shapes.Shape
	for _, t := range terms {
		pairs += len(t.Places)
		last := 3
		if t.Each {
			last = len(arriving) + 2
		}
		outputs = append(outputs, shapes.Make(dtype, t.X.Shape().Dimensions[1], channels, last))
	}
	outputs = append(outputs, shapes.Make(dtype, pairs), shapes.Make(dtype, pairs, channels, 2))
	out := call("mix_back", outputs, mixInputs(z, len(arriving), arriving, terms)...)
	n := len(terms)
	return out[:n], out[n], out[n+1]
}

// Piece is part of a vector: rows of equal length, and the place of each, -1 for nowhere.
type Piece struct {
	Rows   *Node
	Places []int
}

// Collect returns a vector of a size with all pieces added to zeros.
func Collect(dtype dtypes.DType, size int, pieces []Piece) *Node {
	var spec []int32
	in := []*Node{nil}
	for _, p := range pieces {
		spec = append(append(spec, int32(len(p.Places))), narrow(p.Places)...)
		in = append(in, p.Rows)
	}
	in[0] = Const(pieces[0].Rows.Graph(), spec)
	return call("collect", []shapes.Shape{shapes.Make(dtype, size)}, in...)[0]
}

func bit(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

func narrow(list []int) []int32 {
	out := make([]int32, len(list))
	for i, v := range list {
		out[i] = int32(v)
	}
	return out
}

// orElse returns a node, or another one to stand for it where it is nil: operations take
// all their inputs.
func orElse(x, other *Node) *Node {
	if x == nil {
		return other
	}
	return x
}
