package darts_test

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/darts"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// images is a made-up set: pictures of noise with one bright channel, which is
// their class. It satisfies [search.Batches].
type images struct {
	broken bool // minibatches hold a NaN
	gone   bool // held-out parts cannot be read
}

const side, channels, classes, size, perEpoch = 4, 2, 2, 8, 4

func (images) Name() string { return "two bright channels" }

func (images) Dims() (height, width, depth, labels int) { return side, side, channels, classes }

func (images) Schedule() (batchSize, steps int) { return size, perEpoch }

func (im images) Batch(part string, epoch, index int) (pixels []float32, labels []int32, err error) {
	pixels, labels, err = draw(part, epoch*perEpoch+index, size)
	if im.broken {
		pixels[0] = float32(math.NaN())
	}
	return pixels, labels, err
}

func (im images) Held(part string) (pixels []float32, labels []int32, err error) {
	if im.gone {
		return nil, nil, errors.New("the disk is gone")
	}
	return draw(part, 0, 12)
}

func draw(part string, when, n int) (pixels []float32, labels []int32, err error) {
	if part == search.PartTrain {
		return nil, nil, fmt.Errorf("part %q is not for this method", part)
	}
	rng := key.Rand(5, part, when, 0)
	for range n {
		label := rng.Int32N(classes)
		labels = append(labels, label)
		for i := range side * side * channels {
			bright := 0.0
			if i%channels == int(label) {
				bright = 1
			}
			pixels = append(pixels, float32(bright+0.3*rng.NormFloat64()))
		}
	}
	return pixels, labels, nil
}

// engines are compiled once for all tests of this package.
var engines = map[dtypes.DType]func(testing.TB) *supernet.Engine{
	dtypes.Float32: once(dtypes.Float32),
	dtypes.Float64: once(dtypes.Float64),
}

func once(dtype dtypes.DType) func(testing.TB) *supernet.Engine {
	var made *supernet.Engine
	var mu sync.Mutex
	return func(t testing.TB) *supernet.Engine {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if made != nil {
			return made
		}
		cfg := supernet.DefaultConfig()
		cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem, cfg.Reductions = 2, 1, 4, 4, []int{1}
		cfg.Height, cfg.Width, cfg.InputChannels, cfg.Classes = side, side, channels, classes
		cfg.Ops = []string{space.OpNone, space.OpAvgPool, space.OpSkip, space.OpDil3}
		cfg.DType = dtype
		net, err := supernet.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if made, err = supernet.NewEngine(backendtest.RequireXLA(t), net); err != nil {
			t.Fatal(err)
		}
		return made
	}
}

// searcher starts a search of two short epochs' schedule on the made-up set.
func searcher(t *testing.T, dtype dtypes.DType, change func(*darts.Config)) *darts.Searcher {
	t.Helper()
	return searcherOn(t, images{}, dtype, change)
}

func searcherOn(t *testing.T, set search.Batches, dtype dtypes.DType, change func(*darts.Config)) *darts.Searcher {
	t.Helper()
	cfg := darts.DefaultConfig()
	cfg.Epochs = 5
	if change != nil {
		change(&cfg)
	}
	s, err := darts.New(engines[dtype](t), set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// steps makes n steps.
func steps(t *testing.T, s *darts.Searcher, n int) []search.Trace {
	t.Helper()
	var traces []search.Trace
	for range n {
		tr, err := s.Step()
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, tr)
	}
	return traces
}
