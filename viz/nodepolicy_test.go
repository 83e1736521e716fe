package viz

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"naslab.dev/nasx/space"
	"naslab.dev/nasx/space/micro"
)

// nodePolicy is a table of three nodes per cell with made-up probabilities.
func nodePolicy(nodes int) NodePolicy {
	s := micro.Space{Blocks: nodes, Ops: micro.DefaultOps()}
	p := NodePolicy{Decisions: s.Decisions()}
	for d, decision := range p.Decisions {
		n := len(decision.Choices)
		row := slices.Repeat([]float64{0.4 / float64(n)}, n)
		row[d%n] += 0.6
		p.Probs, p.Arch = append(p.Probs, row), append(p.Arch, d%n)
	}
	return p
}

// looseFigures adds figures of the micro space.
func looseFigures(t *testing.T, into map[string]drawn) {
	t.Helper()
	for _, nodes := range []int{1, 3, 5} {
		into["policy of "+Count(nodes)] = nodePolicy(nodes)
	}
	s := micro.Default()
	for name, texts := range map[string][2]string{
		"published": {"0 2 0 0 | 0 4 0 1 | 0 4 1 1 | 1 0 0 1 | 0 2 1 1", "1 0 1 0 | 0 3 0 2 | 1 1 3 1 | 1 0 0 4 | 0 3 1 1"},
		"chain":     {"1 4 1 4 | 2 0 2 1 | 3 0 3 0 | 4 2 3 3 | 5 4 5 4", "0 0 0 1 | 0 3 0 3 | 2 0 0 1 | 1 1 1 1 | 2 0 2 1"},
	} {
		arch, err := s.Parse(texts[0], texts[1])
		if err != nil {
			t.Fatal(err)
		}
		g, err := s.Genotype(arch)
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{"normal", "reduce"} {
			if into[name+" "+cell], err = CellOfGenotype(g, cell); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is loose gets a second line, and the note says so; where the output is all
// nodes, as in the space of DARTS, there is neither.
func TestLooseEndsHaveASecondLine(t *testing.T) {
	figures := map[string]drawn{}
	looseFigures(t, figures)
	loose := figures["chain normal"].(Cell)
	if got := loose.drawing().ends; !slices.Equal(got, []int{0, 6}) {
		t.Errorf("nodes %v have two lines, want 0 and 6", got)
	}
	var svg bytes.Buffer
	if err := loose.SVG(&svg); err != nil || !strings.Contains(svg.String(), "second line") {
		t.Errorf("the note does not say what the second line is, error %v", err)
	}
	darts, err := CellOfGenotype(dartsV2(), "normal")
	if err != nil || darts.drawing().ends != nil {
		t.Errorf("DARTS_V2 has nodes with two lines: %v, error %v", darts.drawing().ends, err)
	}
}

// Two links between the same nodes are two curves.
func TestParallelLinksLieApart(t *testing.T) {
	figures := map[string]drawn{}
	looseFigures(t, figures)
	for _, name := range []string{"published normal", "published reduce", "chain normal", "chain reduce"} {
		cell := figures[name].(Cell)
		g := cell.drawing()
		for i, a := range cell.Edges {
			for j, b := range cell.Edges[:i] {
				if a.From == b.From && a.To == b.To {
					p, q := g.layout.curves[i].at(0.5), g.layout.curves[j].at(0.5)
					if d := max(p.x-q.x, q.x-p.x) + max(p.y-q.y, q.y-p.y); !(d > 8) {
						t.Errorf("%s: both links %d→%d pass through %v", name, a.From, a.To, p)
					}
				}
			}
		}
	}
}

func TestNodePolicyRefuses(t *testing.T) {
	for name, change := range map[string]func(*NodePolicy){
		"nothing":          func(p *NodePolicy) { *p = NodePolicy{} },
		"a row less":       func(p *NodePolicy) { p.Probs = p.Probs[1:] },
		"half a node":      func(p *NodePolicy) { p.Decisions, p.Probs, p.Arch = p.Decisions[2:], p.Probs[2:], p.Arch[2:] },
		"a short row":      func(p *NodePolicy) { p.Probs[3] = p.Probs[3][1:] },
		"a negative entry": func(p *NodePolicy) { p.Probs[0][0] = -1 },
		"a choice of none": func(p *NodePolicy) { p.Arch[0] = 9 },
		"no choices":       func(p *NodePolicy) { p.Decisions[0] = space.Decision{} },
	} {
		p := nodePolicy(3)
		change(&p)
		if err := p.SVG(&bytes.Buffer{}); err == nil || p.Alt() != "" {
			t.Errorf("%s: drawn, want an error", name)
		}
	}
}

func TestNodePolicySaysWhatIsLikeliest(t *testing.T) {
	// Decision 0 has 2 choices, the largest 0.2 + 0.6; decision 2 has 5, 0.08 + 0.6.
	alt, want := nodePolicy(3).Alt(), "normal cell, node 2: reads 0 (0.80), avg pool 3×3 (0.68)"
	if !strings.Contains(alt, want) {
		t.Errorf("got %q, want %q in it", alt, want)
	}
}
