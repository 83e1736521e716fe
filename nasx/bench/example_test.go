package bench_test

import (
	"context"
	"fmt"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search/random"
)

// Five searches of fifty queries, and what all such searches come to.
func ExampleRepeat() {
	cfg := bench.DefaultConfig()
	cfg.Noise = 0
	table, err := bench.NewSynthetic(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	outcomes, err := bench.Repeat(context.Background(), 5, func(seed uint64) (bench.Outcome, error) {
		c, err := random.New(table.Space(), random.Config{Seed: seed})
		if err != nil {
			return bench.Outcome{}, err
		}
		return bench.Search(table, c, bench.Budget{Queries: 50})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range outcomes {
		fmt.Printf("seed %d: %v is worth %.4f\n", o.Seed, o.Arch, o.Reward)
	}
	mean, sd, err := bench.RandomSearch(table.Accuracies(), table.Accuracies(), 50)
	fmt.Printf("exactly: %.4f ± %.4f, error %v\n", mean, sd, err)
	// Output:
	// seed 1: [2 2 1 3 4 1] is worth 0.9358
	// seed 2: [3 0 2 4 4 1] is worth 0.9348
	// seed 3: [3 4 3 4 2 1] is worth 0.9371
	// seed 4: [3 0 3 4 2 1] is worth 0.9416
	// seed 5: [4 2 0 3 1 4] is worth 0.9350
	// exactly: 0.9326 ± 0.0040, error <nil>
}
