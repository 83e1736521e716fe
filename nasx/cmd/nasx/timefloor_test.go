package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/backend"
)

// A pass for the weights, one for the maps and one forward, and no gradient for the
// images: 9·1·4·16 multiply-adds. What `nasx params` counts of pools (9 sums a number) are
// no multiply-adds: two on each of two edges, 16·2 numbers in the normal cell and 4·4 in
// the reduction cell.
func TestFloorCountsWhatParamsCounts(t *testing.T) {
	var counted counted
	params := "params --json --channels 2 --cells 2 --nodes 1 --stem 4 --inputs 1 --image 4"
	if err := json.Unmarshal([]byte(must(t, t.TempDir(), strings.Fields(params)...).out), &counted); err != nil {
		t.Fatal(err)
	}
	var got map[string]float64
	out := must(t, t.TempDir(), strings.Fields("time floor --count --json "+tiny)...).out
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	pools := 2 * 2 * 9 * (16*2 + 4*4)
	if want := float64(6 * (3*(int(counted.FLOPs)-pools) - 9*4*16)); got["multiply_adds"] != want {
		t.Errorf("got %.0f multiply-adds, want %.0f", got["multiply_adds"], want)
	}
	if !(got["multiply_adds_dense"] > got["multiply_adds"] && got["bytes"] > 4*got["kept_bytes"]) {
		t.Errorf("got %v, want more multiply-adds in the dense form and four passes over each map at least", got)
	}
	if len(got) != 4 {
		t.Errorf("got %v, want four counts and nothing measured", got)
	}
}

func TestFloorIsTheLargerOfItsParts(t *testing.T) {
	cmd := command(t, t.TempDir(), strings.Fields("time floor --json --steps 2 "+tiny)...)
	cmd.Env = append(cmd.Env, "XLA_FLAGS=--xla_backend_optimization_level=0") // compiles in half the time
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var f floor
	if err := json.Unmarshal(out, &f); err != nil || f.Step == nil {
		t.Fatalf("%v in %s, want a floor with a step", err, out)
	}
	products, bytes := f.MultiplyAdds/max(f.ConvRate, f.ProductRate), f.Bytes/f.CopyRate
	if f.FloorSeconds != max(products, bytes) || f.TimesFloor != f.Step.Median/f.FloorSeconds {
		t.Errorf("floor is %g s and the step %g times that, want the larger of %g and %g and %g times",
			f.FloorSeconds, f.TimesFloor, products, bytes, f.Step.Median/f.FloorSeconds)
	}
	if !(f.TimesFloor > 1 && f.ConvRate > 1e8 && f.ProductRate > 1e8 && f.CopyRate > 1e8) {
		t.Errorf("got %s, want more than 10⁸ a second of each and a step above the floor", out)
	}
	if f.CopyBytes != leastCopy || f.Step.Steps != 2 || f.Backend == "" {
		t.Errorf("got %s, want an array of %d bytes, two steps and a backend", out, leastCopy)
	}
}

// Each turn adds 1 to every number, so turns can be told from the sum.
func TestLoopMakesItsTurns(t *testing.T) {
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	counting := loop{
		state: func(g *graph.Graph) []*graph.Node {
			return []*graph.Node{graph.AddScalar(fill(g, 0, 5, 3), 2), fill(g, 3, 2)}
		},
		turn: func(state []*graph.Node) *graph.Node { return graph.AddScalar(state[0], 1) },
	}
	exec, err := graph.NewExec(b, counting.graph)
	if err != nil {
		t.Fatal(err)
	}
	for _, turns := range []int32{0, 1, 7} {
		out, err := exec.Call(turns)
		if err != nil {
			t.Fatal(err)
		}
		got, want := float64(tensors.ToScalar[float32](out[0])), 15*(2+float64(turns))
		if out[0].DType() != dtypes.Float32 || !(math.Abs(got-want) <= 1e-4) {
			t.Errorf("%d turns sum to %g, want %g", turns, got, want)
		}
	}
}

func TestFloorRefusesWhatCannotBe(t *testing.T) {
	for args, want := range map[string]string{
		"--steps=-1":        "--steps is -1",
		"--batch 0":         "--batch is 0",
		"--channels 7":      "Channels is 7",
		"--count --steps 3": "--count",
	} {
		r := call(t, t.TempDir(), append([]string{"time", "floor"}, strings.Fields(args)...)...)
		if r.code != exitUsage || !strings.Contains(r.err, want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("nasx time floor %s: exit code %d, stderr %q, want %d and one line with %q",
				args, r.code, r.err, exitUsage, want)
		}
	}
}
