package kernels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/kernels"
)

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
