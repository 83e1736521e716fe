package micro_test

import (
	"fmt"
	"math"

	"naslab.dev/nasx/space/micro"
	network "naslab.dev/nasx/supernet/micro"
)

// A child computed by loops over pixels, without graphs, masks or one-hot rows: the
// network that an architecture describes and nothing else of the search network.

// picture is a feature map of a batch, [image][channel][row][column].
type picture [][][][]float64

// blank returns zeros in the size of x, with other channels.
func blank(x picture, channels, height, width int) picture {
	y := make(picture, len(x))
	for n := range y {
		for range channels {
			plane := make([][]float64, height)
			for i := range plane {
				plane[i] = make([]float64, width)
			}
			y[n] = append(y[n], plane)
		}
	}
	return y
}

// each replaces every value of a copy of x by that of f.
func each(x picture, f func(n, c, i, j int) float64) picture {
	y := blank(x, len(x[0]), len(x[0][0]), len(x[0][0][0]))
	for n := range y {
		for c := range y[n] {
			for i := range y[n][c] {
				for j := range y[n][c][i] {
					y[n][c][i][j] = f(n, c, i, j)
				}
			}
		}
	}
	return y
}

func (x picture) relu() picture {
	return each(x, func(n, c, i, j int) float64 { return math.Max(0, x[n][c][i][j]) })
}

func (x picture) plus(y picture) picture {
	return each(x, func(n, c, i, j int) float64 { return x[n][c][i][j] + y[n][c][i][j] })
}

// norm is (x − mean)/√(variance + 1e-5) over the batch, by channel.
func (x picture) norm() picture {
	mean, variance := make([]float64, len(x[0])), make([]float64, len(x[0]))
	count := float64(len(x) * len(x[0][0]) * len(x[0][0][0]))
	each(x, func(n, c, i, j int) float64 { mean[c] += x[n][c][i][j] / count; return 0 })
	each(x, func(n, c, i, j int) float64 { variance[c] += math.Pow(x[n][c][i][j]-mean[c], 2) / count; return 0 })
	return each(x, func(n, c, i, j int) float64 { return (x[n][c][i][j] - mean[c]) / math.Sqrt(variance[c]+1e-5) })
}

// around visits the pixels of a k×k window that exist.
func (x picture) around(k, i, j int, visit func(a, b, i, j int)) {
	for a := range k {
		for b := range k {
			row, column := i+a-k/2, j+b-k/2
			if row >= 0 && row < len(x[0][0]) && column >= 0 && column < len(x[0][0][0]) {
				visit(a, b, row, column)
			}
		}
	}
}

// conv is a dense convolution; kernel is [k, k, in, out].
func (x picture) conv(kernel []float64, k, out int) picture {
	in := len(x[0])
	return each(blank(x, out, len(x[0][0]), len(x[0][0][0])), func(n, c, i, j int) float64 {
		sum := 0.0
		x.around(k, i, j, func(a, b, row, column int) {
			for from := range in {
				sum += kernel[((a*k+b)*in+from)*out+c] * x[n][from][row][column]
			}
		})
		return sum
	})
}

// depthwise is a convolution of every channel; kernel is [k, k, C].
func (x picture) depthwise(kernel []float64, k int) picture {
	return each(x, func(n, c, i, j int) float64 {
		sum := 0.0
		x.around(k, i, j, func(a, b, row, column int) { sum += kernel[(a*k+b)*len(x[0])+c] * x[n][c][row][column] })
		return sum
	})
}

func (x picture) avg() picture {
	return each(x, func(n, c, i, j int) float64 {
		sum, count := 0.0, 0.0
		x.around(3, i, j, func(_, _, row, column int) { sum += x[n][c][row][column]; count++ })
		return sum / count
	})
}

func (x picture) max() picture {
	return each(x, func(n, c, i, j int) float64 {
		best := math.Inf(-1)
		x.around(3, i, j, func(_, _, row, column int) { best = math.Max(best, x[n][c][row][column]) })
		return best
	})
}

// reduce is the factorised reduction with kernels a and b, each [in, out/2].
func (x picture) reduce(a, b []float64, out int) picture {
	x = x.relu()
	one, other := x.conv(a, 1, out/2), x.conv(b, 1, out/2)
	return each(blank(x, out, len(x[0][0])/2, len(x[0][0][0])/2), func(n, c, i, j int) float64 {
		if c < out/2 {
			return one[n][c][2*i][2*j]
		}
		return other[n][c-out/2][2*i+1][2*j+1]
	}).norm()
}

