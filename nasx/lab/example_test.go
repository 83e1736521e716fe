package lab_test

import (
	"fmt"
	"os"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
)

// A session steps two methods on one clock.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "runs")
	lab.Check(err)
	defer os.RemoveAll(dir)
	lab.Check(os.Setenv("NASX_RUNS", dir)) // default: runs

	session := lab.Open("lesson", func() ([]search.Searcher, error) {
		return []search.Searcher{newFake("one", lab.Seed(1)), newFake("two", lab.Seed(3))}, nil
	}, lab.Driver(lab.DriverInProcess))
	made, err := session.Step(2)
	lab.Check(err)
	lab.Check(session.Set("rate", 2))
	_, err = session.Step(1)
	lab.Check(err)

	fmt.Println("first steps:", made.From, "to", made.To)
	for _, method := range []string{"one", "two"} {
		traces, err := session.Traces(method, 1, 3)
		lab.Check(err)
		fmt.Println(method, "ends with loss", traces[2].Scalars[search.ScalarLoss])
	}
	lab.Check(session.Stop())
	// Output:
	// first steps: 1 to 2
	// one ends with loss 1
	// two ends with loss 2
}
