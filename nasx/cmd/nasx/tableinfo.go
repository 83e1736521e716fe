package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/space"
)

// States of a table.
const (
	stateComplete = "complete"
	statePartial  = "partial"
	stateMissing  = "missing"
)

// tableInfo says what a table is.
type tableInfo struct {
	Name          string       `json:"name"`
	Title         string       `json:"title,omitempty"`
	State         string       `json:"state"` // complete, partial or missing
	Source        string       `json:"source,omitempty"`
	Where         string       `json:"where,omitempty"`
	Bytes         int64        `json:"bytes,omitempty"`
	SHA256        string       `json:"sha256,omitempty"`
	Architectures int          `json:"architectures,omitempty"`
	Columns       []columnInfo `json:"columns,omitempty"`
	Missing       []string     `json:"missing_columns,omitempty"`
	Tasks         []string     `json:"tasks,omitempty"` // what --data can name on this table
}

// columnInfo says what a column holds.
type columnInfo struct {
	bench.Column
	Best float64 `json:"best"` // highest value, in the column's unit
	Arch string  `json:"arch"` // the first architecture that has it
}

func infoOf(t *bench.Table, path string) (tableInfo, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return tableInfo{}, err
	}
	info := tableInfo{
		Name: t.Name(), Title: t.Title(), State: stateComplete, Source: t.Source(), Where: path,
		Bytes: stat.Size(), SHA256: t.Checksum(), Architectures: t.Size(), Missing: t.Missing(),
	}
	if len(info.Missing) > 0 {
		info.State = statePartial
	}
	for _, column := range t.Columns() {
		best, arch, err := t.Best(column.Name)
		if err != nil {
			return tableInfo{}, err
		}
		text, err := formatArch(t.Name(), arch)
		if err != nil {
			return tableInfo{}, err
		}
		info.Columns = append(info.Columns, columnInfo{column, best, text})
	}
	for _, task := range bench.Tasks() {
		if _, err := bench.NewTask(t, task, 1); err == nil {
			info.Tasks = append(info.Tasks, task)
		}
	}
	return info, nil
}

// parseArch reads an architecture as its benchmark writes it.
func parseArch(table, text string) (space.Arch, error) {
	if table == "nbmacro" {
		return bench.ParseMacro(text)
	}
	return bench.ParseNB201(text)
}

// formatArch writes an architecture as its benchmark does.
func formatArch(table string, arch space.Arch) (string, error) {
	if table == "nbmacro" {
		return bench.FormatMacro(arch)
	}
	return bench.FormatNB201(arch)
}

// decimal writes a value with the digits that its column has.
func decimal(v float64, c bench.Column) string {
	return strconv.FormatFloat(v, 'f', c.Decimals, 64)
}

// listTables writes a line per table.
func listTables(w io.Writer, infos []tableInfo) {
	for _, i := range infos {
		if i.State == stateMissing {
			fmt.Fprintf(w, "%-8s %-9s nasx table get %s, or nasx table import %s\n", i.Name, i.State, i.Name, i.Name)
			continue
		}
		fmt.Fprintf(w, "%-8s %-9s %d architectures, %d columns, %.1f MB: %s\n",
			i.Name, i.State, i.Architectures, len(i.Columns), float64(i.Bytes)/1e6, i.Where)
		if len(i.Missing) > 0 {
			fmt.Fprintf(w, "%-8s lacks %s: its source, %s, has none\n", "", strings.Join(i.Missing, ", "), i.Source)
		}
	}
}

// text writes everything about one table.
func (i tableInfo) text(w io.Writer) {
	fmt.Fprintf(w, "%s, %d architectures, %s\n", i.Title, i.Architectures, i.State)
	fmt.Fprintf(w, "  %-18s %s\n  %-18s %s (%.1f MB)\n  %-18s %s\n",
		"source", i.Source, "file", i.Where, float64(i.Bytes)/1e6, "sha256", i.SHA256)
	if len(i.Missing) > 0 {
		fmt.Fprintf(w, "  %-18s %s\n", "lacks", strings.Join(i.Missing, ", "))
	}
	fmt.Fprintf(w, "  %-18s --data %s\n", "to search", strings.Join(i.Tasks, ", "))
	fmt.Fprintf(w, "  %-18s %14s  %s\n", "column", "highest", "first architecture that has it")
	for _, c := range i.Columns {
		fmt.Fprintf(w, "  %-18s %14s  %s\n", c.Name, decimal(c.Best, c.Column)+" "+c.Unit, c.Arch)
	}
}
