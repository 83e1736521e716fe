package enas_test

import (
	"fmt"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/credit/rudder"
	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/search"
)

// REINFORCE with the credit of RUDDER: the rule is the third argument.
func ExampleNew() {
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	rule, err := rudder.New([]int{5, 5, 5, 5, 5, 5}) // choices of the six decisions
	if err != nil {
		fmt.Println(err)
		return
	}
	controller, err := enas.New(table.Space(), enas.DefaultConfig(), rule)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := search.Drive(controller, table)
	for range 100 {
		if _, err := s.Step(); err != nil {
			fmt.Println(err)
			return
		}
	}
	tr, err := s.Step()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("step %d, credit by %s\n", tr.Step, tr.CreditBy)
	fmt.Println("one for all decisions:", tr.Credit[0] == tr.Credit[1])
	// Output:
	// step 101, credit by RUDDER, linear
	// one for all decisions: false
}
