package viz

import "math"

// Samples of a curve and candidates for a label along it.
const (
	samples    = 48
	candidates = 49
)

// labelPut is the state of placing labels.
type labelPut struct {
	f      frameOf
	l      *cellLayout
	traced [][samples + 1]point
	solid  []box // nodes and inputs
}

// putLabels places every label on its own curve, away from nodes, from other
// labels and, as far as there is room, from other curves. It depends on the
// links and on the widths of their labels alone. It returns false if two
// labels, or a label and a node, still touch.
func putLabels(f frameOf, l *cellLayout) bool {
	p := &labelPut{f: f, l: l, traced: make([][samples + 1]point, len(l.curves))}
	l.labels = make([]point, len(l.curves))
	for i, c := range l.curves {
		for k := range p.traced[i] {
			p.traced[i][k] = c.at(float64(k) / samples)
		}
	}
	for i, n := range l.nodes {
		if i < f.inputs {
			p.solid = append(p.solid, centred(n, 2*f.inputHalf+6, 26*math.Max(f.unit, 0.75)))
		} else {
			p.solid = append(p.solid, centred(n, 2*f.radius+4, 2*f.radius+4))
		}
	}
	placed := make([]bool, len(l.curves))
	const rounds = 4
	clear := true
	for range rounds {
		clear = true
		for _, i := range p.order() {
			if f.labelWidth[i] > 0 && p.move(i, placed) {
				clear = false
			}
			placed[i] = true
		}
		if clear {
			break
		}
	}
	return clear
}

// order begins with the links that have least room.
func (p *labelPut) order() []int {
	out := make([]int, 0, len(p.l.curves))
	for span := 1; len(out) < len(p.l.curves) && span < 200; span++ {
		for i, k := range p.f.links {
			if k.to-max(k.from, p.f.inputs-1) == span {
				out = append(out, i)
			}
		}
	}
	return out
}

// preferred is where on its curve a label should sit.
func (p *labelPut) preferred(k link) float64 {
	switch steps := k.to - p.f.inputs; {
	case k.from >= p.f.inputs:
		return 0.5
	case steps == 0:
		return 0.46
	case steps == 1:
		return 0.44
	default:
		return 0.54
	}
}

// box returns the room of a label.
func (p *labelPut) box(i int, at point) box {
	return centred(at, p.f.labelWidth[i], p.f.labelHeight)
}

// move gives label i its best place and says whether it still touches.
func (p *labelPut) move(i int, placed []bool) (touches bool) {
	best := math.Inf(1)
	want := p.preferred(p.f.links[i])
	for c := range candidates {
		t := 0.1 + 0.8*float64(c)/(candidates-1)
		at := p.l.curves[i].at(t)
		hard, soft := p.cost(i, at, placed)
		cost := 1000*hard + soft + 14*math.Abs(t-want)
		if cost < best {
			best, touches = cost, hard > 0
			p.l.labels[i] = at
		}
	}
	return touches
}

// cost counts what a label at that place touches (hard) and how much of other
// curves it would cover (soft).
func (p *labelPut) cost(i int, at point, placed []bool) (hard, soft float64) {
	room := p.box(i, at)
	for _, b := range p.solid {
		if room.overlaps(b) {
			hard++
		}
	}
	const apart = 1.5
	for j := range p.l.curves {
		if j == i {
			continue
		}
		if placed[j] && p.f.labelWidth[j] > 0 && room.grown(apart).overlaps(p.box(j, p.l.labels[j])) {
			hard++
		}
		for _, q := range p.traced[j] {
			if room.grown(4).holds(q) {
				soft++
			}
		}
	}
	return hard, soft
}
