// Package supernettest holds what the tests of all methods on a weight-sharing
// network need: a tiny network on either element type, made-up images that can be
// broken, and the facts about state and errors that every method must satisfy.
package supernettest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"naslab.dev/nasx/backend/backendtest"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// Sizes of [Images] and of the network of [Engine].
const (
	Side     = 4  // pixels
	Channels = 2  // of an image
	Classes  = 2  // the class is the bright channel
	Size     = 8  // images of a minibatch
	PerEpoch = 4  // minibatches
	held     = 12 // images of a held-out part
)

// Images is a made-up set: pictures of noise with one bright channel, which is
// their class. It satisfies [search.Batches].
type Images struct {
	Broken bool     // minibatches hold a NaN
	Gone   bool     // held-out parts cannot be read
	Denied []string // parts that the method must not ask for
}

// Name returns the set's name.
func (*Images) Name() string { return "two bright channels" }

// Dims implements [search.Batches].
func (*Images) Dims() (height, width, channels, classes int) { return Side, Side, Channels, Classes }

// Schedule implements [search.Batches].
func (*Images) Schedule() (batchSize, perEpoch int) { return Size, PerEpoch }

// Batch implements [search.Batches].
func (im *Images) Batch(part string, epoch, index int) (pixels []float32, labels []int32, err error) {
	if slices.Contains(im.Denied, part) {
		return nil, nil, fmt.Errorf("part %q is not for this method", part)
	}
	pixels, labels = draw(part, epoch*PerEpoch+index, Size)
	if im.Broken {
		pixels[0] = float32(math.NaN())
	}
	return pixels, labels, nil
}

// Held implements [search.Batches].
func (im *Images) Held(part string) (pixels []float32, labels []int32, err error) {
	if im.Gone {
		return nil, nil, errors.New("the disk is gone")
	}
	pixels, labels = draw(part, 0, held)
	return pixels, labels, nil
}

// draw makes n images.
func draw(part string, when, n int) (pixels []float32, labels []int32) {
	rng := key.Rand(5, part, when, 0)
	for range n {
		label := rng.Int32N(Classes)
		labels = append(labels, label)
		for i := range Side * Side * Channels {
			bright := 0.0
			if i%Channels == int(label) {
				bright = 1
			}
			pixels = append(pixels, float32(bright+0.3*rng.NormFloat64()))
		}
	}
	return pixels, labels
}

var (
	mu      sync.Mutex
	engines = map[dtypes.DType]*supernet.Engine{} // compiled once for all tests of a package
)

// Engine returns the tiny network for [Images]: a normal and a reduction cell of
// one node with four operations. It is the same engine each time.
func Engine(t testing.TB, dtype dtypes.DType) *supernet.Engine {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if made, found := engines[dtype]; found {
		return made
	}
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem, cfg.Reductions = 2, 1, 4, 4, []int{1}
	cfg.Height, cfg.Width, cfg.InputChannels, cfg.Classes = Side, Side, Channels, Classes
	cfg.Ops = []string{space.OpNone, space.OpAvgPool, space.OpSkip, space.OpDil3}
	cfg.DType = dtype
	net, err := supernet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := supernet.NewEngine(backendtest.RequireXLA(t), net)
	if err != nil {
		t.Fatal(err)
	}
	engines[dtype] = engine
	return engine
}

// Steps makes n steps and returns their traces.
func Steps(t testing.TB, s search.Searcher, n int) []search.Trace {
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
