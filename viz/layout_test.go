package viz

import (
	"math"
	"testing"

	"naslab.dev/nasx/space"
)

// meet counts where two curves cross, by their chords: it shares nothing with
// the counting of the layout. Meetings at a common node do not count.
func meet(a, b cubic) int {
	const pieces = 200
	cross := func(o, p, q point) float64 { return (p.x-o.x)*(q.y-o.y) - (p.y-o.y)*(q.x-o.x) }
	n := 0
	for i := range pieces {
		p, q := a.at(float64(i)/pieces), a.at(float64(i+1)/pieces)
		for j := range pieces {
			r, s := b.at(float64(j)/pieces), b.at(float64(j+1)/pieces)
			if cross(p, q, r)*cross(p, q, s) < 0 && cross(r, s, p)*cross(r, s, q) < 0 {
				n++
			}
		}
	}
	return n
}

func crossings(l cellLayout) int {
	n := 0
	for i := range l.curves {
		for j := range i {
			n += meet(l.curves[i], l.curves[j])
		}
	}
	return n
}

func layoutOf(t *testing.T, nodes int, phase float64) *graph {
	t.Helper()
	ds := testDecisions(nodes)
	c, err := CellOfProbs(ds, "normal", testProbs(len(ds), 2, phase))
	if err != nil {
		t.Fatal(err)
	}
	return c.drawing()
}

func TestCellsHaveTheFewestCrossings(t *testing.T) {
	// By hand: with three nodes 2→4 must cross 0→3 or 1→3. With four, 2→4 and
	// 3→5 cross one edge each on their sides, and 2→5 two.
	for nodes, want := range map[int]int{1: 0, 2: 0, 3: 1, 4: 4} {
		if got := crossings(layoutOf(t, nodes, 0).layout); got != want {
			t.Errorf("%d nodes: %d crossings, want %d", nodes, got, want)
		}
	}
}

func TestEdgesStayInPlaceWhenProbabilitiesChange(t *testing.T) {
	for nodes := 1; nodes <= 7; nodes++ {
		a, b := layoutOf(t, nodes, 0).layout, layoutOf(t, nodes, 2).layout
		for i := range a.curves {
			if a.curves[i] != b.curves[i] || a.labels[i] != b.labels[i] {
				t.Errorf("%d nodes: edge %d moved", nodes, i)
			}
		}
	}
}

func TestEveryEdgeJoinsItsNodes(t *testing.T) {
	for nodes := 1; nodes <= 7; nodes++ {
		g := layoutOf(t, nodes, 0)
		l := g.layout
		for i, k := range g.frame.links {
			start, end := l.curves[i][0], l.curves[i][3]
			from, to := l.nodes[k.from], l.nodes[k.to]
			if d := math.Hypot(end.x-to.x, end.y-to.y); d > l.radius+2 {
				t.Errorf("%d nodes: %d→%d ends %.1f from its node", nodes, k.from, k.to, d)
			}
			if math.Abs(start.x-from.x) > l.half+1 || math.Abs(start.y-from.y) > l.radius+1 {
				t.Errorf("%d nodes: %d→%d starts at %+v, away from %+v", nodes, k.from, k.to, start, from)
			}
			if start.x >= end.x {
				t.Errorf("%d nodes: %d→%d runs backwards", nodes, k.from, k.to)
			}
			for s := range samples + 1 {
				if y := l.curves[i].at(float64(s) / samples).y; y < 0 || y > l.height {
					t.Errorf("%d nodes: %d→%d leaves the drawing", nodes, k.from, k.to)
				}
			}
		}
	}
}

func TestOneInputLiesOnTheCentreLine(t *testing.T) {
	var ds []space.Decision // the cell of NAS-Bench-201
	for to := 1; to <= 3; to++ {
		for from := range to {
			ds = append(ds, space.Decision{Name: EdgeName(from, to), Choices: testOps})
		}
	}
	c, err := CellOfProbs(ds, "", testProbs(len(ds), 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	l := c.drawing().layout
	if c.Inputs != 1 || c.Nodes != 3 || l.nodes[0].y != l.nodes[3].y {
		t.Errorf("got %d inputs, %d nodes, heights %v and %v", c.Inputs, c.Nodes, l.nodes[0].y, l.nodes[3].y)
	}
}

func TestParallelEdgesLieApart(t *testing.T) {
	l := func(op string, from int) space.Link { return space.Link{Op: op, From: from} }
	g := space.Genotype{Normal: []space.Link{
		l("skip_connect", 0), l("sep_conv_3x3", 0), l("sep_conv_3x3", 2), l("sep_conv_5x5", 2),
		l("skip_connect", 1), l("skip_connect", 1),
	}, NormalConcat: []int{4}, Edges: space.EdgesTop2}
	c, err := CellOfGenotype(g, "normal")
	if err != nil {
		t.Fatal(err)
	}
	labels, _, _ := look(t, c)
	for i, a := range labels {
		for _, b := range labels[:i] {
			if a.box.overlaps(b.box) {
				t.Errorf("%q and %q touch", a.text, b.text)
			}
		}
	}
}

func TestDeletedEdgesAreNotDrawn(t *testing.T) {
	g := space.Genotype{Edges: space.EdgesAll, Normal: []space.Link{{Op: "none", From: 0}, {Op: "skip_connect", From: 1}}}
	c, err := CellOfGenotype(g, "normal")
	if err != nil || len(c.Edges) != 1 || c.Edges[0] != (Edge{From: 1, To: 2, Op: "skip_connect"}) {
		t.Errorf("got %+v, %v, want 1→2 alone", c.Edges, err)
	}
	g.Normal[1].Op = "none"
	if _, err := CellOfGenotype(g, "normal"); err == nil {
		t.Error("a cell of deleted edges is no error")
	}
}

func FuzzCellOfGenotype(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2}, "top2")
	f.Add([]byte{0, 1, 0, 1, 2}, "all")
	f.Fuzz(func(t *testing.T, from []byte, edges string) {
		g := space.Genotype{Edges: edges}
		for _, b := range from {
			g.Normal = append(g.Normal, space.Link{Op: testOps[b>>4&7], From: int(int8(b<<4)) >> 4})
		}
		c, err := CellOfGenotype(g, "normal")
		if err == nil {
			err = c.check()
			if err != nil {
				t.Errorf("a genotype became a cell that cannot be drawn: %v", err)
			}
		}
	})
}
