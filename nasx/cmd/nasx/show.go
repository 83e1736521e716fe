package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/viz"
)

// showCmd says what a run is and where it stands.
type showCmd struct {
	jsonFlag
	Dir  string `arg:"" help:"Folder of the run."`
	Step int    `placeholder:"N" help:"Step to show (default: the last)."`
	SVG  string `name:"svg" placeholder:"FILE" help:"Draw a cell of that step into an SVG file."`
	PNG  string `name:"png" placeholder:"FILE" help:"The same into a PNG file."`
	Cell string `placeholder:"CELL" help:"Cell to draw: normal or reduce (default: the first)."`
}

// shownRun is the result of show.
type shownRun struct {
	Description search.Description `json:"description"`
	Steps       int                `json:"steps"`
	Step        int                `json:"step"`
	Scalars     map[string]float64 `json:"scalars"`
	Genotypes   []run.Derived      `json:"genotypes"`
	Origin      *run.Origin        `json:"origin,omitempty"`
	Versions    map[string]string  `json:"versions,omitempty"`
	Summary     *summary           `json:"summary,omitempty"`
	Figures     []string           `json:"figures,omitempty"`
}

// Run shows it.
func (c showCmd) Run(s std) error {
	r, err := run.Open(c.Dir)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // opened for reading
	value, trace, err := c.read(r)
	if err != nil {
		return err
	}
	if value.Figures, err = c.draw(value.Description, trace); err != nil {
		return err
	}
	return c.print(s.out, value, func(w io.Writer) { value.text(w, c.Dir) })
}

// read collects what the run says of one step.
func (c showCmd) read(r *run.Reader) (shownRun, search.Trace, error) {
	meta := r.Meta()
	value := shownRun{Description: meta.Description, Origin: meta.Origin, Versions: meta.Versions}
	var err error
	if value.Steps, err = r.Steps(); err != nil {
		return value, search.Trace{}, err
	}
	var trace search.Trace
	if c.Step == 0 {
		trace, err = r.Last()
	} else {
		trace, err = r.Trace(c.Step)
	}
	if err != nil {
		return value, trace, err
	}
	value.Step, value.Scalars = trace.Step, trace.Scalars
	if value.Genotypes, err = r.Genotypes(); err != nil {
		return value, trace, err
	}
	var sum summary
	if found, err := r.Get(summaryKey, &sum); err != nil {
		return value, trace, err
	} else if found {
		value.Summary = &sum
	}
	return value, trace, nil
}

// draw makes the pictures that were asked for.
func (c showCmd) draw(d search.Description, t search.Trace) ([]string, error) {
	if c.SVG == "" && c.PNG == "" {
		return nil, nil
	}
	if t.Step == 0 {
		return nil, fmt.Errorf("%s has no step yet, so there is no cell to draw", c.Dir)
	}
	which := c.Cell
	if which == "" && len(d.Decisions) > 0 {
		which = d.Decisions[0].Cell
	}
	cell, err := viz.CellOfTrace(d, t, which)
	if err != nil {
		return nil, err
	}
	var files []string
	for path, write := range map[string]func(io.Writer) error{c.SVG: cell.SVG, c.PNG: cell.PNG} {
		if path == "" {
			continue
		}
		if err := replace(path, write); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	return files, nil
}

// text writes it for a person.
func (v shownRun) text(w io.Writer, dir string) {
	d := v.Description
	fmt.Fprintf(w, "%s: %s (%s) on %s, seed %d, step %d of %d stored",
		filepath.Clean(dir), d.Label, d.Note, d.Data, d.Seed, v.Step, v.Steps)
	if d.Steps > 0 {
		fmt.Fprintf(w, ", %d planned", d.Steps)
	}
	fmt.Fprintln(w)
	if v.Origin != nil {
		fmt.Fprintf(w, "  forked from %s at step %d\n", v.Origin.Run, v.Origin.Step)
	}
	for _, key := range sorted(v.Scalars) {
		fmt.Fprintf(w, "  %-18s %.4f\n", strings.ReplaceAll(key, "_", " "), v.Scalars[key])
	}
	for _, g := range v.Genotypes {
		fmt.Fprintf(w, "  step %d, %s: %s\n", g.Step, g.Rule, g.Genotype.Literal())
	}
	for _, path := range v.Figures {
		fmt.Fprintf(w, "  drawn: %s\n", path)
	}
}
