package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Columns of a NAS-Bench-201 table that this program uses by name. An accuracy
// is the mean over the benchmark's runs, in percent; the number at its end is
// the number of epochs.
const (
	ColumnIndex   = "index"         // the architecture's number in the benchmark
	ColumnSeconds = "query_seconds" // simulated seconds of a query; see [FitSeconds]

	ColumnCIFAR10Valid  = "c10valid_val_200" // trained on half of the training images
	ColumnCIFAR10Test   = "c10_test_200"     // trained on all training images
	ColumnCIFAR100Valid = "c100_val_200"
	ColumnCIFAR100Test  = "c100_test_200"
	ColumnImageNetValid = "in16_val_200"
	ColumnImageNetTest  = "in16_test_200"

	ColumnReward = "c10_val_12" // reward of the table protocol
)

const (
	percentDecimals = 4 // of the accuracies, as the compiled table prints them
	secondsDecimals = 6
	csvRows         = 20000 // more than any table has
)

// nb201Columns lists the columns of a complete table.
func nb201Columns() []Column {
	columns := []Column{{Name: ColumnIndex}}
	for _, name := range []string{
		"c10valid_train_200", ColumnCIFAR10Valid, "c10valid_test_200", ColumnCIFAR10Test,
		"c100_train_200", ColumnCIFAR100Valid, ColumnCIFAR100Test,
		"in16_train_200", ColumnImageNetValid, ColumnImageNetTest,
		"c10_test_12", ColumnReward, "c100_test_12", "c100_val_12", "in16_test_12", "in16_val_12",
	} {
		columns = append(columns, Column{name, UnitPercent, percentDecimals})
	}
	return append(columns, Column{ColumnSeconds, UnitSeconds, secondsDecimals})
}

// ImportNB201 reads the compiled table of NAS-Bench-201 and the times of its
// first 1,000 architectures, both as CSV with a line of names. Without times,
// nil, the table has no simulated seconds.
func ImportNB201(accuracies, times io.Reader, source string) (*Table, error) {
	k, err := kindOf(nb201Name)
	if err != nil {
		return nil, err
	}
	columns := nb201Columns()
	columns = columns[:len(columns)-1]
	t := newTable(k, source, columns)
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	if err := t.read(accuracies, "arch", names, names); err != nil {
		return nil, err
	}
	if times == nil {
		return t, t.check()
	}
	if err := t.addSeconds(times); err != nil {
		return nil, err
	}
	return t, t.check()
}

// Extract is one of the public extracts of NAS-Bench-201: a CSV file with the
// accuracies of one data set after 200 epochs.
type Extract struct {
	File    string    // as published
	Content io.Reader // its bytes
	Train   string    // columns of the table that it fills
	Valid   string
	Test    string
}

// ImportExtracts makes a table from public extracts. It has the 200-epoch
// columns that they name and the architectures' numbers, and nothing else.
func ImportExtracts(source string, extracts ...Extract) (*Table, error) {
	k, err := kindOf(nb201Name)
	if err != nil {
		return nil, err
	}
	columns := []Column{{Name: ColumnIndex}}
	for _, e := range extracts {
		for _, name := range []string{e.Train, e.Valid, e.Test} {
			columns = append(columns, Column{name, UnitPercent, percentDecimals})
		}
	}
	t := newTable(k, source, columns)
	for i, e := range extracts {
		from := []string{"train accuracy", "validation accuracy", "test accuracy"}
		to := []string{e.Train, e.Valid, e.Test}
		if i == 0 {
			from, to = append(from, "file id"), append(to, ColumnIndex)
		}
		if err := t.read(e.Content, "arch str", from, to); err != nil {
			return nil, fmt.Errorf("%w, in %s", err, e.File)
		}
	}
	return t, t.check()
}

// read fills columns of the table from those of a CSV file, whose architectures
// stand as strings in the column archName.
func (t *Table) read(r io.Reader, archName string, from, to []string) error {
	return eachRow(r, append([]string{archName}, from...), func(fields []string) error {
		arch, err := ParseNB201(fields[0])
		if err != nil {
			return err
		}
		index, err := t.Index(arch)
		if err != nil {
			return err
		}
		for i, text := range fields[1:] {
			c := t.column(to[i])
			v, err := strconv.ParseFloat(text, 64)
			if percent := t.columns[c].Unit == UnitPercent; err != nil || percent && !(v >= 0 && v <= 100) {
				return fmt.Errorf("%s is %.20q, want an accuracy in percent or a number", from[i], text)
			}
			if err := t.set(c, index, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachRow calls a function with the named fields of every row of a CSV file.
func eachRow(r io.Reader, names []string, row func(fields []string) error) error {
	reader := csv.NewReader(io.LimitReader(r, fileLimit))
	reader.ReuseRecord = true
	head, err := reader.Read()
	if err != nil {
		return fmt.Errorf("bench: CSV without a line of names: %w", err)
	}
	places := make([]int, len(names))
	for i, name := range names {
		if places[i] = slices.Index(head, name); places[i] < 0 {
			return fmt.Errorf("bench: CSV has the columns %.300q, want %s among them", strings.Join(head, ","), name)
		}
	}
	fields := make([]string, len(names))
	for line := 2; ; line++ {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		if line > csvRows {
			return fmt.Errorf("bench: CSV has more than %d rows, too many for a table", csvRows)
		}
		for i, place := range places {
			fields[i] = record[place]
		}
		if err := row(fields); err != nil {
			return fmt.Errorf("bench: line %d: %w", line, err)
		}
	}
}
