package evolution_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/space"
)

func Example() {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := evolution.New(table.Space(), evolution.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	s := search.Drive(c, table)
	for range 100 {
		if _, err := s.Step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	best, err := s.Best()
	fmt.Println(best, err)
	// Output: [3 0 2 4 2 0] <nil>
}

// line is a space of six decisions with two or four choices and one without.
func line(t *testing.T) space.Space {
	t.Helper()
	var decisions []space.Decision
	for i := range 7 {
		choices := []string{"a", "b", "c", "d"}[:[]int{4, 2, 1}[i%3]]
		decisions = append(decisions, space.Decision{Name: fmt.Sprint("d", i), Choices: choices})
	}
	s, err := space.NewFixed("line", decisions)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// With one mutation per step and the sum of choices as reward, every step from
// the top is known: the search must end at the one best architecture.
func TestFindsTheTop(t *testing.T) {
	s := line(t)
	c, err := evolution.New(s, evolution.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= 400; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, k := range arch {
			sum += k
		}
		if _, err := c.Learn(step, arch, float64(sum)); err != nil {
			t.Fatal(err)
		}
	}
	best, err := c.Best()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(space.Arch{3, 1, 0, 3, 1, 0, 3}, best); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A child differs from a living member in exactly one decision; while the
// population fills there are no parents.
func TestEveryChildIsOneMutationOfALivingMember(t *testing.T) {
	s := line(t)
	cfg := evolution.DefaultConfig()
	c, err := evolution.New(s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var alive []space.Arch
	for step := 1; step <= 300; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		if err := space.Check(s, arch); err != nil {
			t.Fatal(err)
		}
		related := len(alive) < cfg.Population
		for _, parent := range alive {
			related = related || differing(parent, arch) == 1
		}
		if !related {
			t.Fatalf("step %d: %v is one mutation from none of %v", step, arch, alive)
		}
		alive = append(alive, arch)
		if len(alive) > cfg.Population {
			alive = alive[1:]
		}
		if _, err := c.Learn(step, arch, float64(arch[0])); err != nil {
			t.Fatal(err)
		}
	}
}

func differing(a, b space.Arch) int {
	n := 0
	for d := range a {
		if a[d] != b[d] {
			n++
		}
	}
	return n
}

// The oldest dies, not the worst: with a population of one the next parent is
// the last child, however bad it was. The best ever seen stays the answer.
func TestTheOldestDiesHoweverGood(t *testing.T) {
	c, err := evolution.New(line(t), evolution.Config{Seed: 3, Population: 1, Tournament: 5})
	if err != nil {
		t.Fatal(err)
	}
	var last, first space.Arch
	for step := 1; step <= 50; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && differing(last, arch) != 1 {
			t.Fatalf("step %d: %v is not one mutation from %v", step, arch, last)
		}
		tr, err := c.Learn(step, arch, float64(-step))
		if err != nil {
			t.Fatal(err)
		}
		if last != nil {
			if diff := cmp.Diff(space.OneHot(line(t).Decisions(), last), tr.Probs); diff != "" {
				t.Fatalf("shares of a population of one (-want +got):\n%s", diff)
			}
		} else {
			first = arch
		}
		last = arch
	}
	if best, err := c.Best(); err != nil || !cmp.Equal(best, first) {
		t.Errorf("best is %v, error %v; want the first, %v", best, err, first)
	}
}

// The best may be dead: it is saved beside the living.
func TestADeadBestIsRestored(t *testing.T) {
	one, err := evolution.New(line(t), evolution.Config{Seed: 1, Population: 2, Tournament: 1})
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= 5; step++ {
		if _, err := one.Learn(step, space.Arch{step % 4, 0, 0, 0, 0, 0, 0}, float64(-step)); err != nil {
			t.Fatal(err)
		}
	}
	state, err := one.State()
	if err != nil {
		t.Fatal(err)
	}
	two, err := evolution.New(line(t), evolution.Config{Seed: 1, Population: 2, Tournament: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := two.SetState(state); err != nil {
		t.Fatal(err)
	}
	if best, err := two.Best(); err != nil || best[0] != 1 {
		t.Errorf("best is %v, error %v; want the first, which had 1", best, err)
	}
}

func TestEvolutionRefusesBadSettingsAndStates(t *testing.T) {
	for _, cfg := range []evolution.Config{
		{Population: 0, Tournament: 1}, {Population: 5}, {Population: 20000, Tournament: 1},
	} {
		if _, err := evolution.New(line(t), cfg); err == nil {
			t.Errorf("%+v is accepted, want an error", cfg)
		}
	}
	if _, err := evolution.New(space.Cells{Nodes: 1, Ops: []string{"only"}}, evolution.DefaultConfig()); err == nil {
		t.Error("a space of one architecture is accepted, want an error")
	}
	c, err := evolution.New(line(t), evolution.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Best(); err == nil {
		t.Error("a best before the first step, want an error")
	}
	if _, err := c.Learn(1, space.Arch{0}, 1); err == nil {
		t.Error("a short architecture is learned, want an error")
	}
	archs := search.ArchTensor(make(space.Arch, 14))
	bad := search.ArchTensor(space.Arch{9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for name, state := range map[string]map[string]search.Tensor{
		"no rewards":       {"archs": archs},
		"one reward":       {"archs": archs, "rewards": search.Float64Tensor([]float64{1})},
		"too many rewards": {"archs": archs, "rewards": search.Float64Tensor([]float64{1, 2, 3})},
		"a wrong choice":   {"archs": bad, "rewards": search.Float64Tensor([]float64{1, 2})},
		"numbers as archs": {"archs": search.Float64Tensor([]float64{1}), "rewards": search.Float64Tensor([]float64{1})},
	} {
		if err := c.SetState(state); err == nil {
			t.Errorf("state with %s is accepted, want an error", name)
		}
	}
}

// With a node drawn first and then one of its edges, the edges of a cell of four
// nodes mutate with chances 1/3, 1/6, 1/6 and three times 1/9. Each count is
// held to 4 standard errors of a binomial variable.
func TestGroupsAreDrawnBeforeTheirDecisions(t *testing.T) {
	const steps = 4000
	ops := []string{"a", "b", "c"}
	var decisions []space.Decision
	for i := range 6 {
		decisions = append(decisions, space.Decision{Name: fmt.Sprint("d", i), Choices: ops})
	}
	s, err := space.NewFixed("cell", decisions)
	if err != nil {
		t.Fatal(err)
	}
	c, err := evolution.New(s, evolution.Config{
		Seed: 5, Population: 1, Tournament: 1, Groups: [][]int{{0}, {1, 2}, {3, 4, 5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]float64, 6)
	var last space.Arch
	for step := 1; step <= steps+1; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			t.Fatal(err)
		}
		for d := range last {
			if last[d] != arch[d] {
				counts[d]++
			}
		}
		last = arch
		if _, err := c.Learn(step, arch, 0); err != nil {
			t.Fatal(err)
		}
	}
	for d, p := range []float64{1.0 / 3, 1.0 / 6, 1.0 / 6, 1.0 / 9, 1.0 / 9, 1.0 / 9} {
		if bound := 4 * math.Sqrt(steps*p*(1-p)); !(math.Abs(counts[d]-steps*p) <= bound) {
			t.Errorf("decision %d mutates %g times of %d, want %.0f ± %.0f", d, counts[d], steps, steps*p, bound)
		}
	}
}

func TestGroupsThatDivideNothingAreRefused(t *testing.T) {
	for name, groups := range map[string][][]int{
		"a decision missing": {{0, 1, 2}, {3, 4, 5}}, "one twice": {{0, 1, 2, 3}, {3, 4, 5, 6}},
		"one outside": {{0, 1, 2, 3, 4, 5, 7}}, "an empty group": {{0, 1, 2, 3, 4, 5, 6}, {}}, "none": {},
	} {
		cfg := evolution.DefaultConfig()
		cfg.Groups = groups
		if _, err := evolution.New(line(t), cfg); err == nil {
			t.Errorf("groups with %s are accepted, want an error", name)
		}
	}
}
