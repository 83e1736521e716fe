package enas

import "naslab.dev/nasx/space"

// Logits is the policy of independent decisions: one parameter per choice, from
// 0. With a critic it has one value per decision.
type Logits struct {
	sizes  []int // choices per decision
	total  int   // logits
	critic bool
}

// NewLogits returns the policy for the decisions of a space.
func NewLogits(s space.Space, critic bool) *Logits {
	p := &Logits{critic: critic}
	for _, d := range s.Decisions() {
		p.sizes = append(p.sizes, len(d.Choices))
		p.total += len(d.Choices)
	}
	return p
}

// Initial implements [Policy]: all logits are 0.
func (p *Logits) Initial(uint64) []float64 {
	if p.critic {
		return make([]float64, p.total+len(p.sizes))
	}
	return make([]float64, p.total)
}

// Unroll implements [Policy].
func (p *Logits) Unroll(theta []float64, pick Pick) Path {
	var path Path
	at := 0
	for d, size := range p.sizes {
		row := append([]float64(nil), theta[at:at+size]...)
		path.Logits = append(path.Logits, row)
		path.Arch = append(path.Arch, pick(d, row))
		at += size
	}
	if p.critic {
		path.Values = append(path.Values, theta[at:]...)
	}
	return path
}

// Backward implements [Policy].
func (p *Logits) Backward(_ []float64, gradLogits [][]float64, gradValues, grad []float64) {
	at := 0
	for _, row := range gradLogits {
		for _, g := range row {
			grad[at] += g
			at++
		}
	}
	for _, g := range gradValues {
		grad[at] += g
		at++
	}
}
