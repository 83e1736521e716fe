package space_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/space"
)

// Shorthands in the order of space.DefaultOps.
const (
	none = iota
	maxp
	avgp
	skip
	sep3
	sep5
	dil3
	dil5
)

var four = space.Cells{Nodes: 4, Ops: space.DefaultOps()}

// peak is a row of logits that is base everywhere, with some entries changed.
func peak(base float64, entries map[int]float64) []float64 {
	row := slices.Repeat([]float64{base}, 8)
	for k, v := range entries {
		row[k] = v
	}
	return row
}

// table holds hand-made logits [28, 8]; the comments give the probability of the
// best operation other than none, and of none where it wins.
func table() [][]float64 {
	rows := [][]float64{
		// node 2: none wins on both edges, yet the DARTS rule keeps both.
		peak(0, map[int]float64{none: 3, dil5: 2}), // 0→2: .2207, none .6000
		peak(0, map[int]float64{none: 2, sep3: 2}), // 1→2: .3556, none the same
		// node 3: raw logits would choose inputs 0 and 2, for 5 and 2 are above
		// 1; but the 5 stands beside a none of 9. The row of 1→3 is uniform.
		peak(4, map[int]float64{none: 9, skip: 5}), // 0→3: .0173, none .9446
		peak(1, nil),                       // 1→3: .1250, all the same
		peak(-5, map[int]float64{avgp: 2}), // 2→3: .9937
		// node 4: three equal scores and a better one behind them.
		peak(0, map[int]float64{sep5: 2}), // 0→4: .5135
		peak(0, map[int]float64{sep5: 2}), // 1→4: .5135
		peak(0, map[int]float64{sep5: 2}), // 2→4: .5135
		peak(0, map[int]float64{maxp: 3}), // 3→4: .7416
		// node 5: none wins on three edges; two operations tie on the others.
		peak(0, map[int]float64{none: 4, sep3: 3}),           // 0→5: .2489, none .6767
		peak(0, map[int]float64{dil3: 1, dil5: 1}),           // 1→5: .2377 twice
		peak(0, map[int]float64{none: 9, sep5: 8}),           // 2→5: .2688, none .7307
		peak(0, map[int]float64{none: 9, skip: 1}),           // 3→5: .0003, none .9989
		peak(0, map[int]float64{none: -3, avgp: 1, dil3: 1}), // 4→5: .2592 twice
	}
	for i := range 14 { // the reduction cell: stronger from edge to edge
		rows = append(rows, peak(0, map[int]float64{i%7 + 1: 1 + 0.1*float64(i)}))
	}
	return rows
}

// softmaxRows is written here apart from the library.
func softmaxRows(logits [][]float64) [][]float64 {
	out := make([][]float64, len(logits))
	for i, row := range logits {
		sum := 0.0
		for _, a := range row {
			sum += math.Exp(a)
		}
		for _, a := range row {
			out[i] = append(out[i], math.Exp(a)/sum)
		}
	}
	return out
}

