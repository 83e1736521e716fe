package supernettest

import (
	"math"
	"testing"

	"naslab.dev/nasx/relax"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

// Method is everything that a method on shared weights lets a session do.
type Method interface {
	search.Searcher
	search.Stateful
	search.Tunable
	search.Deriver
	search.Tester
	search.Describer
}

// Standing reads weights and logits, [decision][choice], from a search that keeps
// logits under the name "arch/logits" and runs on the engine of [Engine].
func Standing(t testing.TB, engine *supernet.Engine, s search.Stateful) (*supernet.Weights, [][]float64) {
	t.Helper()
	state, err := s.State()
	if err != nil {
		t.Fatal(err)
	}
	weights, err := engine.Restore(state)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := state["arch/logits"].Float64s()
	if err != nil {
		t.Fatal(err)
	}
	net := engine.Network()
	logits, err := relax.Unflatten(flat, len(net.Space().Decisions()), len(net.Config().Ops))
	if err != nil {
		t.Fatal(err)
	}
	return weights, logits
}

// Loss returns the loss of the network under a mixture z on the minibatch of a
// part of [Images] in epoch 0.
func Loss(t testing.TB, e *supernet.Engine, w *supernet.Weights, part string, index int, z [][]float64) float64 {
	t.Helper()
	pixels, labels, err := (&Images{}).Batch(part, 0, index)
	if err != nil {
		t.Fatal(err)
	}
	value, _, err := e.Evaluate(w, pixels, labels, z)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// GradientError returns how far a gradient is from the central differences of a
// loss around the logits, relative to their length: ‖grad − d‖ / ‖d‖.
func GradientError(grad, logits [][]float64, loss func(logits [][]float64) float64) float64 {
	const h = 1e-6
	var miss, sum float64
	for d, row := range logits {
		for k, at := range row {
			row[k] = at + h
			plus := loss(logits)
			row[k] = at - h
			minus := loss(logits)
			row[k] = at
			want := (plus - minus) / (2 * h)
			miss += math.Pow(grad[d][k]-want, 2)
			sum += want * want
		}
	}
	return math.Sqrt(miss / sum)
}
