package kernels_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/kernels"
)

func TestMain(m *testing.M) { backendtest.Main(m) }

const usualChunk = 48 * 1024

// variants runs a test for every instruction set of this processor, in both precisions, and
// with images in many chunks. tolerance is what rounding may do, relative to the largest
// number.
func variants(t *testing.T, test func(t *testing.T, dtype dtypes.DType, tolerance float64)) {
	if !kernels.On(backendtest.RequireXLA(t)) {
		t.Skip("the backend has no use for these operations")
	}
	defer kernels.Limit(2, usualChunk)
	for set, name := range []string{"any processor", "AVX2", "AVX-512"} {
		for _, chunk := range []int{usualChunk, 1} {
			t.Run(fmt.Sprintf("%s, chunks of %d", name, chunk), func(t *testing.T) {
				if kernels.Limit(set, chunk) != set {
					t.Skip("this processor has it not")
				}
				t.Run("double", func(t *testing.T) { test(t, dtypes.Float64, 1e-11) })
				t.Run("single", func(t *testing.T) { test(t, dtypes.Float32, 2e-4) })
			})
		}
	}
}

// run builds a graph from arrays of values and returns what it returns, as float64.
func run(t *testing.T, dtype dtypes.DType, inputs []any, build func(in []*Node) []*Node) [][]float64 {
	t.Helper()
	out, err := ExecOnceN(backendtest.RequireXLA(t), func(in []*Node) []*Node {
		for i := range in {
			in[i] = ConvertDType(in[i], dtype)
		}
		results := build(in)
		for i := range results {
			results[i] = ConvertDType(results[i], dtypes.Float64)
		}
		return results
	}, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]float64, len(out))
	for i, tensor := range out {
		tensor.MustConstFlatData(func(flat any) { values[i] = slices.Clone(flat.([]float64)) })
	}
	return values
}

// tensor is a list of values with dimensions.
func tensor(values []float64, dims ...int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

func (m maps) tensor() *tensors.Tensor { return tensor(m.data, m.dims[:]...) }

// same fails where two lists differ by more than a fraction of the largest number.
func same(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d numbers, want %d", what, len(got), len(want))
	}
	scale := 1e-3
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*scale) {
			t.Fatalf("%s at %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func normal(rng *rand.Rand, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = float64(float32(rng.NormFloat64()))
	}
	return list
}

func noise(rng *rand.Rand, dims ...int) maps {
	m := newMaps(dims...)
	copy(m.data, normal(rng, len(m.data)))
	return m
}

// slope returns d Σ of·y / d value, where y is what f returns, by a central difference: y
// is linear in every weight and pixel but for the kinks of ReLU and maxima.
func slope(value *float64, of []float64, f func() []float64) float64 {
	const eps = 1e-5
	before := *value
	*value = before + eps
	more := slices.Clone(f())
	*value = before - eps
	less := f()
	*value = before
	sum := 0.0
	for i := range of {
		sum += (more[i] - less[i]) * of[i] / (2 * eps)
	}
	return sum
}

// unitCase is a unit and the maps it reads.
type unitCase struct {
	name                         string
	unit                         kernels.Unit
	blocks, maps, part, sources  int
	height, width, lanes, weight int
}

func unitCases() []unitCase {
	separable := func(side, dilation, stride, outs int, places ...int) kernels.Unit {
		return kernels.Unit{
			Form: kernels.Separable, Side: side, Dilation: dilation, Stride: stride, ReLU: true, Outs: outs, Places: places,
		}
	}
	dense := func(side, outs int, relu bool) kernels.Unit {
		return kernels.Unit{Form: kernels.Dense, Side: side, Dilation: 1, Stride: 1, ReLU: relu, Outs: outs, Places: []int{3}}
	}
	pair := kernels.Unit{Form: kernels.Pair, Side: 1, Dilation: 1, Stride: 2, ReLU: true, Outs: 6, Places: []int{2, 40}}
	return []unitCase{
		{"separable 3×3, two units of one map", separable(3, 1, 1, 4, 0, 60), 2, 1, 4, 1, 5, 7, 16, 120},
		{"separable 5×5, each unit its own map", separable(5, 1, 1, 6, 7, 260), 1, 2, 6, 1, 6, 5, 5, 480},
		{"separable 3×3, stride 2", separable(3, 1, 2, 4, 0, 60), 3, 1, 4, 1, 6, 8, 3, 120},
		{"separable 5×5, dilation 2, stride 2", separable(5, 2, 2, 5, 0), 2, 1, 3, 1, 8, 6, 17, 100},
		{"separable 3×3, dilation 2, image smaller than the kernel", separable(3, 2, 1, 2, 0), 2, 1, 2, 1, 2, 3, 9, 40},
		{"pointwise of two sources", dense(1, 5, true), 2, 1, 3, 2, 4, 4, 8, 40},
		{"dense 3×3 without ReLU", dense(3, 4, false), 2, 1, 3, 1, 5, 4, 6, 120},
		{"pair", pair, 2, 1, 5, 1, 6, 4, 7, 80},
		{"pair of two sources", pair, 1, 1, 2, 2, 4, 6, 16, 80},
	}
}

