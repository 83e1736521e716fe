package kernels_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/kernels"
)

// Of several calls at once one has the workers and the others run on their own threads. All
// return the same bits, subnormal numbers included.
func TestThreadsChangeNothing(t *testing.T) {
	b := backendtest.RequireXLA(t)
	if !kernels.On(b) {
		t.Skip("the backend has no use for these operations")
	}
	const images = 16 * 16 // as many blocks as lanes
	rng := rand.New(rand.NewPCG(9, 10))
	pixels := make([]float32, images*4*8*8)
	for i := range pixels {
		pixels[i] = 1e-39 * float32(rng.NormFloat64())
	}
	weights := make([]float32, 9*4+4*4)
	for i := range weights {
		weights[i] = 1 + rng.Float32()
	}
	unit := kernels.Unit{Form: kernels.Separable, Side: 3, Dilation: 1, Stride: 1, ReLU: true, Outs: 4, Places: []int{0}}
	exec, err := NewExec(b, func(in []*Node) []*Node {
		y, _ := unit.Forward(in[0], nil, in[1])
		return []*Node{MulScalar(y, 1e30)}
	})
	if err != nil {
		t.Fatal(err)
	}
	x := tensors.FromFlatDataAndDimensions(pixels, 16, 1, 4, 8, 8, 16)
	w := tensors.FromFlatDataAndDimensions(weights, len(weights))
	result := func() (values []float32) {
		out, err := exec.Call(w, x)
		if err != nil {
			t.Error(err)
			return nil
		}
		out[0].MustConstFlatData(func(flat any) { values = slices.Clone(flat.([]float32)) })
		return values
	}
	want := result()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 40 {
				if !slices.Equal(result(), want) {
					t.Error("a call returned other numbers than the first one")
					return
				}
			}
		})
	}
	wait.Wait()
}
