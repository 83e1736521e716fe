package viz

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// DecisionTable draws decisions as rows of probabilities, for spaces whose
// decisions are no edges, or plain numbers with their names.
type DecisionTable struct {
	Caption
	Rows []DecisionRow // from 1 on; what is beyond 400 is counted
}

// DecisionRow is a row of [DecisionTable], or a row of column heads where Heads is
// set.
type DecisionRow struct {
	Name   string
	Heads  []string  // of the columns below, as operations
	Probs  []float64 // of the choices
	Chosen int       // the choice that was made, from 1; 0 for none
	Value  string    // at the right: a credit, or the value of a scalar
}

// SVG implements [Figure].
func (d DecisionTable) SVG(w io.Writer) error { sh, err := d.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (d DecisionTable) PNG(w io.Writer) error { sh, err := d.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the likeliest choice of every decision, or the numbers.
func (d DecisionTable) Alt() string { return altOf(d.sheet()) }

// Measures of the table.
const (
	decisionHead   = 22.0 // of a row of column heads
	decisionRow    = 18.0
	decisionName   = 300.0 // widest name of a row
	decisionCell   = 64.0  // widest cell
	decisionValue  = 76.0  // for what stands at the right
	decisionNumber = 10.0  // size of heads and probabilities
	mostTableRows  = 400
)

func (r DecisionRow) height() float64 {
	if r.Heads != nil {
		return decisionHead
	}
	return decisionRow
}

// check says what cannot be drawn.
func (d DecisionTable) check() error {
	if len(d.Rows) == 0 {
		return errors.New("viz: table has no rows to draw")
	}
	for _, r := range d.Rows {
		for _, v := range r.Probs {
			if !(v >= 0 && v <= 1+1e-6) {
				return fmt.Errorf("viz: decision %q has probability %v, want 0 to 1", clip(r.Name, 40), v)
			}
		}
	}
	return nil
}

func (d DecisionTable) sheet() (*sheet, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	rows := d.Rows
	if more := len(rows) - mostTableRows; more > 0 {
		rows = append(slices.Clone(rows[:mostTableRows]), DecisionRow{Name: fmt.Sprintf("and %d more", more)})
	}
	sh := newSheet(d.Caption, "Decisions", "Probabilities in per cent, by choice; full ink begins at 60.")
	var parts, heads []string
	for _, r := range rows {
		sh.height += r.height()
		switch {
		case r.Heads != nil:
			heads = r.Heads
		case len(r.Probs) > 0 && len(r.Probs) <= len(heads):
			k := argmax(r.Probs)
			parts = append(parts, fmt.Sprintf("%s %s %s", r.Name, Palette.Op(heads[k]).Name, fixed(r.Probs[k], 2)))
		default:
			parts = append(parts, strings.TrimSpace(r.Name+" "+r.Value))
		}
	}
	sh.alt = sentence(sh.caption.Title) + " " + strings.Join(parts, ", ") + "."
	sh.body = func(s *sketch, at point) { drawDecisions(s, at, rows) }
	return sh, nil
}

// drawDecisions draws all rows with columns of one width.
func drawDecisions(s *sketch, at point, rows []DecisionRow) {
	const gap, least = 14.0, 60.0
	names, columns := least, 1
	for _, r := range rows {
		columns = max(columns, len(r.Probs), len(r.Heads))
		names = max(names, min(decisionName, gap+textWidth(r.Name, labelSize, false)))
	}
	cell := min(decisionCell, (bodyWidth-names-decisionValue-gap)/float64(columns))
	start := at.x + names
	end := start + cell*float64(columns) + decisionValue
	for _, r := range rows {
		s.decisionHeads(r.Heads, point{start, at.y}, cell)
		s.text(point{at.x, at.y + 13}, within(r.Name, names-8, labelSize), labelSize, false, s.tok.Ink, left)
		s.decisionProbs(r, point{start, at.y}, cell)
		s.text(point{end, at.y + 13}, r.Value, labelSize, false, s.tok.Ink, right)
		at.y += r.height()
	}
}

// decisionHeads names columns; operations of the palette have their colour below.
func (s *sketch) decisionHeads(heads []string, at point, cell float64) {
	for k, key := range heads {
		op, x := Palette.Op(key), at.x+cell*float64(k)
		s.text(point{x + cell/2, at.y + 13}, within(op.Head, cell-4, decisionNumber), decisionNumber, false, s.tok.Ink2, centre)
		if slices.ContainsFunc(Palette.Ops, func(o OpStyle) bool { return o.Key == key }) {
			s.rect(box{x + 3, at.y + 16, x + cell - 4, at.y + 18.5}, 0, s.opColor(op))
		}
	}
}

// decisionProbs draws the probabilities of a row, a dot beside what was chosen.
func (s *sketch) decisionProbs(r DecisionRow, at point, cell float64) {
	for k, v := range r.Probs {
		x := at.x + cell*float64(k)
		tone := Tone(v, 1/float64(len(r.Probs)))
		s.rect(box{x, at.y, x + cell - 1, at.y + decisionRow - 1}, 0, mix(s.tok.Bg, s.tok.Heat, tone))
		ink := s.tok.Ink
		if tone > 0.45 { // by the luminance of the ground
			ink = s.tok.Bg
		}
		s.text(point{x + cell/2, at.y + 13}, Percent(v), decisionNumber, false, ink, centre)
		if k+1 == r.Chosen {
			s.rect(box{x + cell - 8, at.y + 3, x + cell - 4.5, at.y + 6.5}, 0, ink)
		}
	}
}

// within shortens a name in its middle until it fits: what tells names apart often
// stands at their ends.
func within(name string, room, size float64) string {
	letters := []rune(name)
	shown := name
	for n := len(letters); n > 2 && textWidth(shown, size, false) > room; n-- {
		head := n / 2
		shown = string(letters[:head]) + "…" + string(letters[len(letters)-(n-1-head):])
	}
	return shown
}
