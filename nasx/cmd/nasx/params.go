package main

import (
	"fmt"
	"io"
	"os"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/supernet"
)

// paramsCmd counts a network without building it.
type paramsCmd struct {
	jsonFlag
	Genotype string `placeholder:"FILE" help:"Count its child (JSON or the references' form), not the search network."`
	Channels int    `required:"" placeholder:"C" help:"Channels of the first cell."`
	Cells    int    `required:"" placeholder:"L" help:"Number of cells."`
	Nodes    int    `placeholder:"N" help:"Nodes per cell (default: the genotype's, else 4)."`
	Classes  int    `default:"10" placeholder:"K" help:"Number of classes (default ${default})."`
	Image    int    `default:"32" placeholder:"S" help:"Side of an image in pixels (default ${default})."`
	Inputs   int    `default:"3" placeholder:"N" help:"Channels of an image (default ${default})."`
	Stem     int    `placeholder:"N" help:"Channels of the stem (default: 3 times C)."`
}

// largeImage is the side from which on networks begin with the stem of three
// convolutions.
const largeImage = 200

// counted is the result of params.
type counted struct {
	Parameters int64 `json:"parameters"`
	FLOPs      int64 `json:"flops"` // multiply-adds for one image
}

// Run counts.
func (c paramsCmd) Run(s std) error {
	n := cost.Net{
		Cells: c.Cells, Channels: c.Channels, Stem: orDefault(c.Stem, 3*c.Channels),
		Reductions: supernet.DefaultReductions(c.Cells), Height: c.Image, Width: c.Image,
		InputChannels: c.Inputs, Classes: c.Classes, ThreeConvStem: c.Image >= largeImage,
	}
	var count cost.Count
	var err error
	if c.Genotype == "" {
		nodes := orDefault(c.Nodes, 4)
		count, err = cost.Search(space.Cells{Nodes: nodes, Ops: space.DefaultOps()}, n)
	} else {
		var g space.Genotype
		if g, err = readGenotype(c.Genotype); err != nil {
			return err
		}
		if c.Nodes != 0 && c.Nodes != g.Nodes() {
			return usage("--nodes is %d, but the cells in %s have %d nodes", c.Nodes, c.Genotype, g.Nodes())
		}
		n.Affine = true
		count, err = cost.Child(g, n)
	}
	if err != nil {
		return err
	}
	return c.print(s.out, counted{count.Params, count.FLOPs}, func(w io.Writer) {
		fmt.Fprintf(w, "%d parameters, %d multiply-adds for one image\n", count.Params, count.FLOPs)
	})
}

// maxGenotype bounds a genotype's file, in bytes.
const maxGenotype = 1 << 20

// readGenotype reads a file, or standard input for "-".
func readGenotype(path string) (space.Genotype, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return space.Genotype{}, err
		}
		defer f.Close() //nolint:errcheck // opened for reading
	}
	text, err := io.ReadAll(io.LimitReader(f, maxGenotype+1))
	if err != nil {
		return space.Genotype{}, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if len(text) > maxGenotype {
		return space.Genotype{}, fmt.Errorf("%s has more than %d bytes, too many for a genotype", path, maxGenotype)
	}
	g, err := space.ParseGenotype(text)
	if err != nil {
		return space.Genotype{}, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}
