package viz_test

import (
	"bytes"
	"fmt"
	"log"

	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

func ExampleCellOfGenotype() {
	genotype := space.Genotype{
		Normal: []space.Link{{Op: "sep_conv_3x3", From: 0}, {Op: "skip_connect", From: 1}}, NormalConcat: []int{2},
		Edges: space.EdgesTop2,
	}
	cell, err := viz.CellOfGenotype(genotype, "normal")
	if err != nil {
		log.Fatal(err)
	}
	cell.Title = "The smallest cell"
	var svg bytes.Buffer
	if err := cell.SVG(&svg); err != nil {
		log.Fatal(err)
	}
	fmt.Println(cell.Alt())
	fmt.Println(svg.Len() > 1000)
	// Output:
	// The smallest cell. 0→2 sep conv 3×3, 1→2 skip connect.
	// true
}

func ExampleAfterSearch() {
	figure := viz.AfterSearch{Outcomes: []viz.Outcome{
		{Method: "snas", Search: []float64{0.953, 0.987}, Child: []float64{0.98, 0.994}},
	}}
	fmt.Println(figure.Alt())
	// Output:
	// Accuracy after search. Mean of 2 seeds: SNAS search 0.970 (0.953 to 0.987), SNAS child 0.987 (0.980 to 0.994).
}

func ExampleReal() {
	fmt.Println(viz.Real(0.5149), viz.Real(-0.000585), viz.Real(12300), viz.Prob(0.244), viz.Credit(0.0115))
	// Output: 0.515 −5.85·10⁻⁴ 12,300 .24 +11.5
}
