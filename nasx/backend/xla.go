//go:build ((linux && (amd64 || arm64)) || (darwin && arm64) || (windows && amd64)) && !noxla

package backend

import (
	"github.com/gomlx/go-xla/compute/xla"

	_ "naslab.dev/nasx/hugepages" // XLA keeps its buffers
)

func init() {
	xla.EnableAutoInstall(false) // opening a backend must not reach for the network
}