func TestDARTSRuleOnAHandMadeTable(t *testing.T) {
	got, err := space.DeriveDARTS(softmaxRows(table()), four)
	if err != nil {
		t.Fatal(err)
	}
	want := space.Genotype{
		Space: "darts", Edges: space.EdgesTop2,
		Normal: []space.Link{
			{Op: "sep_conv_3x3", From: 1}, {Op: "dil_conv_5x5", From: 0}, // descending, though none wins on both
			{Op: "avg_pool_3x3", From: 2}, {Op: "max_pool_3x3", From: 1}, // the uniform row: lowest besides none
			{Op: "max_pool_3x3", From: 3}, {Op: "sep_conv_5x5", From: 0}, // the first of three equals
			{Op: "sep_conv_5x5", From: 2}, {Op: "avg_pool_3x3", From: 4}, // avg_pool before dil_conv
		},
		NormalConcat: []int{2, 3, 4, 5},
		Reduce: []space.Link{
			{Op: "avg_pool_3x3", From: 1},
			{Op: "max_pool_3x3", From: 0},
			{Op: "sep_conv_5x5", From: 2},
			{Op: "sep_conv_3x3", From: 1},
			{Op: "avg_pool_3x3", From: 3},
			{Op: "max_pool_3x3", From: 2},
			{Op: "dil_conv_5x5", From: 4},
			{Op: "dil_conv_3x3", From: 3},
		},
		ReduceConcat: []int{2, 3, 4, 5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestArgmaxRuleOnAHandMadeTable(t *testing.T) {
	got, err := space.DeriveArgmax(softmaxRows(table()), four)
	if err != nil {
		t.Fatal(err)
	}
	want := []space.Link{
		{Op: "none", From: 0},
		{Op: "none", From: 1}, // none and sep_conv_3x3 tie on 1→2
		{Op: "avg_pool_3x3", From: 2},
		{Op: "none", From: 0},
		{Op: "none", From: 1}, // the uniform row
		{Op: "max_pool_3x3", From: 3},
		{Op: "sep_conv_5x5", From: 0},
		{Op: "sep_conv_5x5", From: 1},
		{Op: "sep_conv_5x5", From: 2},
		{Op: "none", From: 3},
		{Op: "none", From: 2},
		{Op: "none", From: 0},
		{Op: "avg_pool_3x3", From: 4},
		{Op: "dil_conv_3x3", From: 1},
	}
	if diff := cmp.Diff(want, got.Normal); diff != "" {
		t.Errorf("normal cell (-want +got):\n%s", diff)
	}
	if got.Edges != space.EdgesAll || len(got.Reduce) != 14 || got.Nodes() != 4 {
		t.Errorf("got edges %q, %d links, %d nodes; want all, 14, 4", got.Edges, len(got.Reduce), got.Nodes())
	}
}

// The table tells the right rule from two wrong ones: ranking by raw logits, and
// letting none compete for the score of an edge.
func TestTableToldTheWrongRulesApart(t *testing.T) {
	right, err := space.DeriveDARTS(softmaxRows(table()), four)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := space.DeriveDARTS(table(), four)
	if err != nil {
		t.Fatal(err)
	}
	inputs := func(g space.Genotype, node int) []int {
		list := []int{}
		for _, l := range g.Inputs(space.CellNormal, node) {
			list = append(list, l.From)
		}
		slices.Sort(list)
		return list
	}
	if diff := cmp.Diff([]int{0, 2}, inputs(raw, 3)); diff != "" {
		t.Errorf("raw logits choose (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 2}, inputs(right, 3)); diff != "" {
		t.Errorf("softmax chooses (-want +got):\n%s", diff)
	}
	all, err := space.DeriveArgmax(softmaxRows(table()), four)
	if err != nil {
		t.Fatal(err)
	}
	withNone := space.Genotype{Edges: space.EdgesTop2, Normal: append(make([]space.Link, 6),
		all.Inputs(space.CellNormal, 5)[:2]...)}
	if diff := cmp.Diff([]int{2, 3}, inputs(withNone, 5)); diff != "" {
		t.Errorf("with none in the score (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 4}, inputs(right, 5)); diff != "" {
		t.Errorf("without (-want +got):\n%s", diff)
	}
}

func TestSmallCellsKeepTheInputsTheyHave(t *testing.T) {
	for nodes := 1; nodes <= 5; nodes++ {
		cells := space.Cells{Nodes: nodes, Ops: space.DefaultOps()}
		rows := slices.Repeat([][]float64{slices.Repeat([]float64{0.125}, 8)}, 2*cells.NumEdges())
		g, err := space.DeriveDARTS(rows, cells)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Validate(); err != nil {
			t.Error(err)
		}
		if len(g.Normal) != 2*nodes || g.Nodes() != nodes || len(g.NormalConcat) != nodes {
			t.Errorf("%d nodes: %d links, Nodes %d, concat %v", nodes, len(g.Normal), g.Nodes(), g.NormalConcat)
		}
		for i, l := range g.Normal {
			if want := (space.Link{Op: "max_pool_3x3", From: i % 2}); l != want {
				t.Errorf("%d nodes, link %d: got %v, want %v", nodes, i, l, want)
			}
		}
	}
}

func TestASpaceWithoutNoneLosesNoOperation(t *testing.T) {
	cells := space.Cells{Nodes: 1, Ops: []string{"skip_connect", "sep_conv_3x3"}}
	g, err := space.DeriveDARTS([][]float64{{.9, .1}, {.2, .8}, {.5, .5}, {.6, .4}}, cells)
	if err != nil {
		t.Fatal(err)
	}
	want := []space.Link{{Op: "skip_connect", From: 0}, {Op: "sep_conv_3x3", From: 1}}
	if diff := cmp.Diff(want, g.Normal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDerivationRefusesWrongTables(t *testing.T) {
	good := softmaxRows(table())
	short := slices.Clone(good)
	short[5] = short[5][:7]
	nan := slices.Clone(good)
	nan[5] = slices.Clone(nan[5])
	nan[5][3] = math.NaN()
	for name, rows := range map[string][][]float64{
		"one cell": good[:14], "short row": short, "not a number": nan, "nil": nil,
	} {
		if _, err := space.DeriveDARTS(rows, four); err == nil {
			t.Errorf("DARTS rule accepts %s, want an error", name)
		}
		if _, err := space.DeriveArgmax(rows, four); err == nil {
			t.Errorf("argmax rule accepts %s, want an error", name)
		}
	}
}
