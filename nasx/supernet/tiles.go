package supernet

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Feature maps of the fast form are cut into tiles, [channels, h, w, rows, columns,
// batch]: pixel (i, j) of a tile stands at (row·h + i, column·w + j) of its image.
// What looks at neighbours then works on few pixels of many tiles, as matrix products
// want it, after a margin of the tiles around has been put about each (halo). A small
// image is one tile.

// tiling is how the images of a cell's inputs are cut.
type tiling struct {
	height, width int // of a tile, pixels
	rows, columns int // of tiles in an image
}

// wholePixels is the largest image, in pixels, that stays one tile.
const wholePixels = 64

// Largest sides of a tile. A convolution costs (height + 2·margin)·(width + 2·margin)
// products a pixel, and tiles with their margins are copied: 8×4 took less time than 4×4,
// 8×8 and anything larger.
const (
	tallestTile = 8
	widestTile  = 4
)

// tilingOf cuts images of a size; those of a reduction cell have even sides, which
// their tiles keep.
func tilingOf(height, width int, reduction bool) tiling {
	after := height * width
	if reduction {
		after /= 4
	}
	if after <= wholePixels {
		return tiling{height, width, 1, 1}
	}
	h, w := tileSide(height, tallestTile, reduction), tileSide(width, widestTile, reduction)
	return tiling{h, w, height / h, width / w}
}

// tileSide returns a divisor of a side: the largest even one up to most, or an odd one
// where that is more than twice as large and even ones are not asked for.
func tileSide(side, most int, even bool) int {
	best := 1
	for d := 2; d <= min(side, most); d++ {
		if side%d == 0 && (d%2 == 0 || (!even && d > 2*best)) {
			best = d
		}
	}
	return best
}

// whole says that an image is one tile.
func (t tiling) whole() bool { return t.rows*t.columns == 1 }

// even says that every second pixel of a tile is every second pixel of the image.
func (t tiling) even() bool { return t.height%2 == 0 && t.width%2 == 0 }

// scaled returns the same tiles with other sizes: of images twice as large, or of
// every second pixel.
func (t tiling) scaled(by, over int) tiling {
	t.height, t.width = t.height*by/over, t.width*by/over
	return t
}

// tile cuts images [batch, h, w, channels].
func tile(x *Node, t tiling) *Node {
	dims := x.Shape().Dimensions
	x = Reshape(x, dims[0], t.rows, t.height, t.columns, t.width, dims[3])
	return TransposeAllAxes(x, 5, 2, 4, 1, 3, 0)
}

// retile cuts tiles into others, of the same images.
func retile(x *Node, t tiling) *Node {
	dims := x.Shape().Dimensions
	if dims[1] == t.height && dims[2] == t.width {
		return x
	}
	x = TransposeAllAxes(x, 0, 3, 1, 4, 2, 5)
	x = Reshape(x, dims[0], t.rows, t.height, t.columns, t.width, dims[5])
	return TransposeAllAxes(x, 0, 2, 4, 1, 3, 5)
}

// halo puts a margin around each tile along axis 1 or 2: the pixels of its
// neighbours, and a fixed value beyond the image. The last three axes of x are rows,
// columns and batch.
func halo(x *Node, axis, margin int, beyond float64) *Node {
	size, along := x.Shape().Dimensions[axis], x.Rank()-4+axis
	parts, end := []*Node{}, 0
	for start := -margin; start < size+margin; start = end {
		tiles := floorDiv(start, size) // how many tiles further the pixels from start on are
		end = min((tiles+1)*size, size+margin)
		part := SliceAxis(x, axis, AxisRange(start-tiles*size, end-tiles*size))
		parts = append(parts, movedTiles(part, along, tiles, beyond))
	}
	return Concatenate(parts, axis)
}

// movedTiles returns for each tile the one that stands a number of tiles further.
func movedTiles(x *Node, axis, by int, beyond float64) *Node {
	if by == 0 {
		return x
	}
	dims := x.Shape().Clone().Dimensions
	count := dims[axis]
	dims[axis] = min(max(by, -by), count)
	outside := BroadcastToDims(Scalar(x.Graph(), x.DType(), beyond), dims...)
	switch {
	case dims[axis] == count:
		return outside
	case by < 0:
		return Concatenate([]*Node{outside, SliceAxis(x, axis, AxisRange(0, count+by))}, axis)
	}
	return Concatenate([]*Node{SliceAxis(x, axis, AxisRange(by)), outside}, axis)
}

// floorDiv is a/b rounded down, b > 0.
func floorDiv(a, b int) int {
	if a < 0 {
		return -((b - 1 - a) / b)
	}
	return a / b
}
