package space_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

func ExampleCells() {
	cells := space.Cells{Nodes: 2, Ops: []string{space.OpNone, space.OpSkip}}
	for _, d := range cells.Decisions() {
		if d.Cell == space.CellNormal {
			fmt.Println(d.Label(), d.Choices)
		}
	}
	fmt.Println(space.Count(cells), "architectures")
	// Output:
	// normal 0→2 [none skip_connect]
	// normal 1→2 [none skip_connect]
	// normal 0→3 [none skip_connect]
	// normal 1→3 [none skip_connect]
	// normal 2→3 [none skip_connect]
	// 1024 architectures
}

func TestCellsOfTheReferencesHaveFourteenEdgesAndTheirSize(t *testing.T) {
	cells := space.Cells{Nodes: 4, Ops: space.DefaultOps()}
	if got := len(cells.Edges()); got != 14 || cells.NumEdges() != 14 {
		t.Errorf("got %d edges and NumEdges %d, want 14", got, cells.NumEdges())
	}
	// 8^14 per cell, two cells.
	if got, want := space.Count(cells), new(big.Int).Lsh(big.NewInt(1), 3*28); got.Cmp(want) != 0 {
		t.Errorf("got %s architectures, want 8^28 = %s", got, want)
	}
	want := []string{
		"none", "max_pool_3x3", "avg_pool_3x3", "skip_connect",
		"sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
	}
	if diff := cmp.Diff(want, space.DefaultOps()); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestEdgesAreRowMajorByTarget(t *testing.T) {
	for nodes := 1; nodes <= 6; nodes++ {
		cells := space.Cells{Nodes: nodes, Ops: space.DefaultOps()}
		edges := cells.Edges()
		if len(edges) != cells.NumEdges() || len(cells.Decisions()) != 2*len(edges) {
			t.Fatalf("%d nodes: %d edges, NumEdges %d, %d decisions",
				nodes, len(edges), cells.NumEdges(), len(cells.Decisions()))
		}
		for i, e := range edges {
			if e.From < 0 || e.From >= e.To {
				t.Errorf("edge %s goes backwards", e)
			}
			if i > 0 && (edges[i-1].To > e.To || edges[i-1].To == e.To && edges[i-1].From+1 != e.From) {
				t.Errorf("edge %s follows %s", e, edges[i-1])
			}
		}
	}
}

func TestCellsRefuseBadSizes(t *testing.T) {
	for _, cells := range []space.Cells{
		{Nodes: 0, Ops: space.DefaultOps()},
		{Nodes: 33, Ops: space.DefaultOps()},
		{Nodes: 2},
		{Nodes: 2, Ops: []string{"none"}},
		{Nodes: 2, Ops: []string{"a", "a"}},
		{Nodes: 2, Ops: []string{"a b"}},
	} {
		if err := cells.Validate(); err == nil {
			t.Errorf("%v is accepted, want an error", cells)
		}
	}
	if err := (space.Cells{Nodes: 1, Ops: space.DefaultOps()}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestOneHotAndArgmaxAreInverse(t *testing.T) {
	cells := space.Cells{Nodes: 3, Ops: space.DefaultOps()}
	for i := range 20 {
		arch := space.Sample(cells, key.Rand(1, "test", 0, i))
		rows := space.OneHot(cells.Decisions(), arch)
		for _, row := range rows {
			sum := 0.0
			for _, v := range row {
				sum += v
			}
			if sum != 1 {
				t.Fatalf("row %v sums to %v, want 1", row, sum)
			}
		}
		if diff := cmp.Diff(arch, space.Argmax(rows)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func TestArgmaxBreaksTiesDownwards(t *testing.T) {
	nan := math.NaN()
	got := space.Argmax([][]float64{{0, 2, 2}, {1, 1}, {nan, -5, -6}, {-5, nan}, {}})
	if diff := cmp.Diff(space.Arch{1, 0, 1, 0, -1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOneHotLeavesWrongChoicesEmpty(t *testing.T) {
	d := []space.Decision{{Choices: []string{"a", "b"}}, {Choices: []string{"c"}}, {Choices: []string{"d"}}}
	got := space.OneHot(d, space.Arch{-1, 7})
	if diff := cmp.Diff([][]float64{{0, 0}, {0}, {0}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEnumerateYieldsEveryArchitectureOnce(t *testing.T) {
	s := ragged(t)
	all, err := space.Enumerate(s, 12)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for arch := range all {
		if err := space.Check(s, arch); err != nil {
			t.Fatal(err)
		}
		seen[fmt.Sprint(arch)] = true
	}
	if len(seen) != 12 { // 3 · 1 · 4
		t.Errorf("got %d architectures, want 12", len(seen))
	}
	for range all { // stopping early is allowed
		break
	}
	if _, err := space.Enumerate(s, 11); err == nil {
		t.Error("12 architectures under a limit of 11, want an error")
	}
}

func TestCheckNamesTheDecision(t *testing.T) {
	s := ragged(t)
	for _, arch := range []space.Arch{nil, {0, 0}, {3, 0, 0}, {0, 0, -1}} {
		if err := space.Check(s, arch); err == nil {
			t.Errorf("%v is accepted, want an error", arch)
		}
	}
	if _, err := space.NewFixed("x", []space.Decision{{Name: "empty"}}); err == nil {
		t.Error("a decision without choices is accepted, want an error")
	}
}

// Every choice of every decision comes up with frequency 1/n: 4 standard errors.
func TestSampleIsUniform(t *testing.T) {
	const draws = 4000
	s := ragged(t)
	counts := space.OneHot(s.Decisions(), nil)
	for i := range draws {
		for d, k := range space.Sample(s, key.Rand(2, "test", 0, i)) {
			counts[d][k]++
		}
	}
	for d, row := range counts {
		p := 1 / float64(len(row))
		bound := 4 * math.Sqrt(p*(1-p)/draws)
		for k, n := range row {
			if got := n / draws; !(math.Abs(got-p) <= bound) {
				t.Errorf("decision %d, choice %d: frequency %.4f, want %.4f ± %.4f", d, k, got, p, bound)
			}
		}
	}
}

// ragged has 3, 1 and 4 choices.
func ragged(t *testing.T) *space.Fixed {
	t.Helper()
	s, err := space.NewFixed("ragged", []space.Decision{
		{Name: "first", Choices: []string{"a", "b", "c"}},
		{Name: "second", Choices: []string{"only"}},
		{Name: "third", Choices: []string{"p", "q", "r", "s"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
