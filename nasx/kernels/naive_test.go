package kernels_test

import (
	"math"

	"naslab.dev/nasx/kernels"
)

// What the operations compute, written as plainly as it can be: every output by itself, on
// float64, from the definition.

// maps are feature maps [blocks, maps, channels, h, w, lanes].
type maps struct {
	dims [6]int
	data []float64
}

func newMaps(dims ...int) maps {
	m := maps{dims: [6]int(dims)}
	size := 1
	for _, d := range dims {
		size *= d
	}
	m.data = make([]float64, size)
	return m
}

// at returns the place of one number.
func (m maps) at(i ...int) *float64 {
	place := 0
	for axis, d := range m.dims {
		place = place*d + i[axis]
	}
	return &m.data[place]
}

// each calls f for every index.
func (m maps) each(f func(i []int)) {
	i := make([]int, len(m.dims))
	for range m.data {
		f(i)
		for axis := len(i) - 1; axis >= 0; axis-- {
			if i[axis]++; i[axis] < m.dims[axis] {
				break
			}
			i[axis] = 0
		}
	}
}

// joined puts the channels of several maps one after the other.
func joined(list []maps) maps {
	dims := list[0].dims
	dims[2] *= len(list)
	out := newMaps(dims[:]...)
	part := list[0].dims[2]
	out.each(func(i []int) {
		*out.at(i...) = *list[i[2]/part].at(i[0], i[1], i[2]%part, i[3], i[4], i[5])
	})
	return out
}

// normalised returns x·factor + offset, norm [maps, channels, 2].
func normalised(x maps, norm []float64) maps {
	out := newMaps(x.dims[:]...)
	out.each(func(i []int) {
		k := 2 * (i[1]*x.dims[2] + i[2])
		*out.at(i...) = *x.at(i...)*norm[k] + norm[k+1]
	})
	return out
}

// naiveUnit applies the units of u to x, normalised, whose channels are all of them.
func naiveUnit(u kernels.Unit, weights []float64, x maps) maps {
	d, stride := x.dims, u.Stride
	channels, half := d[2], u.Outs/2
	y := newMaps(d[0], len(u.Places), u.Outs, d[3]/stride, d[4]/stride, d[5])
	pixel := func(b, m, c, i, j, l int) float64 {
		if i < 0 || j < 0 || i >= d[3] || j >= d[4] {
			return 0
		}
		v := *x.at(b, m, c, i, j, l)
		if u.ReLU {
			v = max(v, 0)
		}
		return v
	}
	y.each(func(i []int) {
		w, map_, o, sum := weights[u.Places[i[1]]:], min(i[1], d[1]-1), i[2], 0.0
		for c := range channels {
			if u.Form == kernels.Pair {
				shift := o / half
				sum += w[(shift*channels+c)*half+o%half] * pixel(i[0], map_, c, 2*i[3]+shift, 2*i[4]+shift, i[5])
				continue
			}
			for t := range u.Side * u.Side {
				row := i[3]*stride + (t/u.Side-u.Side/2)*u.Dilation
				column := i[4]*stride + (t%u.Side-u.Side/2)*u.Dilation
				v := pixel(i[0], map_, c, row, column, i[5])
				if u.Form == kernels.Dense {
					sum += v * w[(t*channels+c)*u.Outs+o]
				} else {
					sum += v * w[t*channels+c] * w[u.Side*u.Side*channels+c*u.Outs+o]
				}
			}
		}
		*y.at(i...) = sum
	})
	return y
}

// naivePool applies poolings to x, normalised.
func naivePool(p kernels.Pool, x maps) maps {
	d := x.dims
	y := newMaps(d[0], len(p.Kinds), d[2], d[3]/p.Stride, d[4]/p.Stride, d[5])
	y.each(func(i []int) {
		largest, sum, count := math.Inf(-1), 0.0, 0.0
		for row := i[3]*p.Stride - 1; row <= i[3]*p.Stride+1; row++ {
			for column := i[4]*p.Stride - 1; column <= i[4]*p.Stride+1; column++ {
				if row >= 0 && column >= 0 && row < d[3] && column < d[4] {
					v := *x.at(i[0], 0, i[2], row, column, i[5])
					largest, sum, count = max(largest, v), sum+v, count+1
				}
			}
		}
		*y.at(i...) = largest
		if p.Kinds[i[1]] == kernels.AveragePooling {
			*y.at(i...) = sum / count
		}
	})
	return y
}

// naiveNorm returns factor and offset of every channel of every map, [maps, channels, 2].
func naiveNorm(x maps) []float64 {
	channels := x.dims[1] * x.dims[2]
	n := float64(len(x.data) / channels)
	mean, variance := make([]float64, channels), make([]float64, channels)
	of := func(i []int) int { return i[1]*x.dims[2] + i[2] }
	x.each(func(i []int) { mean[of(i)] += *x.at(i...) / n })
	x.each(func(i []int) { variance[of(i)] += math.Pow(*x.at(i...)-mean[of(i)], 2) / n })
	var norm []float64
	for k := range mean {
		factor := 1 / math.Sqrt(variance[k]+1e-5)
		norm = append(norm, factor, -mean[k]*factor)
	}
	return norm
}

// pair is one map of a term on its way to one target.
type pair struct {
	source, target int
	weight         float64
}

// pairs lists them in the order of their places.
func (t naiveTerm) pairs(z []float64, targets int) []pair {
	var list []pair
	for i, place := range t.places {
		p := pair{source: i, target: i, weight: 1}
		if t.each {
			p.source, p.target = i/targets, i%targets
		}
		if place >= 0 {
			p.weight = z[place]
		}
		list = append(list, p)
	}
	return list
}

// naiveMix returns Σ z·(x·factor + offset) for each target.
func naiveMix(z []float64, targets int, terms []naiveTerm) []maps {
	d := terms[0].x.dims
	out := make([]maps, targets)
	for t := range out {
		out[t] = newMaps(d[0], 1, d[2], d[3], d[4], d[5])
	}
	for _, term := range terms {
		x := normalised(term.x, term.norm)
		for _, p := range term.pairs(z, targets) {
			out[p.target].each(func(i []int) {
				*out[p.target].at(i...) += p.weight * *x.at(i[0], p.source, i[2], i[3], i[4], i[5])
			})
		}
	}
	return out
}

// naiveTerm is a kernels.Term of plain values.
type naiveTerm struct {
	x      maps
	norm   []float64
	each   bool
	places []int
}
