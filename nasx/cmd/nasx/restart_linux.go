package main

import (
	"os"
	"slices"
	"syscall"

	"naslab.dev/nasx/hugepages"
)

// restart starts this program over with the C library's settings of package
// hugepages, in the same process; where that fails it returns and all goes on as
// it is. It is the first thing that the program does.
func restart() {
	env := os.Environ()
	tuned := hugepages.Env(env)
	program, err := os.Executable()
	if err != nil || slices.Equal(env, tuned) {
		return
	}
	_ = syscall.Exec(program, os.Args, tuned) // returns only when it failed
}