// draw returns what a unit reads: weights, sources and their normalisation.
func (c unitCase) draw() (weights []float64, sources []maps, norm []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	weights = normal(rng, c.weight)
	for range c.sources {
		sources = append(sources, noise(rng, c.blocks, c.maps, c.part, c.height, c.width, c.lanes))
	}
	return weights, sources, normal(rng, 2*c.maps*c.part*c.sources)
}

// inputs are weights, norm and sources as arrays.
func (c unitCase) inputs(weights, norm []float64, sources []maps) []any {
	in := []any{tensor(weights, len(weights)), tensor(norm, c.maps, c.part*c.sources, 2)}
	for _, s := range sources {
		in = append(in, s.tensor())
	}
	return in
}

func TestUnit(t *testing.T) {
	for _, c := range unitCases() {
		weights, sources, norm := c.draw()
		want := naiveUnit(c.unit, weights, normalised(joined(sources), norm))
		asTheyAre := naiveUnit(c.unit, weights, joined(sources))
		t.Run(c.name, func(t *testing.T) {
			variants(t, func(t *testing.T, dtype dtypes.DType, tolerance float64) {
				got := run(t, dtype, c.inputs(weights, norm, sources), func(in []*Node) []*Node {
					y, yNorm := c.unit.Forward(in[0], in[1], in[2:]...)
					plain, _ := c.unit.Forward(in[0], nil, in[2:]...)
					return []*Node{y, yNorm, plain}
				})
				same(t, "y", got[0], want.data, tolerance)
				same(t, "norm", got[1], naiveNorm(want), 10*tolerance)
				same(t, "y of maps that are not normalised", got[2], asTheyAre.data, tolerance)
			})
		})
	}
}

