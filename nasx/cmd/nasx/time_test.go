package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// tiny is the smallest network with a reduction cell.
const tiny = "--channels 2 --cells 2 --nodes 1 --stem 4 --inputs 1 --image 4 --batch 6"

// checkForm holds a measurement to what issue trackers and scripts read.
func checkForm(t *testing.T, what string, line []byte) {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%s: %v in %q", what, err, line)
	}
	seconds, _ := got["step_seconds"].(float64)
	fastest, _ := got["step_seconds_min"].(float64)
	if !(fastest > 0 && seconds >= fastest && seconds < 60) {
		t.Errorf("%s: step_seconds %v, step_seconds_min %v, want a median and a minimum", what, seconds, fastest)
	}
	for _, key := range []string{"compile_seconds", "parameters", "peak_memory_bytes"} {
		if number, ok := got[key].(float64); !ok || number < 0 {
			t.Errorf("%s: %s is %v, want a number", what, key, got[key])
		}
	}
	if memory, _ := got["peak_memory_bytes"].(float64); memory < 1e6 || memory > 1e11 {
		t.Errorf("%s: peak_memory_bytes is %v, want megabytes to gigabytes", what, memory)
	}
	if name, _ := got["backend"].(string); name == "" || strings.Contains(name, "/") {
		t.Errorf("%s: backend is %q, want a name without a path", what, name)
	}
}

func TestTimeIsHeldToItsForm(t *testing.T) {
	for _, args := range []string{
		"time controller --steps 3 --json",
		"time controller --update --steps 3 --json",
		"time open --method tabular --data synthetic --json",
	} {
		checkForm(t, "nasx "+args, []byte(must(t, t.TempDir(), strings.Fields(args)...).out))
	}
}

// The dumped first step is gradient descent from rest, here in float64 from what
// is written; and package cost counts parameters by formulas of its own.
func TestTimedSupernet(t *testing.T) {
	var counted counted
	params := "params --json --channels 2 --cells 2 --nodes 1 --stem 4 --inputs 1 --image 4"
	if err := json.Unmarshal([]byte(must(t, t.TempDir(), strings.Fields(params)...).out), &counted); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"weights", "snas"} {
		lines, file := paced(t, method, 2)
		if len(lines) != 2 {
			t.Errorf("%s: got %d lines for two on standard input", method, len(lines))
		}
		for _, line := range lines {
			checkForm(t, method, []byte(line))
			var got timing
			if err := json.Unmarshal([]byte(line), &got); err != nil || got.Steps != 3 {
				t.Errorf("%s: %q: %v, want a measurement of 3 steps", method, line, err)
			}
			if int64(got.Parameters) != counted.Parameters {
				t.Errorf("%s: timed a network of %d parameters, want %d", method, got.Parameters, counted.Parameters)
			}
		}
		if worst, seen := missed(t, file); !(worst <= 1e-6) || int64(seen) != counted.Parameters {
			t.Errorf("%s: %d weights after the step differ by up to %g from the update of their gradient, want %d and 1e-6",
				method, seen, worst, counted.Parameters)
		}
	}
}

// missed returns by how much the weights after the first step differ from one
// update of the dumped gradient, at most, and how many there are.
func missed(t *testing.T, file map[string]search.Tensor) (worst float64, seen int) {
	t.Helper()
	cfg, norm := darts.DefaultConfig(), 0.0
	gradients := map[string][]float64{}
	for name := range file {
		if param, found := strings.CutPrefix(name, "gradient/"); found {
			gradients[param] = values(t, file, name)
			for _, g := range gradients[param] {
				norm += g * g
			}
		}
	}
	scale := math.Min(1, cfg.Clip/math.Sqrt(norm))
	for param, gradient := range gradients {
		before, after := values(t, file, "before/weights/"+param), values(t, file, "after/weights/"+param)
		for i, g := range gradient {
			want := before[i] - cfg.Rate*(scale*g+cfg.Decay*before[i])
			worst = math.Max(worst, math.Abs(after[i]-want))
			seen++
		}
	}
	return worst, seen
}

// paced measures the tiny network once for each of some lines on standard input,
// and reads what its first step was. (Compiling with less care halves the time.)
func paced(t *testing.T, method string, times int) (lines []string, file map[string]search.Tensor) {
	t.Helper()
	dir := t.TempDir()
	args := "time supernet --paced --dump step.safetensors --steps 3 --method " + method + " " + tiny
	cmd := command(t, dir, strings.Fields(args)...)
	cmd.Env = append(cmd.Env, "XLA_FLAGS=--xla_backend_optimization_level=0")
	cmd.Stdin = strings.NewReader(strings.Repeat("\n", times))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "step.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if file, err = run.DecodeTensors(data); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), file
}

// values reads a tensor of either width.
func values(t *testing.T, file map[string]search.Tensor, name string) []float64 {
	t.Helper()
	tensor, found := file[name]
	if !found {
		t.Fatalf("the dump has no tensor %q", name)
	}
	if tensor.DType == search.F64 {
		wide, err := tensor.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return wide
	}
	narrow, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	var wide []float64
	for _, v := range narrow {
		wide = append(wide, float64(v))
	}
	return wide
}

func TestTimeRefusesWhatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for args, want := range map[string]string{
		"supernet --steps 0":        "--steps is 0",
		"supernet --batch 0":        "--batch is 0",
		"supernet --channels 7":     "Channels is 7",
		"supernet --method enas":    "weights",
		"controller --method darts": "nasx time supernet",
		"controller --steps 0":      "--steps is 0",
		"controller --dump f":       "--update",
		"open --steps 0":            "--steps is 0",
		"panel --steps 0":           "--steps is 0",
		"panel --own=-1s":           "--own is -1s",
		"open --method none":        "no method",
	} {
		r := call(t, dir, append([]string{"time"}, strings.Fields(args)...)...)
		if r.code != exitUsage || !strings.Contains(r.err, want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("nasx time %s: exit code %d, stderr %q, want %d and one line with %q", args, r.code, r.err, exitUsage, want)
		}
	}
}
