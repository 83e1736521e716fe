package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"naslab.dev/nasx/run"
)

// exportCmd writes all steps of a run.
type exportCmd struct {
	jsonFlag
	Dir    string `arg:"" help:"Folder of the run."`
	Format string `enum:"jsonl,csv,tensorboard" default:"jsonl" help:"Traces as lines, scalars as csv, or an event file."`
	Out    string `placeholder:"FILE" help:"File, folder, or - for stdout (the default, except for tensorboard)."`
}

// Run writes them.
func (c exportCmd) Run(s std) error {
	r, err := run.Open(c.Dir)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // opened for reading
	path := c.Out
	if path == "" && c.Format == run.FormatTensorBoard {
		path = "."
	}
	if path == "" || path == "-" {
		if c.JSON {
			return usage("--json with the export itself on stdout makes two results: give --out FILE")
		}
		w := bufio.NewWriter(s.out)
		if err := r.Export(w, c.Format); err != nil {
			return err
		}
		return w.Flush()
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, r.ExportName(c.Format))
	}
	if err := replace(path, func(w io.Writer) error { return r.Export(w, c.Format) }); err != nil {
		return err
	}
	return c.print(s.out, map[string]string{"file": path, "format": c.Format}, func(w io.Writer) {
		fmt.Fprintln(w, path)
	})
}

// replace writes a file beside its place and moves it there when it is whole.
func replace(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	w := bufio.NewWriter(f)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) //nolint:errcheck // ours, and useless
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}