// The gradient of Σ a·(b₀·y + ..) by hand is arriving·back₀ + y·back₁ + back₂; here it is
// put in as it is, and the gradients that come out are held to differences of the naive
// forward pass, for some weights and pixels of each kind.
func TestUnitBackward(t *testing.T) {
	for _, c := range unitCases() {
		weights, sources, norm := c.draw()
		x := normalised(joined(sources), norm)
		y := naiveUnit(c.unit, weights, x)
		rng := rand.New(rand.NewPCG(3, 4))
		units, outs := y.dims[1], y.dims[2]
		arriving, back := noise(rng, y.dims[:]...), normal(rng, 3*units*outs)
		ofY := newMaps(y.dims[:]...)
		ofY.each(func(i []int) {
			k := 3 * (i[1]*outs + i[2])
			*ofY.at(i...) = *arriving.at(i...)*back[k] + *y.at(i...)*back[k+1] + back[k+2]
		})
		slope := func(value *float64) float64 {
			return slope(value, ofY.data, func() []float64 { return naiveUnit(c.unit, weights, x).data })
		}
		someWeights := rng.Perm(c.unit.WeightsOf(c.part * c.sources))[:6]
		somePixels := rng.Perm(len(x.data))[:6]
		var ofWeight, ofPixel []float64
		for i := range someWeights {
			ofWeight = append(ofWeight, slope(&weights[c.unit.Places[i%units]+someWeights[i]]))
			ofPixel = append(ofPixel, slope(&x.data[somePixels[i]]))
		}
		t.Run(c.name, func(t *testing.T) {
			variants(t, func(t *testing.T, dtype dtypes.DType, tolerance float64) {
				in := append(c.inputs(weights, norm, sources), y.tensor(), tensor(back, units, outs, 3), arriving.tensor())
				got := run(t, dtype, in, func(in []*Node) []*Node {
					n := 2 + c.sources
					ofWeights, ofNorm, ofSources := c.unit.Backward(in[0], in[1], in[2:n], in[n], in[n+1], in[n+2:],
						kernels.Weights|kernels.Sources|kernels.Back)
					arriving := in[n+2:] // all units together, or each by itself
					if units > 1 {
						arriving = nil
						for u := range units {
							arriving = append(arriving, Slice(in[n+2], AxisRange(), AxisRange(u, u+1)))
						}
					}
					_, _, alone := c.unit.Backward(in[0], in[1], in[2:n], in[n], in[n+1], arriving, kernels.Sources)
					lonely, _, _ := c.unit.Backward(in[0], in[1], in[2:n], in[n], in[n+1], in[n+2:], kernels.Weights)
					return append([]*Node{ofWeights, ofNorm, lonely, alone[0]}, ofSources...)
				})
				tolerance = max(tolerance, 1e-7) // of differences
				size := len(got[0]) / units
				for i, k := range someWeights {
					same(t, fmt.Sprintf("gradient of weight %d", k), got[0][i%units*size+k:][:1], ofWeight[i:][:1], 10*tolerance)
				}
				same(t, "gradient of the weights alone", got[2], got[0], 0)
				same(t, "gradient of the first source alone", got[3], got[4], 0)
				ofX := make([]maps, c.sources)
				for i := range ofX {
					ofX[i] = maps{sources[i].dims, got[4+i]}
				}
				all := joined(ofX)
				for i, k := range somePixels {
					same(t, fmt.Sprintf("gradient of pixel %d", k), all.data[k:][:1], ofPixel[i:][:1], 10*tolerance)
				}
				same(t, "back", got[1], naiveBack(all, x, norm), 10*tolerance)
			})
		})
	}
}

// naiveBack returns factor·(1, −x̂-product/n, ..) such that the gradient of x is
// (d − mean(d) − x̂·mean(d·x̂))·factor = d·back₀ + x·back₁ + back₂, [maps, channels, 3].
func naiveBack(d, normal maps, norm []float64) []float64 {
	channels := d.dims[1] * d.dims[2]
	n := float64(len(d.data) / channels)
	sum, product := make([]float64, channels), make([]float64, channels)
	d.each(func(i []int) {
		k := i[1]*d.dims[2] + i[2]
		sum[k] += *d.at(i...) / n
		product[k] += *d.at(i...) * *normal.at(i...) / n
	})
	var back []float64
	for k := range sum {
		factor, offset := norm[2*k], norm[2*k+1]
		back = append(back, factor, -factor*product[k]*factor, -factor*(sum[k]+product[k]*offset))
	}
	return back
}

