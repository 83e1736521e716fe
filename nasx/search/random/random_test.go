package random_test

import (
	"fmt"
	"math"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/space"
)

func Example() {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := random.New(table.Space(), random.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	s := search.Drive(c, table)
	for range 3 {
		tr, err := s.Step()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("step %d: %v has %.3f, best %.3f\n",
			tr.Step, tr.Arch, tr.Scalars[search.ScalarReward], tr.Scalars[search.ScalarBest])
	}
	// Output:
	// step 1: [4 3 2 4 3 3] has 0.908, best 0.908
	// step 2: [0 3 1 3 2 4] has 0.907, best 0.908
	// step 3: [2 2 3 3 1 4] has 0.924, best 0.924
}

// The best of n draws lies at or above quantile q with probability 1 − qⁿ: with
// 300 draws at the 99 % quantile .951. Over 60 seeds 4 standard errors of that
// share are 4·√(.951·.049/60) = .111.
func TestBestOfManyDrawsIsAmongTheTopHundredth(t *testing.T) {
	cfg := bench.DefaultConfig()
	cfg.Noise = 0
	table, err := bench.NewSynthetic(cfg)
	if err != nil {
		t.Fatal(err)
	}
	top := table.Quantile(0.99)
	hits := 0
	for seed := range 60 {
		c, err := random.New(table.Space(), random.Config{Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		for step := 1; step <= 300; step++ {
			arch, err := c.Propose(step)
			if err != nil {
				t.Fatal(err)
			}
			reward, err := table.Evaluate(step, arch)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Learn(step, arch, reward); err != nil {
				t.Fatal(err)
			}
		}
		best, err := c.Best()
		if err != nil {
			t.Fatal(err)
		}
		if acc, err := table.Accuracy(best); err == nil && acc >= top {
			hits++
		}
	}
	if want := 1 - math.Pow(0.99, 300); !(math.Abs(float64(hits)/60-want) <= 0.111) {
		t.Errorf("%d of 60 searches end in the top hundredth, want a share of %.3f ± .111", hits, want)
	}
}

func TestRandomRefusesWhatItCannotSearch(t *testing.T) {
	if _, err := random.New(space.Cells{}, random.DefaultConfig()); err == nil {
		t.Error("a space without decisions is accepted, want an error")
	}
	c, err := random.New(space.Cells{Nodes: 1, Ops: space.DefaultOps()}, random.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Best(); err == nil {
		t.Error("a best before the first step, want an error")
	}
	if _, err := c.Learn(1, space.Arch{0, 0, 0, 8}, 1); err == nil {
		t.Error("a choice outside the space is learned, want an error")
	}
	for name, state := range map[string]map[string]search.Tensor{
		"no reward":    {"arch": search.ArchTensor(space.Arch{0, 0, 0, 0})},
		"wrong arch":   {"arch": search.ArchTensor(space.Arch{9}), "reward": search.Float64Tensor([]float64{1})},
		"wrong dtype":  {"arch": search.Float64Tensor([]float64{1}), "reward": search.Float64Tensor([]float64{1})},
		"wrong reward": {"arch": search.ArchTensor(space.Arch{0, 0, 0, 0}), "reward": search.Float64Tensor(nil)},
	} {
		if err := c.SetState(state); err == nil {
			t.Errorf("state with %s is accepted, want an error", name)
		}
	}
}
