package bench_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
)

// scripted proposes a fixed list of architectures, again and again.
type scripted struct {
	archs   []space.Arch
	rewards []float64 // what it learned
}

func (s *scripted) Propose(step int) (space.Arch, error) {
	return slices.Clone(s.archs[(step-1)%len(s.archs)]), nil
}

func (s *scripted) Learn(step int, _ space.Arch, reward float64) (search.Trace, error) {
	s.rewards = append(s.rewards, reward)
	return search.Trace{Step: step}, nil
}

func (s *scripted) Best() (space.Arch, error) { return s.archs[0], nil }

// three architectures, their rewards, true accuracies and seconds.
type three struct{}

var (
	threeRewards = []float64{0.5, 0.9, 0.9}
	threeTruths  = []float64{0.8, 0.6, 0.7}
	threeSeconds = []float64{10, 20, 30}
)

func (three) Space() space.Space {
	s, _ := space.NewFixed("three", []space.Decision{{Name: "only", Choices: []string{"a", "b", "c"}}})
	return s
}
func (three) Evaluate(_ int, a space.Arch) (float64, error) { return threeRewards[a[0]], nil }
func (three) Accuracy(a space.Arch) (float64, error)        { return threeTruths[a[0]], nil }
func (three) Seconds(a space.Arch) (float64, error)         { return threeSeconds[a[0]], nil }

// The answer is the best seen by reward, the first among equals, whatever its
// true accuracy; a search stops before the query that exceeds its seconds.
func TestSearchEndsWithItsBudget(t *testing.T) {
	for _, tc := range []struct {
		name    string
		order   []int
		budget  bench.Budget
		truth   []float64
		answer  int
		seconds float64
	}{
		{"queries", []int{0, 1, 2}, bench.Budget{Queries: 4}, []float64{0.8, 0.6, 0.6, 0.6}, 1, 0},
		{"the first among equals", []int{2, 1}, bench.Budget{Queries: 2}, []float64{0.7, 0.7}, 2, 0},
		{"seconds spent to the last", []int{0, 1, 2}, bench.Budget{Seconds: 60}, []float64{0.8, 0.6, 0.6}, 1, 60},
		{"one more would exceed", []int{0, 1, 2}, bench.Budget{Seconds: 59}, []float64{0.8, 0.6}, 1, 30},
		{"queries before seconds", []int{0}, bench.Budget{Queries: 2, Seconds: 60}, []float64{0.8, 0.8}, 0, 20},
	} {
		c := &scripted{}
		for _, k := range tc.order {
			c.archs = append(c.archs, space.Arch{k})
		}
		got, err := bench.Search(three{}, c, tc.budget)
		want := bench.Outcome{
			Arch: space.Arch{tc.answer}, Reward: threeRewards[tc.answer],
			Queries: len(tc.truth), Seconds: tc.seconds, Truth: tc.truth,
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", tc.name, err, diff)
		}
		if gaps := got.Gaps(0.8); len(gaps) != len(tc.truth) || gaps[0] != 0.8-tc.truth[0] {
			t.Errorf("%s: the regret is %v, want 0.8 less %v", tc.name, gaps, tc.truth)
		}
		if len(c.rewards) != len(tc.truth) || c.rewards[0] != threeRewards[tc.order[0]] {
			t.Errorf("%s: the controller learned %v", tc.name, c.rewards)
		}
	}
	for name, budget := range map[string]bench.Budget{
		"none": {}, "negative": {Queries: -1}, "no number": {Seconds: math.NaN()}, "endless": {Seconds: math.Inf(1)},
		"a few thousand years": {Seconds: 1e11},
		"too little":           {Seconds: 9},
	} {
		if _, err := bench.Search(three{}, &scripted{archs: []space.Arch{{0}}}, budget); err == nil {
			t.Errorf("a budget of %s is accepted, want an error", name)
		}
	}
	synthetic := newTable(t, nil)
	_, err := bench.Search(synthetic, &scripted{archs: []space.Arch{make(space.Arch, 6)}}, bench.Budget{Seconds: 5})
	if err == nil || !strings.Contains(err.Error(), "no simulated seconds") {
		t.Errorf("got %v, want that queries of this benchmark cost no seconds", err)
	}
}

