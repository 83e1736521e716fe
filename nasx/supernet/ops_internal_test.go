package supernet

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/supernet/internal/flat"
)

// run executes a graph of constants and returns its result flat.
func run(t *testing.T, graph func(g *Graph) *Node) []float64 {
	t.Helper()
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	out, err := ExecOnce(b, graph)
	if err != nil {
		t.Fatal(err)
	}
	return flat.Floats(out)
}

// ramp is the image 0, 1, … 15 of 4×4 pixels, [1, 4, 4, 1].
func ramp(g *Graph) *Node {
	values := make([]float64, 16)
	for i := range values {
		values[i] = float64(i)
	}
	return Reshape(Const(g, values), 1, 4, 4, 1)
}

func same(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-12) {
			t.Errorf("%s is %v, want %v", what, got, want)
			return
		}
	}
}

// Padding is k/2 on both sides. Padding as TensorFlow's SAME does it would give
// 45, 39, 66, 50 in the first row.
func TestPaddingIsOnBothSides(t *testing.T) {
	for _, form := range []Form{Plain, Native} {
		n := &Network{cfg: Config{Form: form}}
		conv := func(k, stride, dilation int) func(*Graph) *Node {
			return func(g *Graph) *Node {
				kernel := BroadcastToDims(ScalarOne(g, ramp(g).DType()), k, k, 1)
				return n.depthwise(ramp(g), kernel, stride, dilation, (k/2)*dilation)
			}
		}
		same(t, "3×3 of stride 2", run(t, conv(3, 2, 1)), []float64{10, 24, 51, 90})
		// Dilated by 2, the taps at 0 reach pixels −2, 0, 2: 0 + 2 + 8 + 10 = 20.
		same(t, "3×3 of stride 2, dilation 2", run(t, conv(3, 2, 2)), []float64{20, 20, 20, 20})
		// At 0 a 5×5 kernel covers rows and columns 0 to 2, at 2 it covers 0 to 3.
		same(t, "5×5 of stride 2", run(t, conv(5, 2, 1)), []float64{45, 66, 84, 120})
	}
}

func TestPoolingIgnoresTheBorder(t *testing.T) {
	average := func(stride int) func(*Graph) *Node {
		return func(g *Graph) *Node { return avgPool(ramp(g), stride) }
	}
	// Corner: (0+1+4+5)/4; next: rows 0-1, columns 1-3: (1+2+3+5+6+7)/6.
	same(t, "average", run(t, average(2)), []float64{2.5, 4, 8.5, 10})
	largest := func(g *Graph) *Node { return maxPool(Neg(ramp(g)), 2) }
	same(t, "maximum of a negative image", run(t, largest), []float64{0, -1, -4, -5})
}