func TestPool(t *testing.T) {
	for _, stride := range []int{1, 2} {
		pool := kernels.Pool{Stride: stride, Kinds: []kernels.Pooling{kernels.MaxPooling, kernels.AveragePooling}}
		rng := rand.New(rand.NewPCG(5, 6))
		x := noise(rng, 2, 1, 3, 6, 4, 7)
		norm := normal(rng, 6)
		at := normalised(x, norm)
		want := naivePool(pool, at)
		const targets = 2
		var arriving []maps
		in := []any{x.tensor(), tensor(norm, 1, 3, 2)}
		for range targets {
			arriving = append(arriving, noise(rng, 2, 1, 3, 6/stride, 4/stride, 7))
		}
		back, skip := normal(rng, 2*3*(targets+2)), normal(rng, 3*(targets+2))
		in = append(in, tensor(back, 2, 3, targets+2), tensor(skip, 1, 3, targets+2))
		for _, a := range arriving {
			in = append(in, a.tensor())
		}
		ofY := newMaps(want.dims[:]...)
		ofY.each(func(i []int) {
			k := (i[1]*3 + i[2]) * (targets + 2)
			*ofY.at(i...) = *want.at(i...)*back[k+targets] + back[k+targets+1]
			for target, a := range arriving {
				*ofY.at(i...) += *a.at(i[0], 0, i[2], i[3], i[4], i[5]) * back[k+target]
			}
		})
		t.Run(fmt.Sprintf("stride %d", stride), func(t *testing.T) {
			variants(t, func(t *testing.T, dtype dtypes.DType, tolerance float64) {
				got := run(t, dtype, in, func(in []*Node) []*Node {
					y, yNorm := pool.Forward(in[0], in[1])
					of := []*Node{y, yNorm, pool.Backward(in[0], in[1], y, in[2], nil, in[4:])}
					if stride == 1 {
						of = append(of, kernels.Pool{Stride: 1}.Backward(in[0], in[1], nil, nil, in[3], in[4:]))
					}
					return of
				})
				same(t, "y", got[0], want.data, tolerance)
				same(t, "norm", got[1], naiveNorm(want), 10*tolerance)
				for _, k := range []int{0, 5, 60, 100, len(x.data) - 1} {
					slope := slope(&at.data[k], ofY.data, func() []float64 { return naivePool(pool, at).data })
					same(t, fmt.Sprintf("gradient of pixel %d", k), got[2][k:][:1], []float64{slope}, 10*max(tolerance, 1e-7))
				}
				if stride == 1 {
					passed := newMaps(x.dims[:]...)
					passed.each(func(i []int) {
						for target, a := range arriving {
							*passed.at(i...) += *a.at(i...) * skip[i[2]*(targets+2)+target]
						}
					})
					same(t, "gradient of a skip", got[3], passed.data, tolerance)
				}
			})
		})
	}
}

// Of equal pixels the first one gets the whole gradient, as in a chain of maxima.
func TestFirstOfEqualPixels(t *testing.T) {
	x := newMaps(1, 1, 1, 3, 3, 1) // all zero: the window of every pixel has a tie
	pool := kernels.Pool{Stride: 1, Kinds: []kernels.Pooling{kernels.MaxPooling}}
	ones := newMaps(1, 1, 1, 3, 3, 1)
	for i := range ones.data {
		ones.data[i] = 1
	}
	got := run(t, dtypes.Float64, []any{x.tensor(), ones.tensor()}, func(in []*Node) []*Node {
		y, _ := pool.Forward(in[0], nil)
		return []*Node{pool.Backward(in[0], nil, y, Const(in[0].Graph(), [][][]float64{{{1, 0, 0}}}), nil, in[1:])}
	})
	same(t, "gradient", got[0], []float64{4, 2, 0, 2, 1, 0, 0, 0, 0}, 0)
}

