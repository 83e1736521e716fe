package nb

import (
	"fmt"
	"html"
	"strings"
)

// Markdown shows text as Markdown. It is for the author's own words: values
// from outside belong into [Table], which escapes them.
func Markdown(text string) { output.markdown(text) }

// Formula shows a formula in TeX on a line of its own. The error says that the
// text would end the formula early.
func Formula(tex string) error {
	if strings.Contains(tex, "$$") {
		return fmt.Errorf("nb: formula %q holds $$, which would end it", tex)
	}
	output.markdown("$$" + strings.TrimSpace(tex) + "$$")
	return nil
}

// Table shows rows under heads; the first column names the row. Cells are
// escaped. Columns whose cells are all numbers are set to the right. The error
// names the first row whose number of cells is not that of the heads.
func Table(title string, heads []string, rows [][]string) error {
	for i, row := range rows {
		if len(row) != len(heads) {
			return fmt.Errorf("nb: table %q: row %d has %d cells, want %d as its head", title, i+1, len(row), len(heads))
		}
	}
	right := numeric(heads, rows)
	var b strings.Builder
	b.WriteString(`<table class="nas-table">`)
	if title != "" {
		const style = "caption-side:top;text-align:left;font-weight:600"
		fmt.Fprintf(&b, `<caption style="%s">%s</caption>`, style, html.EscapeString(title))
	}
	b.WriteString("<thead><tr>")
	for i, head := range heads {
		fmt.Fprintf(&b, `<th scope="col" style="text-align:%s">%s</th>`, side(right[i]), html.EscapeString(head))
	}
	b.WriteString("</tr></thead><tbody>")
	for _, row := range rows {
		b.WriteString("<tr>")
		for i, cell := range row {
			tag := "td"
			if i == 0 {
				tag = `th scope="row"`
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, tag, side(right[i]), html.EscapeString(cell), tag[:2])
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	output.html(b.String(), plainTable(title, heads, rows))
	return nil
}

func side(right bool) string {
	if right {
		return "right"
	}
	return "left"
}

// numeric says for each column whether all its cells look like numbers.
func numeric(heads []string, rows [][]string) []bool {
	out := make([]bool, len(heads))
	for i := range heads {
		out[i] = i > 0 && len(rows) > 0
		for _, row := range rows {
			cell := strings.TrimSpace(row[i])
			if cell != "" && cell != "–" && !strings.ContainsAny(cell[:1], "0123456789.+-") && !strings.HasPrefix(cell, "−") {
				out[i] = false
			}
		}
	}
	return out
}

// plainTable returns the table as text, columns padded.
func plainTable(title string, heads []string, rows [][]string) string {
	width := make([]int, len(heads))
	all := append([][]string{heads}, rows...)
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	if title != "" {
		b.WriteString(title + "\n")
	}
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", width[i]-len([]rune(cell))+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
