package viz

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"naslab.dev/nasx/space"
)

// testProcess is a process of two decisions whose second choice matters.
func testProcess() DecisionProcess {
	return DecisionProcess{
		Decisions: []space.Decision{
			{Name: "first", Choices: []string{"none", "skip_connect"}},
			{Name: "second", Choices: []string{"nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}},
		},
		Values: [][]float64{{0.75}, {0.7, 0.8}, {0.6, 0.7, 0.8, 0.7, 0.8, 0.9}},
		Walk:   []int{1, 2},
	}
}

// testDelays has one rule that grows with the delay and one that does not.
func testDelays() Delays {
	series := []DelaySeries{
		{Rule: "td0", Delays: []int{5, 10}, Episodes: [][]float64{{10, 20, 30}, {100, 400, 1000}}},
		{Rule: "mc", Delays: []int{5, 10}, Episodes: [][]float64{{7}, {7}}},
	}
	panels := []DelayPanel{{Title: "one", Series: series}, {Title: "another", Series: series[1:]}}
	return Delays{Panels: panels, Limit: 1000}
}

// testBackups knows half of the reward after 3 − state episodes.
func testBackups() Backups {
	rows := [][]float64{{0, 0.2, 0.6}, {0.2, 0.6, 1}, {0.6, 1, 1}}
	return Backups{Rules: []Backup{
		{Rule: "td0", Detail: "one step back", Values: rows},
		{Rule: "mc", Detail: "all the way", Lambda: 1, Values: rows},
	}}
}

func testCreditRules() CreditRules {
	return CreditRules{
		Decisions: []string{"0→1 conv 3×3", "0→2 skip"}, Truth: []float64{0.003, -0.001},
		Rules: []RuleCredit{
			{Name: "Monte Carlo", Detail: "one return for all", Mean: []float64{0.001, 0.001}, SD: []float64{0.003, 0.004}},
			{Name: "RUDDER", Mean: []float64{0.003, -0.001}},
		},
	}
}

// addCreditFigures adds the figures of credit to those that all tests look at.
func addCreditFigures(out map[string]drawn) {
	out["process"], out["delays"] = testProcess(), testDelays()
	out["backups"], out["credit rules"] = testBackups(), testCreditRules()
	unknown := testCreditRules()
	unknown.Truth, unknown.Rules = nil, unknown.Rules[:1]
	out["credit rules without the truth"] = unknown
}

func TestCreditFiguresSayWhatTheyShow(t *testing.T) {
	for want, f := range map[string]Figure{
		"From a mean reward of 0.750 by skip connect to 0.800, avg pool 3×3 to 0.900": testProcess(),
		"one, TD(0): 20 at 5, 400 at 10":                                              testDelays(),
		"TD(0) after 3 episodes, Monte Carlo after 3 episodes":                        testBackups(),
		"Monte Carlo bias 2.0 · sd 3.5; RUDDER bias 0.0 · sd 0.0":                     testCreditRules(),
	} {
		if got := f.Alt(); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

func TestCreditFiguresRefuseWhatTheyCannotDraw(t *testing.T) {
	short, stray, many := testProcess(), testProcess(), testProcess()
	short.Values = short.Values[:2]
	stray.Walk = []int{1, 3}
	many.Decisions[1].Choices = make([]string, 40)
	many.Values[2] = make([]float64, 80)
	broken := testProcess()
	broken.Values[2][3] = math.NaN()
	falling, none, below := testDelays(), testDelays(), testDelays()
	falling.Panels[0].Series[0].Delays = []int{10, 5}
	none.Panels = nil
	below.Panels[0].Series[0].Episodes = [][]float64{{0}, {1}}
	ragged, outside, wrong := testBackups(), testBackups(), testBackups()
	ragged.Rules[1].Values = ragged.Rules[1].Values[:2]
	outside.Rules[1].Values = [][]float64{{0, 2, 0}, {0, 0, 0}, {0, 0, 0}}
	wrong.Rules[0].Lambda = math.NaN()
	few, infinite := testCreditRules(), testCreditRules()
	few.Truth = few.Truth[:1]
	infinite.Rules[0].SD = []float64{1, math.Inf(1)}
	for i, f := range []Figure{
		short, stray, many, broken, falling, none, below, ragged, outside, wrong, few, infinite,
		DecisionProcess{},
		Delays{},
		Backups{},
		CreditRules{},
	} {
		var b bytes.Buffer
		if err := f.PNG(&b); err == nil || !strings.HasPrefix(err.Error(), "viz: ") || f.Alt() != "" {
			t.Errorf("figure %d, %T: got error %v and text %q, want an error and no text", i, f, err, f.Alt())
		}
	}
}

// What is written beside each other must agree: 0.8014 − 0.7006 rounds to
// 0.101, and its parts to 0.801 and 0.701.
func TestWrittenDifferencesAreThoseOfWrittenNumbers(t *testing.T) {
	d := testProcess()
	d.Values[0][0], d.Values[1][1] = 0.7006, 0.8014
	var svg bytes.Buffer
	if err := d.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(svg.String(), "0.801 − 0.701 = +0.100") {
		t.Error("the picture does not say 0.801 − 0.701 = +0.100")
	}
}

// Formulas count states from 1, s_1 is empty; so does the picture.
func TestStatesAreCountedFromOne(t *testing.T) {
	var svg bytes.Buffer
	if err := testProcess().SVG(&svg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"state 1: nothing built", "state 2", "finished"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("the picture does not name %q", want)
		}
	}
}

func TestEveryRuleHasItsOwnColour(t *testing.T) {
	seen := map[Pair]string{}
	for _, r := range Rules {
		if other := seen[r.Color]; other != "" || Rule(r.Key) != r {
			t.Errorf("rule %s: its colour is that of %q, or it is not found", r.Key, other)
		}
		seen[r.Color] = r.Key
	}
	if got := Rule("unheard of"); got.Label != "unheard of" {
		t.Errorf("an unknown rule is labelled %q, want its own name", got.Label)
	}
}
