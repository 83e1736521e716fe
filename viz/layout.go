package viz

import (
	"math"
	"math/bits"
)

// link is an edge to be laid out. dup counts earlier links between the same
// nodes.
type link struct{ from, to, dup int }

// frame of a cell's drawing: what layoutCell needs to know.
type frameOf struct {
	inputs, nodes int
	links         []link
	width         float64
	unit          float64   // 1 for a figure of its own, smaller in small multiples
	labelWidth    []float64 // of each link's label, 0 for none; never from data that changes over time
	labelHeight   float64
	inputHalf     float64 // half the width of an input's box
	radius        float64 // of a node
}

// cellLayout is a cell on paper. Rank runs left to right, nodes lie on one
// centre line in index order, input 0 above and input 1 below it. Edges from 0
// arc above, edges from 1 below, neighbours are straight; long inner edges take
// the side on which they cross fewer others.
type cellLayout struct {
	height float64
	nodes  []point // by node index, inputs first
	curves []cubic // by link
	labels []point // centres, by link
	radius float64
	half   float64
}

// layoutCell lays out a cell. Lanes move apart until no two labels touch.
func layoutCell(f frameOf) cellLayout {
	up := sides(f)
	var l cellLayout
	for pitch := 34.0; ; pitch *= 1.12 {
		l = place(f, up, pitch)
		if putLabels(f, &l) || pitch > 160 {
			return l
		}
	}
}

// inner says whether a link leaves the centre line: all but straight ones and
// those from two inputs, whose side is given.
func (f frameOf) inner(k link) bool {
	return (k.from >= f.inputs || f.inputs == 1) && (k.to-k.from > 1 || k.dup > 0)
}

// sides returns for every link whether it runs above. Long inner links are
// spread so that as few links as possible cross; among equals so that both
// sides carry alike many; among those, above first.
func sides(f frameOf) []bool {
	up := make([]bool, len(f.links))
	var free []int
	for i, k := range f.links {
		up[i] = k.from == 0
		if f.inner(k) {
			free = append(free, i)
		}
	}
	const most = 16 // 2^16 ways are still fast
	if len(free) > most {
		for i, k := range free {
			up[k] = i%2 == 0
		}
		return up
	}
	w := weigh(f, free)
	best, bestCost := uint32(0), math.MaxInt
	for mask := int64(1)<<len(free) - 1; mask >= 0; mask-- {
		if cost := w.cost(uint32(mask)); cost < bestCost {
			best, bestCost = uint32(mask), cost
		}
	}
	for j, e := range free {
		up[e] = best>>j&1 == 1
	}
	return up
}

// weights say what the sides of free links cost.
type weights struct {
	cross        []uint32 // by free link: the free links that it crosses on its side
	above, below []int    // by free link: links of the inputs that it crosses there
	uneven       int      // arches of the inputs above less those below
}

// weigh counts crossings between the free links and all others.
func weigh(f frameOf, free []int) weights {
	n := len(free)
	w := weights{cross: make([]uint32, n), above: make([]int, n), below: make([]int, n)}
	for i, k := range f.links {
		side := w.below
		if k.from == 0 {
			side = w.above
		}
		fixed := !f.inner(k) && k.from < f.inputs && f.inputs == 2
		if fixed && k.to > f.inputs && k.from == 0 {
			w.uneven++
		} else if fixed && k.to > f.inputs {
			w.uneven--
		}
		for j, e := range free {
			switch {
			case i == e || !crosses(f.links[e], k, f.inputs):
			case f.inner(k):
				w.cross[j] |= 1 << indexOf(free, i)
			case fixed:
				side[j]++
			}
		}
	}
	return w
}

// cost weighs one choice of sides: a bit set is a link above.
func (w weights) cost(up uint32) int {
	twice := 0 // crossings; those between two free links are met twice
	for j := range w.cross {
		if up>>j&1 == 1 {
			twice += 2*w.above[j] + bits.OnesCount32(w.cross[j]&up)
		} else {
			twice += 2*w.below[j] + bits.OnesCount32(w.cross[j]&^up)
		}
	}
	uneven := w.uneven + 2*bits.OnesCount32(up) - len(w.cross)
	return 1000*twice + uneven*uneven
}