func TestRepeatKeepsTheOrderOfSeeds(t *testing.T) {
	outcomes, err := bench.Repeat(context.Background(), 50, func(seed uint64) (bench.Outcome, error) {
		return bench.Outcome{Queries: int(seed) * 2}, nil
	})
	if err != nil || len(outcomes) != 50 {
		t.Fatalf("%d outcomes, error %v, want 50", len(outcomes), err)
	}
	for i, o := range outcomes {
		if o.Seed != uint64(i+1) || o.Queries != 2*(i+1) {
			t.Fatalf("outcome %d is %+v, want that of seed %d", i, o, i+1)
		}
	}
	wrong := errors.New("wrong")
	_, err = bench.Repeat(context.Background(), 50, func(seed uint64) (bench.Outcome, error) {
		if seed == 7 {
			return bench.Outcome{}, wrong
		}
		return bench.Outcome{}, nil
	})
	if !errors.Is(err, wrong) || !strings.Contains(err.Error(), "seed 7") {
		t.Errorf("got %v, want the error of seed 7", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = bench.Repeat(ctx, 3, func(uint64) (bench.Outcome, error) { return bench.Outcome{}, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was interrupted", err)
	}
}

// All sequences of n queries of a small table, each with its answer, against
// the closed form; among equals the first seen is the answer.
func TestRandomSearchIsExact(t *testing.T) {
	reward := []float64{3, 1, 2, 3, 1}
	value := []float64{10, 50, 20, 14, 40}
	for n := 1; n <= 4; n++ {
		count, sum, squares := 0.0, 0.0, 0.0
		for code := range int(math.Pow(5, float64(n))) {
			best := -1
			for range n {
				if i := code % 5; best < 0 || reward[i] > reward[best] {
					best = i
				}
				code /= 5
			}
			count, sum, squares = count+1, sum+value[best], squares+value[best]*value[best]
		}
		wantMean := sum / count
		wantSD := math.Sqrt(squares/count - wantMean*wantMean)
		mean, sd, err := bench.RandomSearch(reward, value, n)
		if err != nil || !(math.Abs(mean-wantMean) <= 1e-12) || !(math.Abs(sd-wantSD) <= 1e-6) {
			t.Errorf("%d queries: got %g ± %g, error %v, want %g ± %g", n, mean, sd, err, wantMean, wantSD)
		}
	}
	if _, _, err := bench.RandomSearch(reward, value[:4], 3); err == nil {
		t.Error("fewer values than rewards are accepted, want an error")
	}
	if _, _, err := bench.RandomSearch([]float64{1, math.NaN()}, value[:2], 3); err == nil {
		t.Error("a reward that is no number is accepted, want an error")
	}
}

// methods of the table protocol, with the settings it prescribes.
var methods = map[string]func(space.Space, uint64) (search.Controller, error){
	"RS": func(s space.Space, seed uint64) (search.Controller, error) {
		return random.New(s, random.Config{Seed: seed})
	},
	"REA": func(s space.Space, seed uint64) (search.Controller, error) {
		return evolution.New(s, evolution.Config{Seed: seed, Population: 10, Tournament: 3, Groups: bench.NodeGroups()})
	},
	"REINFORCE": func(s space.Space, seed uint64) (search.Controller, error) {
		return tabular.New(s, tabular.Config{Seed: seed, LearningRate: 0.05, BaselineDecay: 0.9})
	},
	"REINFORCE in too large steps": func(s space.Space, seed uint64) (search.Controller, error) {
		return tabular.New(s, tabular.Config{Seed: seed, LearningRate: 0.5, BaselineDecay: 0.9})
	},
}

// repeat returns the figures of a method's answers, in percent, by key.
func repeat(t *testing.T, task *bench.Task, method string, budget bench.Budget, seeds int) map[string][]float64 {
	t.Helper()
	outcomes, err := bench.Repeat(context.Background(), seeds, func(seed uint64) (bench.Outcome, error) {
		c, err := methods[method](task.Space(), seed)
		if err != nil {
			return bench.Outcome{}, err
		}
		return bench.Search(task.WithSeed(seed), c, budget)
	})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float64{}
	for _, o := range outcomes {
		report, err := task.Report(o.Arch)
		if err != nil {
			t.Fatal(err)
		}
		report["queries"] = float64(o.Queries) / 100
		for key, v := range report {
			values[key] = append(values[key], 100*v)
		}
	}
	return values
}

// The simulation of random search agrees with its exact distribution, at 5
// standard errors.
func TestSimulatedRandomSearchIsTheExactOne(t *testing.T) {
	const seeds, queries = 300, 50
	for name, table := range tables(t) {
		task, err := bench.NewTask(table, "nb201:cifar10", 1)
		if err != nil {
			t.Fatal(err)
		}
		values := repeat(t, task, "RS", bench.Budget{Queries: queries}, seeds)["cifar10_test"]
		mean, sd, err := task.Exact(queries, bench.ColumnCIFAR10Test)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := bench.MeanSD(values)
		if bound := 5 * 100 * sd / math.Sqrt(seeds); !(math.Abs(got-100*mean) <= bound) {
			t.Errorf("%s: mean of %d searches is %.3f %%, want %.3f ± %.3f", name, seeds, got, 100*mean, bound)
		}
	}
}
