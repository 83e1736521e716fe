package bench_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
)

func ExampleSynthetic() {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s architectures, median %.4f, best %.4f\n",
		space.Count(table.Space()), table.Quantile(0.5), table.Best())
	// Output: 15625 architectures, median 0.9053, best 0.9437
}

func newTable(t *testing.T, change func(*bench.Config)) *bench.Synthetic {
	t.Helper()
	cfg := bench.DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	s, err := bench.NewSynthetic(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIndexCountsAsEnumerateDoes(t *testing.T) {
	s := newTable(t, nil)
	all, err := space.Enumerate(s.Space(), 20000)
	if err != nil {
		t.Fatal(err)
	}
	table, want := s.Accuracies(), 0
	for arch := range all {
		got, err := s.Index(arch)
		if err != nil || got != want {
			t.Fatalf("%v has index %d, error %v; want %d", arch, got, err, want)
		}
		if acc, err := s.Accuracy(arch); err != nil || acc != table[got] || !(acc > 0 && acc < 1) {
			t.Fatalf("%v has accuracy %g, error %v; want %g, a fraction", arch, acc, err, table[got])
		}
		want++
	}
	if want != 15625 || len(table) != want {
		t.Errorf("%d architectures, %d in the table, want 15625", want, len(table))
	}
}

// Without pairs the score is additive: on the scale of the logit, changing two
// decisions changes it by the sum of the two changes. With pairs it is not.
func TestPairsMakeDecisionsDependOnEachOther(t *testing.T) {
	gap := func(s *bench.Synthetic) float64 {
		at := func(arch ...int) float64 {
			acc, err := s.Accuracy(arch)
			if err != nil {
				t.Fatal(err)
			}
			return math.Log(acc / (1 - acc))
		}
		return at(1, 2, 0, 0, 0, 0) - at(1, 0, 0, 0, 0, 0) - at(0, 2, 0, 0, 0, 0) + at(0, 0, 0, 0, 0, 0)
	}
	if got := gap(newTable(t, func(c *bench.Config) { c.Pairs = 0 })); !(math.Abs(got) < 1e-12) {
		t.Errorf("gap without pairs is %g, want 0", got)
	}
	if got := gap(newTable(t, nil)); !(math.Abs(got) > 1e-3) {
		t.Errorf("gap with pairs is %g, want one", got)
	}
}

// Mean and spread of the noise over steps, at 4 standard errors; equal queries
// are equal, another step or seed is another draw.
func TestNoiseIsKeyed(t *testing.T) {
	const n = 4000
	s := newTable(t, nil)
	arch := space.Arch{1, 2, 3, 4, 0, 1}
	truth, err := s.Accuracy(arch)
	if err != nil {
		t.Fatal(err)
	}
	query := func(s *bench.Synthetic, step int) float64 {
		v, err := s.Evaluate(step, arch)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	sum, squares := 0.0, 0.0
	for step := range n {
		e := (query(s, step) - truth) / 0.003
		sum, squares = sum+e, squares+e*e
	}
	if mean, bound := sum/n, 4/math.Sqrt(n); !(math.Abs(mean) <= bound) {
		t.Errorf("mean noise is %g standard deviations, want within %g", mean, bound)
	}
	if v, bound := squares/n, 4*math.Sqrt(2.0/n); !(math.Abs(v-1) <= bound) {
		t.Errorf("variance of the noise is %g of the configured one, want 1 ± %g", v, bound)
	}
	other := newTable(t, func(c *bench.Config) { c.NoiseSeed = 2 })
	if query(s, 7) != query(newTable(t, nil), 7) || query(s, 7) == query(s, 8) || query(s, 7) == query(other, 7) {
		t.Error("noise does not follow its key: want equal for equal keys only")
	}
	if quiet := newTable(t, func(c *bench.Config) { c.Noise = 0 }); query(quiet, 7) != truth {
		t.Error("noise of 0 changes the accuracy, want the true one")
	}
}

func TestSyntheticRefusesBadSettings(t *testing.T) {
	for name, change := range map[string]func(*bench.Config){
		"negative noise":  func(c *bench.Config) { c.Noise = -1 },
		"no number":       func(c *bench.Config) { c.Pairs = math.NaN() },
		"infinite noise":  func(c *bench.Config) { c.Noise = math.Inf(1) },
		"median on top":   func(c *bench.Config) { c.Median = c.Best },
		"percent":         func(c *bench.Config) { c.Best = 94.37 },
		"everything zero": func(c *bench.Config) { *c = bench.Config{} },
	} {
		cfg := bench.DefaultConfig()
		change(&cfg)
		if _, err := bench.NewSynthetic(cfg); err == nil {
			t.Errorf("%s is accepted, want an error", name)
		}
	}
	s := newTable(t, nil)
	for _, arch := range []space.Arch{nil, {0, 0, 0, 0, 0, 5}, {0, 0, 0, 0, 0, -1}} {
		if _, err := s.Evaluate(1, arch); err == nil {
			t.Errorf("%v is evaluated, want an error", arch)
		}
	}
}

const (
	seeds   = 60
	queries = 300
)

// outcome returns, per seed, the true accuracy of the best architecture by
// reward after all queries, in percent.
func outcome(t *testing.T, controller func(s space.Space, seed uint64) (search.Controller, error)) []float64 {
	t.Helper()
	var list []float64
	for seed := range uint64(seeds) {
		cfg := bench.DefaultConfig()
		cfg.NoiseSeed = seed + 1
		table, err := bench.NewSynthetic(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c, err := controller(table.Space(), seed+1)
		if err != nil {
			t.Fatal(err)
		}
		s := search.Drive(c, table)
		for range queries {
			if _, err := s.Step(); err != nil {
				t.Fatal(err)
			}
		}
		best, _, err := s.BestSeen()
		if err != nil {
			t.Fatal(err)
		}
		acc, err := table.Accuracy(best)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, 100*acc)
	}
	return list
}

// Evolution and REINFORCE end above random search on average. The claim is made
// only where the difference of the means is at least 4 standard errors, so that
// other seeds would show it too; an order between the two learners is not.
func TestLearnersBeatRandomSearch(t *testing.T) {
	baseline := outcome(t, func(s space.Space, seed uint64) (search.Controller, error) {
		return random.New(s, random.Config{Seed: seed})
	})
	for name, controller := range map[string]func(space.Space, uint64) (search.Controller, error){
		"evolution": func(s space.Space, seed uint64) (search.Controller, error) {
			cfg := evolution.DefaultConfig()
			cfg.Seed = seed
			return evolution.New(s, cfg)
		},
		"REINFORCE": func(s space.Space, seed uint64) (search.Controller, error) {
			cfg := tabular.DefaultConfig()
			cfg.Seed = seed
			return tabular.New(s, cfg)
		},
	} {
		learned := outcome(t, controller)
		m, mv := meanVariance(learned)
		b, bv := meanVariance(baseline)
		deviation := math.Sqrt((mv + bv) / seeds)
		t.Logf("%s %.3f %%, random search %.3f %%: %.1f standard errors", name, m, b, (m-b)/deviation)
		if !(m-b >= 4*deviation) {
			t.Errorf("%s reaches %.3f %%, random search %.3f %%: want more by 4 standard errors of %.4f", name, m, b, deviation)
		}
	}
	if low := slices.Min(baseline); !(low > 100*newTable(t, nil).Quantile(0.9)) {
		t.Errorf("random search ends at %.3f %%, want above the top tenth", low)
	}
}

func meanVariance(list []float64) (mean, variance float64) {
	for _, v := range list {
		mean += v / float64(len(list))
	}
	for _, v := range list {
		variance += (v - mean) * (v - mean) / float64(len(list)-1)
	}
	return mean, variance
}
