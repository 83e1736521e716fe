package run_test

import (
	"fmt"
	"os"
	"path/filepath"

	"naslab.dev/nasx/run"
)

// A run is started, stopped and taken up again; then one goes back to step 3.
func Example() {
	root, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	dir := filepath.Join(root, "first")
	s := newWalk(1)
	w, err := run.Create(dir, s.Describe())
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 5 {
		if _, err := w.Step(s); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(w.Close())

	w, again, err := run.Resume(dir, buildWalk)
	if err != nil {
		fmt.Println(err)
		return
	}
	trace, err := w.Step(again)
	fmt.Println(trace.Step, err)
	past, err := w.At(3, buildWalk)
	if err != nil {
		fmt.Println(err)
		return
	}
	trace, err = past.Step()
	fmt.Println(trace.Step, err, w.Finished())
	fmt.Println(w.Close())
	// Output:
	// <nil>
	// 6 <nil>
	// 4 <nil> 6
	// <nil>
}
