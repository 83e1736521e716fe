package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// What a machine can do at best is measured in loops inside one graph: buffers are
// taken once and used again, nothing is sent to the device or back, and the time of two
// lengths of a loop differs by the turns alone.

// loop is work that a graph does again and again. Constants of a turn must not occur in
// state: GoMLX makes each constant of a graph once, and a turn is a function of its own.
type loop struct {
	name  string
	units float64                   // of work in one turn
	state func(g *Graph) []*Node    // what a turn starts from
	turn  func(state []*Node) *Node // the new value of state[0], of the same shape
}

// fill makes an array of numbers around mean, none alike along the last axis.
func fill(g *Graph, mean float64, dims ...int) *Node {
	last := len(dims) - 1
	ramp := Iota(g, shapes.Make(dtypes.Float32, dims...), last)
	return MulScalar(AddScalar(MulScalar(ramp, 1/float64(dims[last])), 0.5), mean)
}

// convLoop is a plain 3×3 convolution at a shape where it is near its best.
func convLoop() loop {
	const batch, side, channels, area = 32, 32, 64, 9
	return loop{
		name:  fmt.Sprintf("a dense 3x3 convolution, [%d, %d, %d, %d]", batch, side, side, channels),
		units: batch * side * side * area * channels * channels,
		state: func(g *Graph) []*Node {
			return []*Node{fill(g, 1, batch, side, side, channels), fill(g, 1.0/(area*channels), 3, 3, channels, channels)}
		},
		turn: func(state []*Node) *Node { return Convolve(state[0], state[1]).PadSame().Done() },
	}
}

// productLoop is a product of square matrices.
func productLoop() loop {
	const side = 1024
	return loop{
		name:  fmt.Sprintf("a product of matrices, %d by %d", side, side),
		units: side * side * side,
		state: func(g *Graph) []*Node { return []*Node{fill(g, 1, side, side), fill(g, 1.0/side, side, side)} },
		turn:  func(state []*Node) *Node { return Dot(state[0], state[1]).Product() },
	}
}

// Bounds of the array that copyLoop works on, in bytes: beyond second-level caches, and
// not more than a machine has.
const (
	leastCopy = 32 << 20
	mostCopy  = 512 << 20
)

// copyLoop reads and writes an array of about so many bytes in place: what a step keeps
// decides in which part of the memory it lives. A unit is one byte read or written.
func copyLoop(bytes float64) loop {
	const width = 4
	size := int(min(max(bytes, leastCopy), mostCopy)) / width
	return loop{
		name:  fmt.Sprintf("reading and writing an array of %d MB", size*width/1e6),
		units: float64(2 * width * size),
		state: func(g *Graph) []*Node { return []*Node{fill(g, 1, size)} },
		turn:  func(state []*Node) *Node { return AddScalar(MulScalar(state[0], 0.999), 0.001) },
	}
}

// A loop is measured at two lengths: as many turns as take shortest seconds at least,
// and three times as many. The quietest of some attempts at each counts.
const (
	shortest  = 0.05
	mostTurns = 1 << 20
	attempts  = 7
)

// perSecond runs a loop and returns how many units a second it reaches at best.
func (l loop) perSecond(ctx context.Context, b compute.Backend) (float64, error) {
	exec, err := NewExec(b, l.graph)
	if err != nil {
		return 0, err
	}
	seconds := func(turns int) (float64, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		_, err := exec.Call(int32(turns))
		return time.Since(start).Seconds(), err
	}
	if _, err := seconds(1); err != nil { // compiles
		return 0, err
	}
	turns, took := 1, 0.0
	for ; took < shortest && turns < mostTurns; turns *= 2 {
		if took, err = seconds(turns); err != nil {
			return 0, err
		}
	}
	short, long := math.Inf(1), math.Inf(1)
	for range attempts {
		one, err := seconds(turns)
		three, err3 := seconds(3 * turns)
		if err := errors.Join(err, err3); err != nil {
			return 0, err
		}
		short, long = min(short, one), min(long, three)
	}
	if !(long > short) {
		return 0, fmt.Errorf("%d turns took %g s and %d took %g s, want more for more", turns, short, 3*turns, long)
	}
	return l.units * float64(2*turns) / (long - short), nil
}

// graph builds so many turns, [] int32. It returns a number that depends on all of them.
func (l loop) graph(turns *Node) *Node {
	g := turns.Graph()
	state := append([]*Node{turns}, l.state(g)...)
	parameters := func(g *Graph) []*Node {
		var list []*Node
		for i, s := range state {
			list = append(list, Parameter(g, fmt.Sprint("state", i), s.Shape()))
		}
		return list
	}
	more := NewClosure(g, func(g *Graph) []*Node {
		left := parameters(g)[0]
		return []*Node{GreaterThan(left, ZerosLike(left))}
	})
	turn := NewClosure(g, func(g *Graph) []*Node {
		next := parameters(g)
		next[0], next[1] = Sub(next[0], OnesLike(next[0])), l.turn(next[1:])
		return next
	})
	return ReduceAllSum(While(more, turn, state...)[1])
}
