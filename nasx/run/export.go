package run

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"naslab.dev/nasx/search"
)

// Formats of [Reader.Export].
const (
	FormatJSONL       = "jsonl"       // one trace a line, fixed order, no times: equal runs give equal bytes
	FormatCSV         = "csv"         // step, phase and scalars; a scalar that a step lacks is an empty field
	FormatTensorBoard = "tensorboard" // an event file with the scalars
)

// Formats lists what [Reader.Export] can write.
func Formats() []string { return []string{FormatJSONL, FormatCSV, FormatTensorBoard} }

// ExportName returns a file name for an export of the run. TensorBoard finds
// its files by the word tfevents in their names.
func (r *Reader) ExportName(format string) string {
	if format == FormatTensorBoard {
		return fmt.Sprintf("events.out.tfevents.%d.%s", r.meta.Created.Unix(), r.Name())
	}
	return r.Name() + "." + format
}

// Export writes all steps in one of the formats.
func (r *Reader) Export(w io.Writer, format string) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch format {
	case FormatJSONL:
		err = r.exportJSONL(buffered)
	case FormatCSV:
		err = r.exportCSV(buffered)
	case FormatTensorBoard:
		err = r.exportTensorBoard(buffered)
	default:
		return fmt.Errorf("run: export format %q, want one of %s", format, strings.Join(Formats(), ", "))
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return fmt.Errorf("run: export %s of %s: %w", format, r.dir, err)
	}
	return nil
}

// exportJSONL writes the traces as they would be stored now.
func (r *Reader) exportJSONL(w *bufio.Writer) error {
	return r.Each(1, math.MaxInt, func(trace search.Trace, _ float64) error {
		raw, err := encodeTrace(trace)
		if err != nil {
			return err
		}
		_, err = w.Write(append(raw, '\n'))
		return err
	})
}

// exportCSV writes a header and one row per step.
func (r *Reader) exportCSV(w io.Writer) error {
	curves, err := r.Curves()
	if err != nil {
		return err
	}
	header := []string{"step", "phase"}
	for _, c := range curves {
		header = append(header, c.Name)
	}
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	err = r.Each(1, math.MaxInt, func(trace search.Trace, _ float64) error {
		row := []string{strconv.Itoa(trace.Step), trace.Phase}
		for _, name := range header[2:] {
			field := ""
			if v, ok := trace.Scalars[name]; ok {
				field = strconv.FormatFloat(v, 'g', -1, 64)
			}
			row = append(row, field)
		}
		return out.Write(row)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// exportTensorBoard writes one event per step. Its wall time is the run's start
// plus the time spent in steps, in seconds since 1970.
func (r *Reader) exportTensorBoard(w io.Writer) error {
	now := float64(r.meta.Created.UnixMilli()) / 1000
	if err := writeRecord(w, versionEvent(now)); err != nil {
		return err
	}
	return r.Each(1, math.MaxInt, func(trace search.Trace, wallMS float64) error {
		now += wallMS / 1000
		if len(trace.Scalars) == 0 {
			return nil
		}
		names := slices.Sorted(maps.Keys(trace.Scalars))
		return writeRecord(w, scalarEvent(now, trace.Step, names, trace.Scalars))
	})
}
