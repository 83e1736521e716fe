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
