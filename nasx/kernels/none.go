//go:build !(linux && (amd64 || arm64) && cgo && !noxla)

package kernels

import (
	"errors"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Register fails: this program was built without the operations.
func Register(compute.Backend) error {
	return errors.New("kernels: this program was built without them (they need Linux and cgo)")
}

// limit changes nothing.
func limit(set, _ int) int { return set }

// On returns false.
func On(compute.Backend) bool { return false }

func call(name string, _ []shapes.Shape, _ ...*graph.Node) []*graph.Node {
	exceptions.Panicf("kernels: %s is not part of this program", name)
	return nil
}
