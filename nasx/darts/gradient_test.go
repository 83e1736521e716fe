package darts

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"naslab.dev/nasx/relax"
)

// vec is the weights of a plain network of these tests, with their momentum.
type vec struct{ w, v []float64 }

// grads is what one of their batches said.
type grads struct {
	ops [][]float64
	w   []float64
}

func norm(g grads) float64 {
	sum := 0.0
	for _, x := range g.w {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// plain is a network in plain Go: a loss per kind of batch, where a batch is
// named by its only pixel.
type plain struct {
	grad func(kind float32, w []float64, z [][]float64) grads
}

const trainKind, valKind = 0, 1

func (n plain) Grad(w vec, pixels []float32, _ []int32, z [][]float64) (grads, error) {
	return n.grad(pixels[0], w.w, z), nil
}

// GradZ returns a loss that nobody looks at.
func (n plain) GradZ(w vec, pixels []float32, _ []int32, z [][]float64) (float64, [][]float64, error) {
	return math.NaN(), n.grad(pixels[0], w.w, z).ops, nil
}

func (n plain) Virtual(w vec, g grads, xi, momentum, decay float64) (vec, error) {
	ahead := make([]float64, len(w.w))
	for i, x := range w.w {
		ahead[i] = x - xi*(momentum*w.v[i]+g.w[i]+decay*x)
	}
	return vec{ahead, w.v}, nil
}

func (n plain) Shift(w vec, g grads, eps float64) (vec, error) {
	beside := make([]float64, len(w.w))
	for i, x := range w.w {
		beside[i] = x + eps*g.w[i]
	}
	return vec{beside, w.v}, nil
}

// archGrad returns ∂L/∂α of both orders, put together as the Searcher does.
func archGrad(t *testing.T, net plain, w vec, logits [][]float64, xi, momentum, decay float64) [][]float64 {
	t.Helper()
	probs := relax.SoftmaxRows(logits)
	g, term, err := unrolled(net, norm, w,
		batch{pixels: []float32{trainKind}}, batch{pixels: []float32{valKind}}, probs, xi, momentum, decay, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(probs))
	for d, p := range probs {
		out[d] = relax.SoftmaxGrad(p, g.ops[d])
		for k := range p {
			out[d][k] -= term.xi * term.rows[d][k]
		}
	}
	return out
}

// toy is the bilevel problem of the figure in [DARTS]:
//
//	L_train = w² − 2aw + a²,   L_val = aw − 2a + 1
//
// with a = 4 p_0 of one decision with two choices.
var toy = plain{func(kind float32, weights []float64, z [][]float64) grads {
	a, w := 4*z[0][0], weights[0]
	if kind == valKind {
		return grads{ops: [][]float64{{4 * (w - 2), 0}}, w: []float64{a}}
	}
	return grads{ops: [][]float64{{4 * (2*a - 2*w), 0}}, w: []float64{2*w - 2*a}}
}}

// With weight decay d the alternating scheme ends at a = 2/(2/(2+d) + 2ξ) and
// w = 2a/(2+d), for any momentum; without, at a = w = 2/(1+2ξ). The solution
// (1, 1) of the bilevel problem is met at ξ = 0.5 only.
func TestToyEndsAtItsFixedPoint(t *testing.T) {
	for _, xi := range []float64{0, 0.1, 0.25, 0.5, 0.8} {
		for _, decay := range []float64{0, 0.3} {
			for _, momentum := range []float64{0, 0.5} {
				w := vec{[]float64{-2}, []float64{0}}
				logits := [][]float64{{0, 0}}
				for range 20_000 {
					for k, g := range archGrad(t, toy, w, logits, xi, momentum, decay)[0] {
						logits[0][k] -= 0.01 * g
					}
					g, _ := toy.Grad(w, []float32{trainKind}, nil, relax.SoftmaxRows(logits))
					w.v = []float64{momentum*w.v[0] + g.w[0] + decay*w.w[0]}
					w.w = []float64{w.w[0] - 0.1*w.v[0]}
				}
				want := 2 / (2/(2+decay) + 2*xi)
				got := 4 * relax.Softmax(logits[0])[0]
				name := fmt.Sprintf("ξ = %g, decay %g, momentum %g", xi, decay, momentum)
				if !(math.Abs(got-want) <= 1e-9) {
					t.Errorf("%s: a ends at %.12g, want %.12g", name, got, want)
				}
				if w2 := 2 * want / (2 + decay); !(math.Abs(w.w[0]-w2) <= 1e-9) {
					t.Errorf("%s: w ends at %.12g, want %.12g", name, w.w[0], w2)
				}
			}
		}
	}
}

// curved returns a network with tanh of a mixture of three linear maps, whose
// loss is cubic enough that second-order terms matter, and its loss function.
func curved(seed uint64) (plain, func(kind float32, w []float64, z [][]float64) float64) {
	const inputs, choices, samples = 4, 3, 6
	rng := rand.New(rand.NewPCG(seed, 1))
	x, y := [2][samples][inputs]float64{}, [2][samples]float64{}
	for kind := range x {
		for s := range x[kind] {
			y[kind][s] = rng.NormFloat64()
			for i := range x[kind][s] {
				x[kind][s][i] = rng.NormFloat64()
			}
		}
	}
	type visitor func(mixed, missed float64, maps, in []float64)
	each := func(kind float32, w []float64, z [][]float64, visit visitor) {
		for s, in := range x[int(kind)] {
			maps := make([]float64, choices)
			mixed := 0.0
			for k := range maps {
				for i, v := range in {
					maps[k] += w[k*inputs+i] * v
				}
				mixed += z[0][k] * maps[k]
			}
			visit(mixed, math.Tanh(mixed)-y[int(kind)][s], maps, in[:])
		}
	}
	loss := func(kind float32, w []float64, z [][]float64) float64 {
		sum := 0.0
		each(kind, w, z, func(_, missed float64, _, _ []float64) { sum += missed * missed / samples })
		return sum
	}
	return plain{func(kind float32, w []float64, z [][]float64) grads {
		g := grads{ops: [][]float64{make([]float64, choices)}, w: make([]float64, len(w))}
		each(kind, w, z, func(mixed, missed float64, maps, in []float64) {
			tanh := math.Tanh(mixed)
			slope := 2 * missed * (1 - tanh*tanh) / samples
			for k, m := range maps {
				g.ops[0][k] += slope * m
				for i, v := range in {
					g.w[k*inputs+i] += slope * z[0][k] * v
				}
			}
		})
		return g
	}}, loss
}

// The gradient through the virtual step is compared with a central difference
// of the validation loss after that step, as a function of the logits alone.
func TestSecondOrderMatchesTheUnrolledLoss(t *testing.T) {
	for seed := range uint64(4) {
		for _, momentum := range []float64{0, 0.9} {
			net, loss := curved(seed)
			decay := momentum / 3
			const xi, h = 0.1, 1e-5
			rng := rand.New(rand.NewPCG(seed, 2))
			w := vec{make([]float64, 12), make([]float64, 12)}
			for i := range w.w {
				w.w[i], w.v[i] = 0.5*rng.NormFloat64(), momentum*rng.NormFloat64()
			}
			logits := [][]float64{{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}}
			unrolledLoss := func(k int, by float64) float64 {
				moved := [][]float64{append([]float64(nil), logits[0]...)}
				moved[0][k] += by
				z := relax.SoftmaxRows(moved)
				g, _ := net.Grad(w, []float32{trainKind}, nil, z)
				ahead, _ := net.Virtual(w, g, xi, momentum, decay)
				return loss(valKind, ahead.w, z)
			}
			got := archGrad(t, net, w, logits, xi, momentum, decay)
			first := archGrad(t, net, w, logits, 0, momentum, decay)
			var miss, apart, size float64
			for k := range got[0] {
				want := (unrolledLoss(k, h) - unrolledLoss(k, -h)) / (2 * h)
				miss += math.Pow(got[0][k]-want, 2)
				apart += math.Pow(first[0][k]-want, 2)
				size += want * want
			}
			if relative := math.Sqrt(miss / size); !(relative < 1e-4) {
				t.Errorf("seed %d, momentum %g: relative error is %.2g, want below 1e-4", seed, momentum, relative)
			}
			if relative := math.Sqrt(apart / size); !(relative > 0.01) {
				t.Errorf("seed %d: first order is only %.2g away: this test shows nothing", seed, relative)
			}
		}
	}
}

func TestNoVirtualStepIsFirstOrderBitForBit(t *testing.T) {
	net, _ := curved(5)
	w := vec{make([]float64, 12), make([]float64, 12)}
	for i := range w.w {
		w.w[i] = float64(i%5) - 2
	}
	logits := [][]float64{{0.1, -0.2, 0.3}}
	got := archGrad(t, net, w, logits, 0, 0.9, 0.1)
	p := relax.Softmax(logits[0])
	g := net.grad(valKind, w.w, [][]float64{p})
	for k, want := range relax.SoftmaxGrad(p, g.ops[0]) {
		if got[0][k] != want {
			t.Errorf("choice %d: got %g, want exactly %g", k, got[0][k], want)
		}
	}
}

func TestWithoutWeightGradientTheTermIsZero(t *testing.T) {
	still := plain{func(_ float32, w []float64, _ [][]float64) grads {
		return grads{ops: [][]float64{{w[0], 2}}, w: []float64{0}}
	}}
	for k, g := range archGrad(t, still, vec{[]float64{1}, []float64{0}}, [][]float64{{0, 0}}, 0.5, 0, 0)[0] {
		if want := []float64{-0.25, 0.25}[k]; g != want {
			t.Errorf("choice %d: got %g, want %g", k, g, want)
		}
	}
}