func TestMix(t *testing.T) {
	const targets = 2
	rng := rand.New(rand.NewPCG(7, 8))
	z := normal(rng, 12)
	own := naiveTerm{noise(rng, 2, targets, 3, 3, 5, 7), normal(rng, 2*targets*3), false, []int{4, -1}}
	shared := naiveTerm{noise(rng, 2, 3, 3, 3, 5, 7), normal(rng, 2*3*3), true, []int{0, 1, 2, 3, 10, 11}}
	passes := naiveTerm{noise(rng, 2, 1, 3, 3, 5, 7), normal(rng, 2*3), true, []int{8, 9}}
	terms := []naiveTerm{own, shared, passes}
	flows := []maps{noise(rng, 2, 1, 3, 3, 5, 7), noise(rng, 2, 1, 3, 3, 5, 7)} // in, or arriving
	in := []any{tensor(z, 3, 4), flows[0].tensor(), flows[1].tensor()}
	for _, term := range terms {
		in = append(in, term.x.tensor(), tensor(term.norm, term.x.dims[1], 3, 2))
	}
	inGraph := func(in []*Node) (list []kernels.Term) {
		for i, term := range terms {
			list = append(list, kernels.Term{
				X: in[3+2*i], Norm: in[4+2*i], Each: term.each, Passes: i == 2, Places: term.places,
			})
		}
		return list
	}
	want := naiveMix(z, targets, terms)
	variants(t, func(t *testing.T, dtype dtypes.DType, tolerance float64) {
		got := run(t, dtype, in, func(in []*Node) []*Node {
			out := append(kernels.Mix(in[0], targets, nil, inGraph(in)), kernels.Mix(in[0], targets, in[1:3], inGraph(in))...)
			back, ofZ, sums := kernels.MixBackward(in[0], in[1:3], inGraph(in))
			return append(append(out, ofZ, sums), back...)
		})
		for target := range targets {
			same(t, "mixture", got[target], want[target].data, tolerance)
			flowing := slices.Clone(want[target].data)
			for i := range flowing {
				flowing[i] += flows[target].data[i]
			}
			same(t, "mixture with inflow", got[targets+target], flowing, tolerance)
		}
		ofZ, sums, back := got[2*targets], got[2*targets+1], got[2*targets+2:]
		pair := 0
		for k, term := range terms {
			x := normalised(term.x, term.norm)
			ofX := newMaps(x.dims[:]...) // Σ z·arriving
			for i, place := range term.places {
				map_, target := i, i
				if term.each {
					map_, target = i/targets, i%targets
				}
				weight := 1.0
				if place >= 0 {
					weight = z[place]
				}
				dot, channel := 0.0, make([]float64, 2*3)
				flows[target].each(func(i []int) {
					v, at := *flows[target].at(i...), []int{i[0], map_, i[2], i[3], i[4], i[5]}
					dot += v * *x.at(at...)
					channel[2*i[2]] += v
					channel[2*i[2]+1] += v * *x.at(at...)
					*ofX.at(at...) += weight * v
				})
				same(t, "gradient of z", ofZ[pair:][:1], []float64{dot}, 10*tolerance)
				same(t, "sums", sums[6*pair:][:6], channel, 10*tolerance)
				pair++
			}
			// What the coefficients make of the maps is the gradient of the normalisation.
			d, got := term.x.dims, newMaps(term.x.dims[:]...)
			columns := 3
			if term.each {
				columns = targets + 2
			}
			got.each(func(i []int) {
				coef := back[k][(i[1]*d[2]+i[2])*columns:]
				*got.at(i...) = *term.x.at(i...)*coef[columns-2] + coef[columns-1]
				for target := range columns - 2 {
					from := i[1]
					if term.each {
						from = target
					}
					*got.at(i...) += *flows[from].at(i[0], 0, i[2], i[3], i[4], i[5]) * coef[target]
				}
			})
			wanted := ofX
			if k != 2 { // the last one passes
				full := naiveBack(ofX, x, term.norm)
				wanted = newMaps(d[:]...)
				wanted.each(func(i []int) {
					coef := full[3*(i[1]*d[2]+i[2]):]
					*wanted.at(i...) = *ofX.at(i...)*coef[0] + *term.x.at(i...)*coef[1] + coef[2]
				})
			}
			same(t, "gradient of a term", got.data, wanted.data, 10*tolerance)
		}
	})
}

func TestCollect(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		got := run(t, dtype, []any{tensor([]float64{1, 2, 3, 4, 5, 6}, 3, 2), tensor([]float64{7, 8}, 2)}, func(in []*Node) []*Node {
			return []*Node{kernels.Collect(dtype, 7, []kernels.Piece{
				{Rows: in[0], Places: []int{4, -1, 0}}, // rows of two; the second goes nowhere
				{Rows: in[1], Places: []int{1, 6}},     // rows of one
			})}
		})
		same(t, "vector", got[0], []float64{5, 13, 0, 0, 1, 2, 8}, 0)
	}
}

// A network that is too large fails as a sentence, and so does a backend without operations.
func TestSentences(t *testing.T) {
	unit := unitCases()[0].unit
	for _, c := range []struct {
		want  string
		build func(x *Node)
	}{
		{"2³¹ numbers", func(x *Node) { unit.Forward(x, nil, BroadcastToDims(x, 1, 1, 4, 4096, 4096, 64)) }},
		{"25 taps", func(x *Node) { kernels.Unit{Side: 7}.Forward(x, nil, BroadcastToDims(x, 1, 1, 1, 8, 8, 4)) }},
	} {
		_, err := ExecOnceN(backendtest.RequireXLA(t), func(x *Node) []*Node {
			c.build(x)
			return []*Node{x}
		}, float32(1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", err, c.want)
		}
	}
	if kernels.On(nil) {
		t.Error("operations are there without a backend")
	}
}
