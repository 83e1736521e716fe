//go:build linux && (amd64 || arm64) && cgo && !noxla

package kernels

// #cgo CFLAGS: -O3 -std=gnu11 -Wall -Wno-unknown-pragmas
// #cgo LDFLAGS: -ldl -lpthread -lm
// const char *nasx_register(void);
// void nasx_hire(int threads);
// int nasx_set(void);
// extern int nasx_most, nasx_chunk;
import "C"

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/go-xla/stablehlo"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

var (
	lock       sync.Mutex
	registered = map[compute.Backend]bool{}
)

// Register makes the operations known to an XLA backend that has been opened for a CPU.
func Register(b compute.Backend) error {
	lock.Lock()
	defer lock.Unlock()
	if missing := C.nasx_register(); missing != nil {
		return errors.New("kernels: " + C.GoString(missing))
	}
	C.nasx_hire(C.int(min(runtime.GOMAXPROCS(0), mostThreads)))
	registered[b] = true
	return nil
}

// mostThreads bounds the threads that share an operation: it has no more parts to share.
const mostThreads = 64

// limit keeps operations to an instruction set, 0 is what any processor has, 1 AVX2, 2
// AVX-512, and to a number of numbers that they compute with at once. It returns the set
// that is used. It is for tests.
func limit(set, chunk int) int {
	C.nasx_most, C.nasx_chunk = C.int(set), C.int(chunk)
	return int(C.nasx_set())
}

// On says whether graphs for a backend may use the operations.
func On(b compute.Backend) bool {
	lock.Lock()
	defer lock.Unlock()
	return registered[b]
}

// call adds a call of one of our functions to the graph that is being built.
//
// GoMLX has no node for foreign functions, but one for calls of functions of a graph. So
// the graph gets a function with the right inputs and outputs, whose values are not
// numbers, and the statement that calls it is turned into XLA's custom_call.
func call(name string, outputs []shapes.Shape, inputs ...*Node) []*Node {
	g := inputs[0].Graph()
	if !On(g.Backend()) {
		exceptions.Panicf("kernels: %s is not registered with backend %q", name, g.Backend().Name())
	}
	signature := NewFunction(g, fmt.Sprintf("%s_%d", name, g.LastNode().Id()), func(g *Graph) []*Node {
		for i, in := range inputs {
			Parameter(g, fmt.Sprintf("in%d", i), in.Shape())
		}
		results := make([]*Node, len(outputs))
		for i, shape := range outputs {
			results[i] = BroadcastToShape(Scalar(g, shape.DType, math.NaN()), shape)
		}
		return results
	})
	results := signature.Call(inputs...)
	statements := statementsOf(inputs[0].Function())
	last := statements[len(statements)-1]
	if got := last.OpType.ToStableHLO(); got != "func.call" {
		exceptions.Panicf("kernels: the last statement is %s, want the call of %s", got, name)
	}
	for last.OpType = 0; last.OpType.ToStableHLO() != "stablehlo.custom_call"; last.OpType++ {
		if last.OpType > 1000 {
			exceptions.Panicf("kernels: go-xla knows no custom_call")
		}
	}
	last.Attributes = map[string]any{"call_target_name": "nasx_" + name, "api_version": typedFFI}
	return results
}

// typedFFI is the version of XLA's interface for foreign functions that ffi.c speaks.
const typedFFI = int32(4)

// statementsOf returns what go-xla has written of a function so far. It keeps that to
// itself, so this looks inside; go.mod pins the version, and a test calls every operation.
func statementsOf(f *Function) []*stablehlo.Statement {
	inside := reflect.ValueOf(f).Elem().FieldByName("backendFunc").Elem().Elem().FieldByName("fn")
	return (*stablehlo.Function)(inside.UnsafePointer()).Statements
}
