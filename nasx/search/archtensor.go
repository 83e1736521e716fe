package search

import (
	"fmt"
	"math"

	"naslab.dev/nasx/space"
)

// ArchTensor encodes an architecture, one whole number per decision.
func ArchTensor(arch space.Arch) Tensor {
	values := make([]int64, len(arch))
	for d, k := range arch {
		values[d] = int64(k)
	}
	return Int64Tensor(values)
}

// Arch decodes what [ArchTensor] encodes.
func (t Tensor) Arch() (space.Arch, error) {
	values, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	arch := make(space.Arch, len(values))
	for d, v := range values {
		if v < 0 || v > math.MaxInt32 {
			return nil, fmt.Errorf("search: tensor has the choice %d at decision %d, want one from 0", v, d)
		}
		arch[d] = int(v)
	}
	return arch, nil
}
