// Command growth draws what growth.py measured: one figure for each base, as SVG and PNG
// beside the results.
//
//	go run ./tools/peers/growth tools/peers/results/growth.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"naslab.dev/viz"
)

// results is what growth.py writes, as far as it is drawn.
type results struct {
	Processor string  `json:"processor"`
	Threads   int     `json:"threads"`
	Date      string  `json:"date"`
	Rounds    int     `json:"rounds"`
	Growth    []grown `json:"growth"`
}

// grown are the networks around one base, the base first.
type grown struct {
	Base   string    `json:"base"`
	Title  string    `json:"title"`
	Points []network `json:"points"`
}

// network is one network with what it took.
type network struct {
	Sizes        map[string]int  `json:"sizes"`
	MultiplyAdds float64         `json:"multiply_adds"`
	Step         *viz.TimeSpread `json:"step_seconds"` // nil where it took too long
	Compile      *viz.TimeSpread `json:"compile_seconds"`
}

// varied are the sizes with their names in the figure.
var varied = []struct{ size, name string }{
	{"channels", "channels C"}, {"cells", "cells"}, {"nodes", "nodes of a cell"}, {"batch", "images of a batch"},
}

// mostBytes bounds the results' file.
const mostBytes = 16 << 20

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "growth: want one argument, the path of growth.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

// run draws a file of results.
func run(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // opened for reading
	pictures, err := draw(io.LimitReader(f, mostBytes))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for name, picture := range pictures {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// draw returns the pictures of some results by the names of their files.
func draw(from io.Reader) (map[string][]byte, error) {
	var r results
	if err := json.NewDecoder(from).Decode(&r); err != nil {
		return nil, err
	}
	pictures := map[string][]byte{}
	for _, g := range r.Growth {
		if strings.Trim(g.Base, "abcdefghijklmnopqrstuvwxyz") != "" {
			return nil, fmt.Errorf("base %q, want small letters, for the name of a file", g.Base)
		}
		figure := r.figure(g)
		for ending, write := range map[string]func(io.Writer) error{"svg": figure.SVG, "png": figure.PNG} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				return nil, fmt.Errorf("base %q: %w", g.Base, err)
			}
			pictures["growth-"+g.Base+"."+ending] = out.Bytes()
		}
	}
	return pictures, nil
}

// figure draws the networks around one base.
func (r results) figure(g grown) viz.Growth {
	figure := viz.Growth{Caption: viz.Caption{
		Title: "How a step of weights and its compilation grow around " + g.Title,
		Note: fmt.Sprintf("Medians; bars: least and most; rounds: %d. Dashed: a step that grows like its multiply-adds. "+
			"All axes are logarithmic.", r.Rounds),
		Repro: fmt.Sprintf("make growth · %s, %d threads, %s", r.Processor, r.Threads, r.Date),
	}}
	for _, v := range varied {
		p := viz.GrowthPanel{Name: v.name}
		for _, n := range g.row(v.size) {
			base := g.Points[0]
			p.Sizes = append(p.Sizes, n.Sizes[v.size])
			p.Step, p.Compile = append(p.Step, *n.Step), append(p.Compile, *n.Compile)
			p.Counted = append(p.Counted, base.Step.Median*n.MultiplyAdds/base.MultiplyAdds)
		}
		if len(p.Sizes) > 1 {
			figure.Panels = append(figure.Panels, p)
		}
	}
	return figure
}

// row returns the measured networks that differ from the base in one size only, by that
// size; a stem that grows with the channels is no difference.
func (g grown) row(size string) []network {
	var row []network
	for _, n := range g.Points {
		same := n.Step != nil && n.Compile != nil && g.Points[0].Step != nil
		for name, value := range g.Points[0].Sizes {
			follows := name == size || name == "stem" && size == "channels"
			same = same && (follows || n.Sizes[name] == value)
		}
		if same {
			row = append(row, n)
		}
	}
	slices.SortFunc(row, func(a, b network) int { return a.Sizes[size] - b.Sizes[size] })
	return row
}
