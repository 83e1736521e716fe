package relax_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/relax"
)

// GoMLX differentiates the definition of a Concrete sample; the closed form of
// ConcreteGrad must give the same for a loss that is not linear in z. At λ = 1
// and without noise this is the gradient of a softmax mixture as well.
func TestClosedFormsMatchAutodiff(t *testing.T) {
	backend, err := gobackend.New("")
	if err != nil {
		t.Fatal(err)
	}
	exec, err := NewExec(backend, func(in []*Node) []*Node {
		logits, gumbel, weight, temperature := in[0], in[1], in[2], Reshape(in[3])
		z := Softmax(Div(Add(logits, gumbel), temperature), -1)
		loss := ReduceAllSum(Square(Add(Mul(z, weight), Exp(z))))
		grads := Gradient(loss, logits, z)
		return []*Node{grads[0], grads[1], z}
	})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(21, 22))
	for _, temperature := range []float64{1, 0.5, 0.1} {
		logits, gumbel, weight := normals(rng, 6), relax.Gumbels(rng, 6), normals(rng, 6)
		if temperature == 1 {
			gumbel = make([]float64, 6)
		}
		out, err := exec.Call(logits, gumbel, weight, []float64{temperature})
		if err != nil {
			t.Fatal(err)
		}
		want, opGrad, z := out[0].Value().([]float64), out[1].Value().([]float64), out[2].Value().([]float64)
		for k, got := range relax.Concrete(logits, gumbel, temperature) {
			near(t, fmt.Sprintf("sample %d at λ = %g", k, temperature), got, z[k], 1e-14)
		}
		for k, got := range relax.ConcreteGrad(z, opGrad, temperature) {
			near(t, fmt.Sprintf("gradient %d at λ = %g", k, temperature), got, want[k], 1e-12)
		}
		if temperature == 1 {
			for k, got := range relax.SoftmaxGrad(z, opGrad) {
				near(t, fmt.Sprintf("mixture gradient %d", k), got, want[k], 1e-12)
			}
		}
	}
}
