package supernet_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/kernels"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// engine compiles a configuration on the machine's backend.
func engine(t *testing.T, cfg supernet.Config) *supernet.Engine {
	t.Helper()
	network, err := supernet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, err := backend.Open()
	if err != nil {
		t.Fatal(err)
	}
	e, err := supernet.NewEngine(b, network)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// small is a network of two cells (N R) in float64, as small as has everything in it.
func small() supernet.Config {
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem = 2, 1, 4, 6
	cfg.Reductions = []int{1}
	cfg.Height, cfg.Width, cfg.InputChannels, cfg.Classes = 6, 4, 2, 3
	cfg.DType = dtypes.Float64
	return cfg
}

// draws returns a batch of noise and a soft z for a configuration.
func draws(cfg supernet.Config, batch int) (pixels []float32, labels []int32, z [][]float64) {
	rng := key.Rand(7, "test", 0, 0)
	pixels = make([]float32, batch*cfg.Height*cfg.Width*cfg.InputChannels)
	for i := range pixels {
		pixels[i] = float32(rng.NormFloat64())
	}
	for range batch {
		labels = append(labels, rng.Int32N(int32(cfg.Classes)))
	}
	decisions := space.Cells{Nodes: cfg.Nodes, Ops: cfg.Ops}.Decisions()
	for range decisions {
		row, sum := make([]float64, len(cfg.Ops)), 0.0
		for k := range row {
			row[k] = rng.Float64()
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
		}
		z = append(z, row)
	}
	return pixels, labels, z
}

// apart returns the largest |a − b| relative to the largest |a|.
func apart(a, b []float64) float64 {
	worst, scale := 0.0, 1e-300
	for i := range a {
		scale = max(scale, math.Abs(a[i]))
	}
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i]))
		if math.IsNaN(a[i]) || math.IsNaN(b[i]) {
			return math.Inf(1)
		}
	}
	return worst / scale
}

func flatten(rows [][]float64) (flat []float64) {
	for _, row := range rows {
		flat = append(flat, row...)
	}
	return flat
}

func TestFastFormIsThePlainForm(t *testing.T) {
	if b, err := backend.Open(); err != nil || !kernels.On(b) {
		t.Skipf("the backend has no operations for the fast form (error %v)", err)
	}
	manyEdges := small()
	manyEdges.Nodes, manyEdges.Cells, manyEdges.Height, manyEdges.Width = 3, 3, 4, 4
	manyEdges.Ops = []string{space.OpSkip, space.OpNone, space.OpDil3}
	both := small() // several edges and convolutions
	both.Cells, both.Nodes, both.Channels, both.Height, both.Width = 3, 2, 2, 10, 8
	both.Ops = []string{space.OpSep3, space.OpDil5, space.OpSkip, space.OpAvgPool}
	bands := small()
	bands.Nodes, bands.Channels, bands.Height, bands.Width = 2, 2, 4, 4
	bands.Ops = []string{space.OpSep3, space.OpDil5, space.OpNone, space.OpSep5, space.OpSkip}
	large := small()
	large.Nodes, large.Channels, large.Height, large.Width = 2, 2, 20, 18
	large.Ops = []string{space.OpMaxPool, space.OpSkip, space.OpSep5, space.OpSep3}
	prime := small()
	prime.Cells, prime.Reductions, prime.Channels, prime.Height, prime.Width = 1, nil, 2, 11, 13
	none := small()
	none.Ops = []string{space.OpNone}
	const blocks = "eight operations, several blocks of images"
	for name, cfg := range map[string]supernet.Config{
		"nothing but none": none,
		"sides are primes": prime, "large images": large, "large and small images": both, "several edges, convolutions only": bands,
		blocks: small(), "three cells, nine edges, operations in another order": manyEdges,
	} {
		t.Run(name, func(t *testing.T) {
			batch := 5
			if name == blocks {
				batch = 48
			}
			pixels, labels, z := draws(cfg, batch)
			var grads [2]*supernet.Gradients
			var alone [][]float64 // ∂loss/∂z without the rest
			for i, form := range []supernet.Form{supernet.Plain, supernet.Fast} {
				cfg.Form = form
				e := engine(t, cfg)
				var err error
				if grads[i], err = e.Grad(e.Init(3), pixels, labels, z); err != nil {
					t.Fatal(err)
				}
				if form == supernet.Plain {
					continue // the other test sees it
				}
				if _, alone, err = e.GradZ(e.Init(3), pixels, labels, z); err != nil {
					t.Fatal(err)
				}
			}
			plain, fast := grads[0], grads[1]
			for _, pair := range []struct {
				what string
				a, b []float64
			}{
				{"loss", []float64{plain.Loss}, []float64{fast.Loss}},
				{"∂loss/∂z", flatten(plain.OpGrad), flatten(fast.OpGrad)},
				{"∂loss/∂weights", plain.Weights(), fast.Weights()},
				{"∂loss/∂z alone", flatten(plain.OpGrad), flatten(alone)},
			} {
				if d := apart(pair.a, pair.b); !(d <= 1e-9) {
					t.Errorf("%s of the two forms differ by %.2g of the largest, want at most 1e-9", pair.what, d)
				}
			}
		})
	}
}

