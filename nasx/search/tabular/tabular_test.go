package tabular_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
)

func Example() {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := tabular.New(table.Space(), tabular.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	s := search.Drive(c, table)
	for step := 1; step <= 200; step++ {
		tr, err := s.Step()
		if err != nil {
			fmt.Println(err)
			return
		}
		if step%100 == 0 {
			fmt.Printf("step %d: entropy %.1f nats per decision\n", tr.Step, tr.Scalars[search.ScalarEntropy])
		}
	}
	// Output:
	// step 100: entropy 1.3 nats per decision
	// step 200: entropy 0.9 nats per decision
}

// matching pays the share of decisions that hit the target.
type matching space.Arch

func (m matching) Evaluate(_ int, arch space.Arch) (float64, error) {
	hits := 0.0
	for d := range m {
		if m[d] == arch[d] {
			hits++
		}
	}
	return hits / float64(len(m)), nil
}

func TestFindsTarget(t *testing.T) {
	cells := space.Cells{Nodes: 2, Ops: space.DefaultOps()}
	target := matching{3, 1, 4, 1, 5, 2, 6, 5, 3, 0}
	c, err := tabular.New(cells, tabular.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	s := search.Drive(c, target)
	for range 1000 {
		tr, err := s.Step()
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.CheckFormula(1e-12); err != nil {
			t.Fatal(err)
		}
	}
	best, err := s.Best()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(space.Arch(target), best); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// First two updates by hand on one decision with two choices, β = 0.9. The
// first reward equals its own baseline: nothing happens. The second, 3 after 1,
// has b = (0.9·0.1 + 0.1·3)/(1 − 0.81) = 0.39/0.19, so R − b = 18/19 and the
// gradient is ∓9/19. Adam: m̂ = 0.1·g/(1 − 0.81), v̂ = 0.001·g²/(1 − 0.998001).
func TestTwoUpdatesByHand(t *testing.T) {
	s, err := space.NewFixed("coin", []space.Decision{{Name: "side", Choices: []string{"heads", "tails"}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := tabular.New(s, tabular.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.Learn(1, space.Arch{0}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(first.Grad[0][0]) < 1e-15 && math.Abs(first.Update[0][0]) < 1e-8) {
		t.Errorf("first gradient %g and update %g, want 0", first.Grad[0][0], first.Update[0][0])
	}
	second, err := c.Learn(2, space.Arch{1}, 3)
	if err != nil {
		t.Fatal(err)
	}
	size := 0.05 * (0.1 / 0.19) / math.Sqrt(0.001/(1-0.999*0.999))
	for _, tc := range []struct {
		name      string
		got, want float64
	}{
		{"credit", second.Credit[0], 18.0 / 19},
		{"gradient of the other side", second.Grad[0][0], 9.0 / 19},
		{"gradient of the side", second.Grad[0][1], -9.0 / 19},
		{"update of the other side", second.Update[0][0], -size},
		{"update of the side", second.Update[0][1], size},
		{"probability before", second.Probs[0][1], 0.5},
	} {
		if !(math.Abs(tc.got-tc.want) <= 1e-7) {
			t.Errorf("%s is %.9f, want %.9f", tc.name, tc.got, tc.want)
		}
	}
	if best, err := c.Best(); err != nil || best[0] != 1 {
		t.Errorf("best is %v, error %v; want tails", best, err)
	}
}

// The gradient is that of −(R − b)·ln π(arch): central differences over the
// logits, which are set through the state.
func TestGradientAgainstFiniteDifferences(t *testing.T) {
	cells := space.Cells{Nodes: 1, Ops: space.DefaultOps()}
	c, err := tabular.New(cells, tabular.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	logits := make([][]float64, 4)
	for d := range logits {
		for k := range 8 {
			logits[d] = append(logits[d], math.Sin(float64(8*d+k)))
		}
	}
	state, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	state["logits"] = search.RowsTensor(logits)
	state["baseline"] = search.Float64Tensor([]float64{0.2, 3})
	if err := c.SetState(state); err != nil {
		t.Fatal(err)
	}
	arch := space.Arch{2, 0, 7, 5}
	tr, err := c.Learn(4, arch, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	loss := func() float64 {
		sum := 0.0
		for d, row := range logits {
			total := 0.0
			for _, a := range row {
				total += math.Exp(a)
			}
			sum -= tr.Credit[0] * (row[arch[d]] - math.Log(total))
		}
		return sum
	}
	const h = 1e-5
	for d := range logits {
		for k := range logits[d] {
			at := logits[d][k]
			logits[d][k] = at + h
			up := loss()
			logits[d][k] = at - h
			want := (up - loss()) / (2 * h)
			logits[d][k] = at
			if !(math.Abs(tr.Grad[d][k]-want) <= 1e-8) {
				t.Errorf("gradient at %d, %d is %g, want %g", d, k, tr.Grad[d][k], want)
			}
		}
	}
}

// Proposals follow softmax(logits) = (1, 2, 5)/8: 4 standard errors.
func TestProposalsFollowTheProbabilities(t *testing.T) {
	s, err := space.NewFixed("three", []space.Decision{{Name: "d", Choices: []string{"a", "b", "c"}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := tabular.New(s, tabular.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	state, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	state["logits"] = search.Float64Tensor([]float64{0, math.Ln2, math.Log(5)})
	if err := c.SetState(state); err != nil {
		t.Fatal(err)
	}
	const draws = 20000
	var counts [3]float64
	for step := range draws {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		counts[arch[0]]++
	}
	for k, p := range []float64{0.125, 0.25, 0.625} {
		bound := 4 * math.Sqrt(p*(1-p)/draws)
		if got := counts[k] / draws; !(math.Abs(got-p) <= bound) {
			t.Errorf("choice %d: frequency %.4f, want %.4f ± %.4f", k, got, p, bound)
		}
	}
}

func TestTabularRefusesBadSettingsAndStates(t *testing.T) {
	cells := space.Cells{Nodes: 1, Ops: space.DefaultOps()}
	for _, cfg := range []tabular.Config{
		{}, {LearningRate: math.NaN()}, {LearningRate: 1, BaselineDecay: 1}, {LearningRate: 1, BaselineDecay: -0.1},
	} {
		if _, err := tabular.New(cells, cfg); err == nil || !strings.Contains(err.Error(), "tabular: ") {
			t.Errorf("%+v: got error %v, want one", cfg, err)
		}
	}
	c, err := tabular.New(cells, tabular.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Learn(1, space.Arch{0, 0, 0, 8}, 1); err == nil {
		t.Error("a choice outside the space is learned, want an error")
	}
	for _, name := range []string{"logits", "first", "second", "baseline"} {
		state, err := c.State()
		if err != nil {
			t.Fatal(err)
		}
		state[name] = search.Float64Tensor([]float64{1})
		if err := c.SetState(state); err == nil {
			t.Errorf("a state with a short %s is accepted, want an error", name)
		}
	}
}