func indexOf(list []int, v int) int {
	for i, x := range list {
		if x == v {
			return i
		}
	}
	return 0
}

// crosses says whether two links on one side of the centre line must cross.
// Both inputs lie left of all nodes.
func crosses(a, b link, inputs int) bool {
	rank := func(n int) int {
		if n < inputs {
			return 0
		}
		return n
	}
	if rank(a.from) > rank(b.from) {
		a, b = b, a
	}
	return rank(a.from) < rank(b.from) && rank(b.from) < a.to && a.to < b.to
}

// place computes nodes and curves for one distance between lanes.
func place(f frameOf, up []bool, pitch float64) cellLayout {
	u := f.unit
	l := cellLayout{radius: f.radius, half: f.inputHalf}
	signed := make([]float64, len(f.links)) // depth, up is positive
	top, bottom := f.radius, f.radius
	offset := 0.0
	if f.inputs == 2 {
		offset = 70 * u
		top, bottom = offset+12*u, offset+12*u
	}
	for i, d := range depths(f, up, pitch, offset) {
		signed[i] = d
		if !up[i] {
			signed[i] = -d
		}
		top, bottom = math.Max(top, signed[i]), math.Max(bottom, -signed[i])
	}
	edge := f.labelHeight/2 + 5*u
	centreY := top + edge
	l.height = centreY + bottom + edge
	l.nodes = nodePoints(f, centreY, offset)
	steep := arrivals(f, up)
	for i, k := range f.links {
		l.curves = append(l.curves, curve(f, l, k, signed[i], steep[i], centreY))
	}
	return l
}

// depths returns the height of every link's peak over the centre line. Inner
// arches rise with their span; those from an input run outside of each other
// and of all arches of their side that end no later.
func depths(f frameOf, up []bool, pitch, offset float64) []float64 {
	u := f.unit
	out := make([]float64, len(f.links))
	for i, k := range f.links {
		dup := float64(k.dup) * 22 * u
		switch {
		case f.inner(k):
			out[i] = (62+float64(k.to-k.from-2)*pitch)*u + dup
		case k.from < f.inputs && k.to == f.inputs:
			out[i] = dup
		}
	}
	if f.inputs != 2 {
		return out
	}
	for input := range f.inputs {
		stackArches(f, up, input, pitch, offset, out)
	}
	return out
}

// stackArches sets the heights of one input's arches, in the order in which
// they end.
func stackArches(f frameOf, up []bool, input int, pitch, offset float64, out []float64) {
	u := f.unit
	lane := math.Max(pitch, 50-6*float64(f.nodes-3)) * u
	reach := offset + 8*u
	for to := f.inputs + 1; to < f.inputs+f.nodes; to++ {
		for i, k := range f.links {
			if k.from != input || k.to != to {
				continue
			}
			if to > f.inputs+1 || k.dup > 0 {
				reach += lane
			}
			for j, e := range f.links {
				if f.inner(e) && up[j] == up[i] && e.to <= to {
					reach = math.Max(reach, out[j]+0.8*pitch*u)
				}
			}
			out[i] = reach
		}
	}
}

// nodePoints spreads the nodes from left to right.
func nodePoints(f frameOf, centreY, offset float64) []point {
	const widest = 405 // a longer straight line says no more
	left := f.inputHalf + 2
	gap := math.Min((f.width-left-f.radius-3)/float64(max(1, f.nodes-1+min(1, f.inputs))), widest*math.Max(f.unit, 0.6))
	var out []point
	for i := range f.inputs {
		y := centreY
		if f.inputs == 2 {
			y += offset * float64(2*i-1)
		}
		out = append(out, point{left, y})
	}
	for j := range f.nodes {
		out = append(out, point{left + gap*float64(j+1), centreY})
	}
	return out
}
