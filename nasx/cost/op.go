package cost

import (
	"fmt"
	"slices"

	"naslab.dev/nasx/space"
)

// Count is what a part of a network costs.
type Count struct {
	Params int64 `json:"params"` // numbers that are learned
	FLOPs  int64 `json:"flops"`  // multiply-adds for one image
	MAC    int64 `json:"mac"`    // memory accesses for one image, in numbers read or written
}

// Add returns the sum of two counts.
func (c Count) Add(other Count) Count {
	return Count{Params: c.Params + other.Params, FLOPs: c.FLOPs + other.FLOPs, MAC: c.MAC + other.MAC}
}

// Op counts one operation of the cell space on one edge, normalisations left
// out, as the resource constraint of [SNAS] does.
//
//	channels  of the input and of the output, even
//	pixels    of the output, height times width
//	stride    1, or 2 where a reduction cell reads its inputs
func Op(op string, channels, pixels, stride int) (Count, error) {
	if channels < 1 || channels%2 != 0 || pixels < 1 {
		return Count{}, fmt.Errorf("cost: %s on %d channels and %d pixels, want an even number of channels and a pixel",
			op, channels, pixels)
	}
	if stride != 1 && stride != 2 {
		return Count{}, fmt.Errorf("cost: %s has stride %d, want 1 or 2", op, stride)
	}
	c, y := int64(channels), int64(pixels)
	switch op {
	case space.OpNone:
		return Count{}, nil
	case space.OpSkip:
		return skip(c, y, stride), nil
	case space.OpMaxPool, space.OpAvgPool:
		return Count{FLOPs: 9 * y * c, MAC: y * c * byStride(stride, 2, 5)}, nil
	case space.OpSep3, space.OpSep5:
		size := 2 * (c*area(op) + c*c)
		return Count{Params: size, FLOPs: size * y, MAC: y*c*byStride(stride, 8, 11) + size}, nil
	case space.OpDil3, space.OpDil5:
		size := c*area(op) + c*c
		return Count{Params: size, FLOPs: size * y, MAC: y*c*byStride(stride, 4, 7) + size}, nil
	}
	return Count{}, fmt.Errorf("cost: unknown operation %.40q, want one of %v", op, space.DefaultOps())
}

// skip is the identity, or a factorized reduction at stride 2: two 1x1
// convolutions of stride 2 to half the channels each.
func skip(channels, pixels int64, stride int) Count {
	if stride == 1 {
		return Count{MAC: 2 * channels * pixels}
	}
	size := channels * channels
	return Count{Params: size, FLOPs: size * pixels, MAC: pixels*(8*channels+channels) + size}
}

// byStride picks the factor of y²C in the memory accesses.
func byStride(stride int, one, two int64) int64 {
	if stride == 1 {
		return one
	}
	return two
}

// area returns the pixels under an operation's kernel.
func area(op string) int64 {
	if op == space.OpSep5 || op == space.OpDil5 {
		return 25
	}
	return 9
}

// normalised returns how many normalisations an operation has in a child.
func normalised(op string, stride int, pools bool) int64 {
	switch {
	case op == space.OpSep3, op == space.OpSep5:
		return 2
	case op == space.OpDil3, op == space.OpDil5:
		return 1
	case op == space.OpSkip && stride == 2:
		return 1
	case slices.Contains([]string{space.OpMaxPool, space.OpAvgPool}, op) && pools:
		return 1
	}
	return 0
}
