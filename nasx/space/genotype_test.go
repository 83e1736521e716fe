package space_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

func ExampleParseGenotype() {
	g, err := space.ParseGenotype([]byte(`Genotype(
		normal=[('sep_conv_3x3', 1), ('skip_connect', 0)], normal_concat=range(2, 3),
		reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1)], reduce_concat=[2])`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(g)
	text, _ := json.Marshal(g.Normal)
	fmt.Println(g.Edges, string(text))
	// Output:
	// normal 2 = sep_conv_3x3(1) + skip_connect(0)
	// reduce 2 = max_pool_3x3(0) + max_pool_3x3(1)
	// top2 [["sep_conv_3x3",1],["skip_connect",0]]
}

func TestPublishedGenotypesSurviveBothForms(t *testing.T) {
	for name, g := range space.Published() {
		if err := g.Validate(); err != nil || g.CheckOps(space.DefaultOps()) != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{string(text), g.Literal(), name + " = " + g.Literal() + "\n"} {
			back, err := space.ParseGenotype([]byte(form))
			if err != nil {
				t.Fatalf("%s: %v", form, err)
			}
			if diff := cmp.Diff(g, back); diff != "" {
				t.Errorf("%s (-want +got):\n%s", form, diff)
			}
		}
	}
}

// Links that stay of 28, counted in the published lists: 8 + 8, and 8 + 2.
func TestPublishedGenotypesKeepAsManyLinksAsTheirSources(t *testing.T) {
	for name, g := range space.Published() {
		rows, err := g.Matrix(four)
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for _, row := range rows {
			if row[none] == 0 {
				kept++
			}
		}
		want := 16
		if name == "SNAS_aggressive" {
			want = 10
		}
		if kept != want {
			t.Errorf("%s keeps %d links, want %d", name, kept, want)
		}
	}
}

func TestMatrixOfDARTSV2(t *testing.T) {
	got, err := space.DARTSV2().Arch(four)
	if err != nil {
		t.Fatal(err)
	}
	want := space.Arch{
		sep3, sep3,
		sep3, sep3, none,
		skip, sep3, none, none,
		skip, none, dil3, none, none,

		maxp, maxp,
		none, maxp, skip,
		maxp, none, skip, none,
		none, maxp, skip, none, none,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMatrixAndArgmaxRuleAreInverse(t *testing.T) {
	for nodes := 1; nodes <= 4; nodes++ {
		cells := space.Cells{Nodes: nodes, Ops: space.DefaultOps()}
		for i := range 20 {
			arch := space.Sample(cells, key.Rand(4, "test", nodes, i))
			rows := space.OneHot(cells.Decisions(), arch)
			g, err := space.DeriveArgmax(rows, cells)
			if err != nil {
				t.Fatal(err)
			}
			back, err := g.Matrix(cells)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rows, back); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
	}
}

func TestAbsentEdgesAreZeroRowsWithoutNone(t *testing.T) {
	cells := space.Cells{Nodes: 2, Ops: []string{space.OpSkip, space.OpSep3}}
	links := []space.Link{
		{Op: space.OpSkip, From: 0},
		{Op: space.OpSep3, From: 1},
		{Op: space.OpSep3, From: 2},
		{Op: space.OpSkip, From: 0},
	}
	g := space.Genotype{
		Space: "darts", Edges: space.EdgesTop2, Normal: links, Reduce: links,
		NormalConcat: []int{2, 3}, ReduceConcat: []int{2, 3},
	}
	got, err := g.Matrix(cells)
	if err != nil {
		t.Fatal(err)
	}
	cell := [][]float64{{1, 0}, {0, 1}, {1, 0}, {0, 0}, {0, 1}}
	if diff := cmp.Diff(append(cell, cell...), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := g.Arch(cells); err == nil {
		t.Error("an absent edge has a choice without none, want an error")
	}
	if _, err := g.Matrix(four); err == nil {
		t.Error("two nodes fit four, want an error")
	}
	if _, err := space.DARTSV1().Matrix(space.Cells{Nodes: 4, Ops: []string{"none", "sep_conv_3x3"}}); err == nil {
		t.Error("operations that the space has not are accepted, want an error")
	}
}

func TestDifferenceIgnoresOrderAndWayOfWriting(t *testing.T) {
	a := space.DARTSV2()
	all, err := space.ParseGenotype([]byte(a.Literal()))
	if err != nil {
		t.Fatal(err)
	}
	all.Normal[0], all.Normal[1] = all.Normal[1], all.Normal[0]
	if got := space.Difference(a, all); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
	rows, err := a.Matrix(four)
	if err != nil {
		t.Fatal(err)
	}
	written, err := space.DeriveArgmax(rows, four) // with its none links
	if err != nil {
		t.Fatal(err)
	}
	if got := space.Difference(a, written); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
	all.Reduce[7] = space.Link{Op: space.OpDil5, From: 3} // was max_pool_3x3 of 1
	want := []space.Change{
		{Cell: "reduce", Edge: space.Edge{From: 1, To: 5}, Before: "max_pool_3x3", After: "none"},
		{Cell: "reduce", Edge: space.Edge{From: 3, To: 5}, Before: "none", After: "dil_conv_5x5"},
	}
	if diff := cmp.Diff(want, space.Difference(a, all)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Fourteen links are four nodes with all edges or seven nodes with two inputs.
func TestParserTellsTheFormsApart(t *testing.T) {
	seven := strings.TrimSuffix(strings.Repeat("('skip_connect', 0), ('skip_connect', 1), ", 7), ", ")
	g, err := space.ParseGenotype([]byte("Genotype(normal=[" + seven + "], normal_concat=range(2, 9), reduce=[" +
		seven + "], reduce_concat=range(2, 9))"))
	if err != nil || g.Edges != space.EdgesTop2 || g.Nodes() != 7 {
		t.Errorf("got edges %q, %d nodes, error %v; want top2, 7", g.Edges, g.Nodes(), err)
	}
	one := `{"normal": [["none", 0], ["skip_connect", 1]], "normal_concat": [2],
		"reduce": [["none", 0], ["none", 1]], "reduce_concat": [2]}`
	if g, err = space.ParseGenotype([]byte(one)); err != nil || g.Edges != space.EdgesAll {
		t.Errorf("got edges %q, error %v; want all", g.Edges, err)
	}
}
