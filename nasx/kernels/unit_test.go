package kernels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/kernels"
)

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
