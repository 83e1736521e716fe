package viz

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
)

// testDecisionTable has names that are too long, and choices with and without a
// colour.
func testDecisionTable() DecisionTable {
	d := DecisionTable{Rows: []DecisionRow{{Heads: []string{"0", "1", "2"}}}}
	for i := range 3 {
		d.Rows = append(d.Rows, DecisionRow{
			Name: fmt.Sprintf("node %d, left input, which is one of the nodes before it in this cell", i+2), Chosen: i + 1,
			Probs: [][]float64{{0.5, 0.25, 0.25}, {0, 0.9, 0.1}, {1. / 3, 1. / 3, 1. / 3}}[i], Value: Credit(0.01 * float64(i-1)),
		})
	}
	d.Rows = append(d.Rows, DecisionRow{Heads: testOps})
	for i, row := range testProbs(2, 3, 0) {
		d.Rows = append(d.Rows, DecisionRow{Name: fmt.Sprintf("node %d, operation", i+2), Probs: row, Chosen: 8})
	}
	return d
}

// Of the three inputs decided by hand, 1 has .9 at node 3.
func TestDecisionTableSaysWhatIsLikeliest(t *testing.T) {
	alt := testDecisionTable().Alt()
	for _, part := range []string{"node 2, left input, which is one of the nodes before it in this cell 0 0.50", "cell 1 0.90"} {
		if !strings.Contains(alt, part) {
			t.Errorf("got %q, want %q in it", alt, part)
		}
	}
	numbers := DecisionTable{Rows: []DecisionRow{{Name: "loss", Value: "0.25"}}}
	if alt := numbers.Alt(); !strings.Contains(alt, "loss 0.25") {
		t.Errorf("got %q, want the loss in it", alt)
	}
}

// A choice is marked by one small square: its picture has one shape more.
func TestDecisionTableMarksTheChoice(t *testing.T) {
	shapes := func(chosen int) int {
		var svg bytes.Buffer
		d := DecisionTable{Rows: []DecisionRow{{Name: "a", Probs: []float64{0.5, 0.5}, Chosen: chosen}}}
		if err := d.SVG(&svg); err != nil {
			t.Fatal(err)
		}
		return strings.Count(svg.String(), "<path")
	}
	for chosen, want := range []int{0, 1, 1, 0} {
		if got := shapes(chosen) - shapes(0); got != want {
			t.Errorf("choice %d: %d marks, want %d", chosen, got, want)
		}
	}
}

func TestDecisionTableRefusesWhatItCannotDraw(t *testing.T) {
	for name, d := range map[string]DecisionTable{
		"nothing":   {},
		"NaN":       {Rows: []DecisionRow{{Probs: []float64{math.NaN()}}}},
		"above one": {Rows: []DecisionRow{{Probs: []float64{2}}}},
	} {
		if err := d.PNG(&bytes.Buffer{}); err == nil || !strings.HasPrefix(err.Error(), "viz: ") {
			t.Errorf("%s: got %v, want an error", name, err)
		}
	}
	many := DecisionTable{Rows: make([]DecisionRow, mostTableRows+7)}
	if alt := many.Alt(); !strings.Contains(alt, "and 7 more") {
		t.Error("rows beyond the limit are not counted")
	}
}
