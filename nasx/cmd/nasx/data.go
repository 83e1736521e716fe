package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"naslab.dev/datasets"
)

// dataCmd groups the commands about image sets.
type dataCmd struct {
	List dataListCmd `cmd:"" help:"List the image sets and what of them is on this machine."`
	Get  dataGetCmd  `cmd:"" help:"Download an image set into the cache."`
}

// dataListCmd lists the image sets.
type dataListCmd struct {
	jsonFlag
}

// Run lists them.
func (c dataListCmd) Run(s std) error {
	entries := datasets.List(datasets.Options{})
	return c.print(s.out, entries, func(w io.Writer) {
		for _, e := range entries {
			size := fmt.Sprintf("%d×%d×%d", e.Height, e.Width, e.Channels)
			fmt.Fprintf(w, "%-14s %-10s %6d + %5d images %-8s %3d classes  %s\n",
				e.Name, e.State, e.Train, e.Test, size, e.Classes, e.Where)
			if e.Problem != "" {
				fmt.Fprintf(w, "%-14s → %s\n", "", e.Problem)
			}
		}
	})
}

// dataGetCmd downloads an image set.
type dataGetCmd struct {
	jsonFlag
	Name string `arg:"" help:"Name of the set; an unknown one lists all."`
}

// Run downloads it.
func (c dataGetCmd) Run(ctx context.Context, s std) error {
	known := false
	for _, name := range datasets.Names() {
		known = known || name == c.Name
	}
	if !known {
		return usage("there is no image set %q to get, want one of %s", c.Name, strings.Join(datasets.Names(), ", "))
	}
	show := downloads{w: s.err}
	where, err := datasets.Get(ctx, c.Name, show.report)
	show.finish()
	if err != nil {
		return err
	}
	value := map[string]string{"name": c.Name, "where": where}
	return c.print(s.out, value, func(w io.Writer) {
		if where == "" {
			where = "part of the program"
		}
		fmt.Fprintf(w, "%s: %s\n", c.Name, where)
	})
}

// downloads shows the progress of files, one after the other.
type downloads struct {
	w    io.Writer
	file string
	bar  *progressbar.ProgressBar
	last time.Time
}

func (d *downloads) report(p datasets.Progress) {
	if p.Again != nil {
		d.finish()
		d.file = ""
		fmt.Fprintf(d.w, "%s: %v; trying again\n", p.File, p.Again)
		return
	}
	f, ok := d.w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		if p.File != d.file || time.Since(d.last) > between {
			d.file, d.last = p.File, time.Now()
			fmt.Fprintf(d.w, "%s from %s: %.1f of %.1f MB\n", p.File, p.Host, float64(p.Done)/1e6, float64(p.Total)/1e6)
		}
		return
	}
	if p.File != d.file {
		d.finish()
		d.file = p.File
		d.bar = progressbar.NewOptions64(p.Total,
			progressbar.OptionSetWriter(d.w),
			progressbar.OptionShowBytes(true),
			progressbar.OptionFullWidth(),
			progressbar.OptionSetDescription(p.File),
			progressbar.OptionThrottle(100*time.Millisecond),
		)
	}
	_ = d.bar.Set64(p.Done)
}

func (d *downloads) finish() {
	if d.bar != nil {
		fmt.Fprintln(d.w)
		d.bar = nil
	}
}

// checkData refuses the name of an image set that there is not. A folder has a
// slash in its name.
func checkData(name string) error {
	if strings.ContainsAny(name, `/\`) || slices.Contains(datasets.Names(), name) {
		return nil
	}
	return usage("there is no image set %q, want one of %s, or a folder with a slash in its name (./%s)",
		name, strings.Join(datasets.Names(), ", "), name)
}
