package process_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
	"naslab.dev/notebooks/process"
)

// episode is number n of some architectures of a search.
func episode(s process.Search, n int) credit.Episode {
	e := credit.Episode{Actions: make([]int, len(s.Choices))}
	for t, k := range s.Choices {
		e.Actions[t] = (n + t) % k
	}
	e.Return = s.Return(e.Actions)
	return e
}

// An architecture of the chain is one of the benchmark's cell whose other edges
// are none.
func TestTheChainIsPartOfTheTable(t *testing.T) {
	chain, err := process.Chain()
	if err != nil {
		t.Fatal(err)
	}
	values, err := chain.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	levels := values.Levels()
	if len(levels) != 4 || len(levels[3]) != 27 {
		t.Fatalf("chain has %d levels, want 4 with 27 architectures", len(levels))
	}
	seen := map[float64]bool{}
	for _, r := range levels[3] {
		seen[r] = true
		if !(r > 0 && r < 1) {
			t.Errorf("accuracy %g, want a fraction", r)
		}
	}
	if len(seen) != 27 {
		t.Errorf("%d different accuracies, want 27", len(seen))
	}
	for d, want := range []string{"0→1", "1→2", "2→3"} {
		got := chain.Decisions[d]
		if got.Name != want || got.Choices[0] != "skip_connect" || got.Choices[2] != "nor_conv_3x3" {
			t.Errorf("decision %d is %+v, want edge %s from skip to conv 3×3", d, got, want)
		}
	}
	cfg := bench.DefaultConfig()
	cfg.Median = 0.7 // as the chain's
	table, err := bench.NewSynthetic(cfg)
	if err != nil {
		t.Fatal(err)
	}
	// 3×3 on 0→1, skip on 1→2 and 1×1 on 2→3; the other edges are none.
	want, err := table.Accuracy(space.Arch{3, 0, 1, 0, 0, 2})
	if got := chain.Return([]int{2, 0, 1}); err != nil || got != want {
		t.Errorf("the chain's accuracy is %g, %v, want the table's %g", got, err, want)
	}
	if got := chain.Names([]int{2, 0, 1})[0]; got != "0→1 conv 3×3" {
		t.Errorf("first name is %q, want 0→1 conv 3×3", got)
	}
}

// Every rule learns the cell and gives one credit per decision.
func TestRulesFitTheCell(t *testing.T) {
	cell, err := process.Cell()
	if err != nil {
		t.Fatal(err)
	}
	if len(cell.Choices) != 6 {
		t.Fatalf("cell has %d decisions, want 6", len(cell.Choices))
	}
	for _, rule := range process.Rules(cell.Choices) {
		a, err := rule.Make(1)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			got, err := a.Assign(episode(cell, n))
			if err != nil || len(got) != 6 || math.IsNaN(got[0]) {
				t.Errorf("%s: got %v (%v), want six credits", rule.Name, got, err)
			}
		}
	}
}

// The lesson shows one network; what it says of the rules must hold for others.
// The error of a rule is its bias and its deviation together.
func TestReturnDecompositionIsNearestToTheTruthOnOtherNetworks(t *testing.T) {
	const networks, episodes, seeds = 6, 300, 5
	cell, err := process.Cell()
	if err != nil {
		t.Fatal(err)
	}
	values, err := cell.Enumerate()
	if err != nil {
		t.Fatal(err)
	}
	squares := map[string]float64{}
	rules := process.Rules(cell.Choices)[:4] // the LSTM takes longer
	for n := range networks {
		actions := make([]int, len(cell.Choices))
		for d, k := range cell.Choices {
			actions[d] = key.Rand(1, "other networks", n, d).IntN(k)
		}
		truth, err := values.Credit(actions)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range rules {
			mean, sd, err := credit.Repeat(cell.Process, actions, episodes, seeds, rule.Make)
			if err != nil {
				t.Fatal(err)
			}
			for d := range mean {
				squares[rule.Name] += (mean[d]-truth[d])*(mean[d]-truth[d]) + sd[d]*sd[d]
			}
		}
	}
	moved := squares[rules[3].Name]
	for _, rule := range rules[:3] {
		if !(math.Sqrt(moved) < 0.7*math.Sqrt(squares[rule.Name])) {
			t.Errorf("%s is wrong by %.4f, %s by %.4f, want the latter well below",
				rule.Name, math.Sqrt(squares[rule.Name]), rules[3].Name, math.Sqrt(moved))
		}
	}
}

func TestPanelHasEveryRuleAndDelay(t *testing.T) {
	panel, err := process.Panel("test", "first", []int{3, 6}, 2, 500)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range panel.Series {
		if len(s.Episodes) != 2 || len(s.Episodes[0]) != 2 || !(s.Episodes[0][0] >= 1) {
			t.Errorf("%s: got %v, want two delays with two seeds", s.Rule, s.Episodes)
		}
	}
	if len(panel.Series) != 4 {
		t.Errorf("got %d rules, want 4", len(panel.Series))
	}
}