// child is a network with its weights.
type child struct {
	cfg  network.Config
	net  *network.Network
	flat []float64
}

// of returns one parameter.
func (c child) of(name string, args ...any) []float64 {
	for _, p := range c.net.Params() {
		if p.Name == fmt.Sprintf(name, args...) {
			return c.flat[p.Offset : p.Offset+p.Size()]
		}
	}
	panic("no parameter " + fmt.Sprintf(name, args...))
}

// loss returns the mean cross-entropy of a batch of one-channel images.
func (c child) loss(x picture, labels []int32, cells [2][]micro.Block) float64 {
	s1 := x.conv(c.of("stem/conv"), 3, c.cfg.Stem).norm()
	gain, offset := c.of("stem/gain"), c.of("stem/offset")
	stem := s1
	s1 = each(stem, func(n, ch, i, j int) float64 { return gain[ch]*stem[n][ch][i][j] + offset[ch] })
	s0, channels := s1, c.cfg.Channels
	for cell := range c.cfg.Cells {
		blocks := cells[0]
		in := [2]picture{s0, s1}
		if cell == c.cfg.Reductions[0] {
			blocks, channels = cells[1], 2*channels
			in[0] = s1.reduce(c.of("cell%d/input0/a", cell), c.of("cell%d/input0/b", cell), channels)
			in[1] = s1.reduce(c.of("cell%d/reduce/a", cell), c.of("cell%d/reduce/b", cell), channels)
			s1 = in[1]
		}
		for i := range in {
			if len(in[i][0]) != channels {
				in[i] = in[i].relu().conv(c.of("cell%d/input%d/conv", cell, i), 1, channels).norm()
			}
		}
		s0, s1 = s1, c.cell(cell, in, blocks)
	}
	total := 0.0
	for n, image := range s1.relu() {
		logits, sum := c.classify(image), 0.0
		for _, v := range logits {
			sum += math.Exp(v)
		}
		total += math.Log(sum) - logits[labels[n]]
	}
	return total / float64(len(x))
}

// classify maps the means of an image's channels to logits.
func (c child) classify(image [][][]float64) []float64 {
	logits, weights := append([]float64(nil), c.of("classifier/bias")...), c.of("classifier/weights")
	for ch, plane := range image {
		mean := 0.0
		for _, row := range plane {
			for _, v := range row {
				mean += v / float64(len(plane)*len(row))
			}
		}
		for k := range logits {
			logits[k] += mean * weights[ch*len(logits)+k]
		}
	}
	return logits
}

// cell applies one cell.
func (c child) cell(index int, in [2]picture, blocks []micro.Block) picture {
	nodes, channels := []picture{in[0], in[1]}, len(in[0][0])
	for b, block := range blocks {
		var sum picture
		for branch := range 2 {
			rows := c.of("cell%d/node%d/rows", index, b+2)
			width := len(rows) / (2 * (b + 2))
			row := rows[(branch*(b+2)+block.In[branch])*width:][:width]
			y := apply(block.Op[branch], nodes[block.In[branch]], row, channels)
			if sum == nil {
				sum = y
			} else {
				sum = sum.plus(y)
			}
		}
		nodes = append(nodes, sum)
	}
	// The loose ends one above the other, and the rows of their weights likewise.
	var wide picture
	var kernel []float64
	weights := c.of("cell%d/output", index)
	for node, y := range nodes {
		loose := true
		for _, block := range blocks {
			loose = loose && block.In[0] != node && block.In[1] != node
		}
		if !loose {
			continue
		}
		kernel = append(kernel, weights[node*channels*channels:][:channels*channels]...)
		if wide == nil {
			wide = make(picture, len(y))
		}
		for n := range y {
			wide[n] = append(wide[n], y[n]...)
		}
	}
	return wide.relu().conv(kernel, 1, channels).norm()
}

// apply is one operation with the weights of one row: for each of two stacks the
// depthwise kernels 3×3 and 5×5, then the pointwise kernels of either.
func apply(op int, x picture, row []float64, channels int) picture {
	switch op {
	case 2:
		return x.avg()
	case 3:
		return x.max()
	case 4:
		return x
	}
	square, half := channels*channels, len(row)/2
	for stack := range 2 {
		part := row[stack*half:]
		depth, point, k := part[:9*channels], part[34*channels:][:square], 3
		if op == 1 {
			depth, point, k = part[9*channels:34*channels], part[34*channels+square:][:square], 5
		}
		x = x.relu().depthwise(depth, k).conv(point, 1, channels).norm()
	}
	return x
}