// What a backend makes of a convolution with groups is what the definition says.
func TestNativeFormIsThePlainForm(t *testing.T) {
	cfg := small()
	cfg.Channels, cfg.Ops = 2, []string{space.OpSep3, space.OpDil5}
	pixels, labels, z := draws(cfg, 3)
	var grads [2]*supernet.Gradients
	for i, form := range []supernet.Form{supernet.Plain, supernet.Native} {
		cfg.Form = form
		e := engine(t, cfg)
		var err error
		if grads[i], err = e.Grad(e.Init(3), pixels, labels, z); err != nil {
			t.Fatal(err)
		}
	}
	if d := apart(grads[0].Weights(), grads[1].Weights()); !(d <= 1e-9) {
		t.Errorf("∂loss/∂weights of the two forms differ by %.2g of the largest, want at most 1e-9", d)
	}
	if d := apart(flatten(grads[0].OpGrad), flatten(grads[1].OpGrad)); !(d <= 1e-9) {
		t.Errorf("∂loss/∂z of the two forms differ by %.2g of the largest, want at most 1e-9", d)
	}
}

// Central differences through random directions see every weight and every z.
func TestGradientsMatchFiniteDifferences(t *testing.T) {
	for _, form := range []supernet.Form{supernet.Plain, supernet.Fast} {
		t.Run(fmt.Sprint(form), func(t *testing.T) {
			cfg := small()
			cfg.Form = form
			e := engine(t, cfg)
			pixels, labels, z := draws(cfg, 5)
			w := e.Init(3)
			g, err := e.Grad(w, pixels, labels, z)
			if err != nil {
				t.Fatal(err)
			}
			const eps = 1e-6
			slope := 0.0 // along g itself: ‖g‖²
			for _, v := range g.Weights() {
				slope += v * v
			}
			loss := func(sign float64) float64 {
				moved, err := e.Shift(w, g, sign*eps)
				if err != nil {
					t.Fatal(err)
				}
				value, _, err := e.Evaluate(moved, pixels, labels, z)
				if err != nil {
					t.Fatal(err)
				}
				return value
			}
			if got := (loss(1) - loss(-1)) / (2 * eps); !(math.Abs(got-slope) <= 1e-6*slope) {
				t.Errorf("slope along the weight gradient is %v, want %v", got, slope)
			}
			_, alone, err := e.GradZ(w, pixels, labels, z)
			if err != nil {
				t.Fatal(err)
			}
			if d := apart(flatten(g.OpGrad), flatten(alone)); !(d <= 1e-12) {
				t.Errorf("∂loss/∂z alone differs by %.2g from that with the weights' gradient", d)
			}
			for d, row := range z {
				for k := range row {
					lossAt := func(delta float64) float64 {
						row[k] += delta
						defer func() { row[k] -= delta }()
						value, _, err := e.Evaluate(w, pixels, labels, z)
						if err != nil {
							t.Fatal(err)
						}
						return value
					}
					want := (lossAt(eps) - lossAt(-eps)) / (2 * eps)
					if !(math.Abs(g.OpGrad[d][k]-want) <= 1e-7) {
						t.Errorf("∂loss/∂z[%d][%d] is %v, by differences %v", d, k, g.OpGrad[d][k], want)
					}
				}
			}
		})
	}
}
