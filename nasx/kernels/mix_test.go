package kernels_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"naslab.dev/nasx/kernels"
)

const mixTargets = 2

// mixCase is terms of each kind, the last of which passes, and what flows in or arrives.
type mixCase struct {
	z     []float64
	terms []naiveTerm
	flows []maps
}

func drawMix() mixCase {
	rng := rand.New(rand.NewPCG(7, 8))
	one := func(maps int) maps { return noise(rng, 2, maps, 3, 3, 5, 7) }
	return mixCase{
		z: normal(rng, 12),
		terms: []naiveTerm{
			{one(mixTargets), normal(rng, 2*mixTargets*3), false, []int{4, -1}},
			{one(3), normal(rng, 2*3*3), true, []int{0, 1, 2, 3, 10, 11}},
			{one(1), normal(rng, 2*3), true, []int{8, 9}},
		},
		flows: []maps{one(1), one(1)},
	}
}

// passes says that a term's gradient is that of its normalised values.
func (c mixCase) passes(term int) bool { return term == len(c.terms)-1 }

// inputs are z, what flows, and the terms as arrays.
func (c mixCase) inputs() []any {
	in := []any{tensor(c.z, 3, 4)}
	for _, f := range c.flows {
		in = append(in, f.tensor())
	}
	for _, term := range c.terms {
		in = append(in, term.x.tensor(), tensor(term.norm, term.x.dims[1], 3, 2))
	}
	return in
}

// inGraph are z, what flows, and the terms as nodes.
func (c mixCase) inGraph(in []*Node) (z *Node, flows []*Node, list []kernels.Term) {
	for i, term := range c.terms {
		list = append(list, kernels.Term{
			X: in[3+2*i], Norm: in[4+2*i], Each: term.each, Passes: c.passes(i), Places: term.places,
		})
	}
	return in[0], in[1:3], list
}

func TestMix(t *testing.T) {
	c := drawMix()
	want := naiveMix(c.z, mixTargets, c.terms)
	variants(t, func(t *testing.T, dtype dtypes.DType, tolerance float64) {
		got := run(t, dtype, c.inputs(), func(in []*Node) []*Node {
			z, flows, terms := c.inGraph(in)
			return append(kernels.Mix(z, mixTargets, nil, terms), kernels.Mix(z, mixTargets, flows, terms)...)
		})
		for target := range mixTargets {
			same(t, "mixture", got[target], want[target].data, tolerance)
			flowing := slices.Clone(want[target].data)
			for i := range flowing {
				flowing[i] += c.flows[target].data[i]
			}
			same(t, "mixture with inflow", got[mixTargets+target], flowing, tolerance)
		}
	})
}

func TestMixBackward(t *testing.T) {
	c := drawMix()
	variants(t, func(t *testing.T, dtype dtypes.DType, tolerance float64) {
		got := run(t, dtype, c.inputs(), func(in []*Node) []*Node {
			back, ofZ, sums := kernels.MixBackward(c.inGraph(in))
			return append([]*Node{ofZ, sums}, back...)
		})
		ofZ, sums := got[0], got[1]
		for k, term := range c.terms {
			x := normalised(term.x, term.norm)
			ofX := newMaps(x.dims[:]...) // Σ z·arriving
			for _, p := range term.pairs(c.z, mixTargets) {
				dot, channel := 0.0, make([]float64, 2*3)
				c.flows[p.target].each(func(i []int) {
					v, at := *c.flows[p.target].at(i...), []int{i[0], p.source, i[2], i[3], i[4], i[5]}
					dot += v * *x.at(at...)
					channel[2*i[2]] += v
					channel[2*i[2]+1] += v * *x.at(at...)
					*ofX.at(at...) += p.weight * v
				})
				same(t, "gradient of z", ofZ[:1], []float64{dot}, 10*tolerance)
				same(t, "sums", sums[:6], channel, 10*tolerance)
				ofZ, sums = ofZ[1:], sums[6:]
			}
			want := ofX
			if !c.passes(k) {
				want = throughNorm(ofX, term)
			}
			same(t, "gradient of a term", c.applied(term, got[2+k]).data, want.data, 10*tolerance)
		}
	})
}

// applied is the gradient of a term's maps that coefficients make of what arrives.
func (c mixCase) applied(term naiveTerm, back []float64) maps {
	out, columns := newMaps(term.x.dims[:]...), 3
	if term.each {
		columns = mixTargets + 2
	}
	out.each(func(i []int) {
		coef := back[(i[1]*term.x.dims[2]+i[2])*columns:]
		*out.at(i...) = *term.x.at(i...)*coef[columns-2] + coef[columns-1]
		for target := range columns - 2 {
			from := i[1]
			if term.each {
				from = target
			}
			*out.at(i...) += *c.flows[from].at(i[0], 0, i[2], i[3], i[4], i[5]) * coef[target]
		}
	})
	return out
}

// throughNorm is the gradient of a term's maps where d arrives at the normalised ones.
func throughNorm(d maps, term naiveTerm) maps {
	back := naiveBack(d, normalised(term.x, term.norm), term.norm)
	out := newMaps(d.dims[:]...)
	out.each(func(i []int) {
		coef := back[3*(i[1]*d.dims[2]+i[2]):]
		*out.at(i...) = *d.at(i...)*coef[0] + *term.x.at(i...)*coef[1] + coef[2]
	})
	return out
}
