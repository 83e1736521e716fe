package viz

import "math"

// cubic is a cubic Bézier curve.
type cubic [4]point

func lerp(a, b point, t float64) point { return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t} }

// split returns the part of the curve before t, by de Casteljau.
func (c cubic) split(t float64) cubic {
	a, b, d := lerp(c[0], c[1], t), lerp(c[1], c[2], t), lerp(c[2], c[3], t)
	e, g := lerp(a, b, t), lerp(b, d, t)
	return cubic{c[0], a, e, lerp(e, g, t)}
}

// at returns the point at t, 0 … 1.
func (c cubic) at(t float64) point { return c.split(t)[3] }

// heading returns the unit vector in which the curve ends.
func (c cubic) heading() point {
	from := c[2]
	if math.Hypot(c[3].x-from.x, c[3].y-from.y) < 1e-9 {
		from = c[0]
	}
	d := math.Max(1e-9, math.Hypot(c[3].x-from.x, c[3].y-from.y))
	return point{(c[3].x - from.x) / d, (c[3].y - from.y) / d}
}

// cutEnd returns the curve without its last length pixels.
func (c cubic) cutEnd(length float64) cubic {
	low, high := 0.0, 1.0
	for range 30 {
		mid := (low + high) / 2
		p := c.at(mid)
		if math.Hypot(c[3].x-p.x, c[3].y-p.y) > length {
			low = mid
		} else {
			high = mid
		}
	}
	return c.split(math.Max(low, 0.05))
}

// curve lays one link; depth is its peak over the centre line, up positive.
func curve(f frameOf, l cellLayout, k link, depth, steep, centreY float64) cubic {
	a, b := l.nodes[k.from], l.nodes[k.to]
	fromInput := k.from < f.inputs
	switch {
	case f.inputs == 2 && fromInput && k.to == f.inputs:
		return firstCurve(f, a, b, centreY, depth)
	case depth == 0:
		start := a.x + f.radius
		if fromInput {
			start = a.x + f.inputHalf
		}
		end := b.x - f.radius - 1
		return cubic{{start, a.y}, {start + (end-start)/3, a.y}, {start + 2*(end-start)/3, b.y}, {end, b.y}}
	}
	return archCurve(f, a, b, k, depth, steep, centreY)
}

// firstCurve joins an input and the first node with an S.
func firstCurve(f frameOf, a, b point, centreY, dup float64) cubic {
	u, side := f.unit, 1.0 // side points from the input to the centre line
	if a.y > centreY {
		side = -1
	}
	shift := side * (6*u - dup*0.4)
	start := point{a.x + f.inputHalf, a.y + shift}
	end := point{b.x - f.radius - 0.5, b.y - side*(5.5*u+dup*0.45)}
	w := end.x - start.x
	return cubic{start, {start.x + 0.42*w, start.y}, {end.x - 0.42*w, end.y}, end}
}

// archCurve joins two nodes by an arch above (depth > 0) or below, which comes
// down at the angle steep, in radians.
func archCurve(f frameOf, a, b point, k link, depth, steep, centreY float64) cubic {
	u, sign := f.unit, 1.0
	if depth < 0 {
		sign = -1
	}
	w := b.x - a.x
	start, c1 := point{y: a.y - sign*f.radius}, point{}
	fromInput := f.inputs == 2 && k.from < f.inputs
	steps := float64(k.to - f.inputs)
	flat := fromInput && steps == 1 && k.dup == 0
	switch {
	case flat: // leaves flat, from the box's side
		start = point{a.x + f.inputHalf, a.y - sign*5*u}
		c1.x = a.x + 0.46*w
	case fromInput:
		start = point{a.x + f.inputHalf*clamp(0.8-0.35*(steps-2), -0.4, 0.8), a.y - sign*11*u}
		c1.x = a.x + 0.22*w
	}
	// The height of the handles puts the top of the curve at the peak.
	endY := b.y - sign*f.radius
	y := (centreY - depth - 0.125*start.y - 0.125*endY) / 0.75
	c1.y = y
	c2 := point{b.x - math.Min(0.3*w, math.Abs(y-b.y)/math.Tan(steep)), y}
	switch {
	case flat:
		c1.y = start.y - sign*4*u
		c2 = point{b.x - math.Min(0.2*w, 46*u), c1.y}
	case !fromInput:
		rise := math.Min(50+9*float64(k.to-k.from-2), 80) * math.Pi / 180
		c1.x = a.x + math.Min(0.3*w, math.Abs(y-a.y)/math.Tan(rise))
		start = onCircle(a, c1, f.radius)
	}
	return cubic{start, c1, c2, onCircle(b, c2, f.radius+1)}
}

// arrivals returns the angle, in radians, at which every arch comes down: the
// longest of those that share a node and a side steepest, so that heads lie
// side by side.
func arrivals(f frameOf, up []bool) []float64 {
	out := make([]float64, len(f.links))
	for i, k := range f.links {
		shorter, all := 0, 1
		for j, e := range f.links {
			if i == j || up[i] != up[j] || e.to != k.to || !f.inner(e) && e.from >= f.inputs {
				continue
			}
			all++
			if e.from > k.from || e.from == k.from && e.dup < k.dup {
				shorter++
			}
		}
		degrees := 54.0
		if k.from < f.inputs {
			degrees = 76
		}
		if all > 1 {
			flat, steep := 48-3*float64(min(all, 6)), 74+2*float64(min(all, 6))
			degrees = flat + (steep-flat)*float64(shorter)/float64(all-1)
		}
		out[i] = degrees * math.Pi / 180
	}
	return out
}

// onCircle returns the point of a circle that looks at another point.
func onCircle(c, to point, r float64) point {
	d := math.Max(1e-9, math.Hypot(to.x-c.x, to.y-c.y))
	return point{c.x + (to.x-c.x)/d*r, c.y + (to.y-c.y)/d*r}
}
