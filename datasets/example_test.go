package datasets_test

import (
	"fmt"

	"naslab.dev/datasets"
)

// The digits are part of the program; a loader hands out their minibatches.
func Example() {
	set, err := datasets.Load("digits", datasets.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	loader, err := datasets.NewLoader(set, datasets.LoaderConfig{Seed: 1, BatchSize: 64})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(loader.Counts())
	fmt.Println(loader.Schedule())
	pixels, labels, err := loader.Batch("train", 0, 0)
	fmt.Println(len(pixels), len(labels), err)
	// Output:
	// 1000 300 497
	// 64 16
	// 4096 64 <nil>
}
