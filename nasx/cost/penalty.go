package cost

import (
	"fmt"
	"math"

	"naslab.dev/nasx/space"
)

// Forms of a [Penalty].
const (
	Linear = "linear" // linear in z: a weighted sum of the three counts
	Log    = "log"    // mean of the three counts' logarithms
)

// Weights of the linear form, from the public code of [SNAS]: they bring the
// three counts to about the same size.
const (
	linearScale  = 0.43
	paramsWeight = 2
	flopsWeight  = 1. / 4000
	macWeight    = 1. / 100
)

// Penalty prices relaxed choices on every edge of a search network: the mean
// over the normal cells of the sum over edges, plus Ratio times the same mean
// over the reduction cells. Cells of one kind share their choices.
type Penalty struct {
	form  string
	terms [][]term // one list per decision: that edge in every cell of its kind
}

// term is one edge in one cell.
type term struct {
	weight float64 // 1/cells of its kind, times the ratio for reduction cells
	counts []Count // [ops]
}

// Price is the value of a [Penalty] at a matrix of choices.
type Price struct {
	Total float64     // Σ over decisions of PerDecision
	Each  []float64   // [2E], what every decision adds
	Grad  [][]float64 // [2E, ops], ∂Total/∂z
}

// NewPenalty prices the edges of a search network.
//
//	form   Linear or Log
//	ratio  weight of the reduction cells against the normal ones, ≥ 0
func NewPenalty(form string, ratio float64, cells space.Cells, n Net) (*Penalty, error) {
	if form != Linear && form != Log {
		return nil, fmt.Errorf("cost: penalty is %.20q, want %q or %q", form, Linear, Log)
	}
	if !(ratio >= 0) || math.IsInf(ratio, 0) {
		return nil, fmt.Errorf("cost: penalty's ratio is %g, want 0 or more", ratio)
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	if err := cells.Validate(); err != nil {
		return nil, err
	}
	e := cells.NumEdges()
	p := &Penalty{form: form, terms: make([][]term, 2*e)}
	reductions := len(n.Reductions)
	weight := map[string]float64{
		space.CellNormal: 1 / float64(n.Cells-reductions),
		space.CellReduce: ratio / float64(reductions),
	}
	concat := map[string]int{space.CellNormal: cells.Nodes, space.CellReduce: cells.Nodes}
	for _, c := range n.layout(concat) {
		first := 0
		if c.kind == space.CellReduce {
			first = e
		}
		for i, edge := range cells.Edges() {
			counts := make([]Count, len(cells.Ops))
			for k, op := range cells.Ops {
				var err error
				if counts[k], err = Op(op, c.channels, c.pixels, c.stride(edge.From)); err != nil {
					return nil, err
				}
			}
			p.terms[first+i] = append(p.terms[first+i], term{weight: weight[c.kind], counts: counts})
		}
	}
	return p, nil
}

// At prices choices and differentiates the price.
//
//	z [2E, ops], rows that sum to 1: the normal cell's edges first
func (p *Penalty) At(z [][]float64) (Price, error) {
	if len(z) != len(p.terms) {
		return Price{}, fmt.Errorf("cost: penalty of %d rows of choices, want %d", len(z), len(p.terms))
	}
	price := Price{Each: make([]float64, len(z)), Grad: make([][]float64, len(z))}
	for d, row := range z {
		price.Grad[d] = make([]float64, len(row))
		for _, t := range p.terms[d] {
			if len(t.counts) != len(row) {
				return Price{}, fmt.Errorf("cost: row %d has %d choices, want %d", d, len(row), len(t.counts))
			}
			value := p.edge(t.counts, row, func(k int, slope float64) { price.Grad[d][k] += t.weight * slope })
			price.Each[d] += t.weight * value
		}
		price.Total += price.Each[d]
	}
	return price, nil
}

// edge prices one edge of one cell and hands every choice's derivative to slope.
func (p *Penalty) edge(counts []Count, z []float64, slope func(k int, value float64)) float64 {
	if p.form == Linear {
		sum := 0.0
		for k, c := range counts {
			cost := linearScale * (paramsWeight*float64(c.Params) + flopsWeight*float64(c.FLOPs) + macWeight*float64(c.MAC))
			slope(k, cost)
			sum += cost * z[k]
		}
		return sum
	}
	value := 0.0
	for _, of := range []func(Count) int64{
		func(c Count) int64 { return c.Params },
		func(c Count) int64 { return c.FLOPs },
		func(c Count) int64 { return c.MAC },
	} {
		sum := 0.0
		for k, c := range counts {
			sum += z[k] * float64(of(c))
		}
		if sum < 1 {
			continue // replaced by 1: its logarithm and its slope are 0
		}
		value += math.Log(sum) / 3
		for k, c := range counts {
			slope(k, float64(of(c))/sum/3)
		}
	}
	return value
}
