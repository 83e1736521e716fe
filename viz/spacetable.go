package viz

import (
	"fmt"
	"io"
	"math"
	"math/big"

	"naslab.dev/nasx/space"
)

// SpaceTable draws a search space as the matrix that all methods work on: one
// row per decision, one column per operation, a square where it can be chosen,
// and how many architectures that makes.
type SpaceTable struct {
	Caption
	Decisions []space.Decision
	Arch      space.Arch // an architecture to show in it; none for the bare space
}

// SVG implements [Figure].
func (t SpaceTable) SVG(w io.Writer) error { sh, err := t.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (t SpaceTable) PNG(w io.Writer) error { sh, err := t.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: decisions, choices and the number of architectures.
func (t SpaceTable) Alt() string { return altOf(t.sheet()) }

// CountArchitectures returns how many architectures a list of decisions makes:
// the product of their numbers of choices.
func CountArchitectures(decisions []space.Decision) *big.Int {
	n := big.NewInt(1)
	for _, d := range decisions {
		n.Mul(n, big.NewInt(int64(len(d.Choices))))
	}
	return n
}

// manyText writes a large number: "134,217,728", or "1.80·10¹⁶" from a billion
// on.
func manyText(n *big.Int) string {
	const plainDigits = 9
	if s := n.String(); len(s) <= plainDigits {
		return Thousands(s)
	}
	f, _ := new(big.Float).SetInt(n).Float64()
	if math.IsInf(f, 0) {
		return Power(len(n.String())-1) + " and more"
	}
	return scientific(f, 3)
}

// Measures of the table.
const (
	tableRow    = 17.0
	tableColumn = 46.0
	tableNames  = 52.0
	tableTop    = 46.0
	mostRows    = 400
)

// block of the table: the decisions of one cell.
type tableBlock struct {
	cell string
	rows []int
}

// check returns what keeps the space from being drawn.
func (t SpaceTable) check() error {
	if len(t.Decisions) == 0 || len(t.Decisions) > mostRows {
		return fmt.Errorf("viz: search space has %d decisions, want 1 to %d to draw it", len(t.Decisions), mostRows)
	}
	if t.Arch != nil && len(t.Arch) != len(t.Decisions) {
		return fmt.Errorf("viz: architecture has %d choices for %d decisions, want one each",
			len(t.Arch), len(t.Decisions))
	}
	for i, d := range t.Decisions {
		if len(d.Choices) == 0 || t.Arch != nil && (t.Arch[i] < 0 || t.Arch[i] >= len(d.Choices)) {
			return fmt.Errorf("viz: decision %q has %d choices, which do not fit the architecture",
				clip(d.Name, 40), len(d.Choices))
		}
	}
	return nil
}

// blocks groups the decisions by cell and lists all operations.
func (t SpaceTable) blocks() (blocks []tableBlock, ops []string) {
	for i, d := range t.Decisions {
		ops = union(ops, d.Choices)
		if k := len(blocks); k == 0 || blocks[k-1].cell != d.Cell {
			blocks = append(blocks, tableBlock{cell: d.Cell})
		}
		b := &blocks[len(blocks)-1]
		b.rows = append(b.rows, i)
	}
	return blocks, ops
}

func (t SpaceTable) sheet() (*sheet, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	blocks, ops := t.blocks()
	const most = 14
	if len(ops) > most {
		return nil, fmt.Errorf("viz: search space has %d operations, want at most %d to draw it", len(ops), most)
	}
	many := manyText(CountArchitectures(t.Decisions))
	title := fmt.Sprintf("%d decisions, %s architectures", len(t.Decisions), many)
	sh := newSheet(t.Caption, title,
		"One row per decision, one column per operation; an architecture is one square in every row.")
	sh.legend = ops
	deepest := 0
	for _, b := range blocks {
		deepest = max(deepest, len(b.rows))
	}
	const gap = 30.0
	wide := tableNames + tableColumn*float64(len(ops)) + gap
	perRow := max(1, int((bodyWidth+gap)/wide))
	deep := tableTop + tableRow*float64(deepest) + 8
	sh.height = deep * math.Ceil(float64(len(blocks))/float64(perRow))
	sh.body = func(s *sketch, at point) {
		for i, b := range blocks {
			t.block(s, b, ops, point{at.x + float64(i%perRow)*wide, at.y + float64(i/perRow)*deep})
		}
	}
	sh.alt = sentence(sh.caption.Title) + fmt.Sprintf(" %d operations; %s architectures in all.", len(ops), many)
	return sh, nil
}

// block draws the decisions of one cell.
func (t SpaceTable) block(s *sketch, b tableBlock, ops []string, at point) {
	s.text(point{at.x, at.y + 12}, titleOf(cellName(b.cell)), noteSize, true, s.tok.Ink, left)
	left0 := at.x + tableNames
	for k, key := range ops {
		middle := point{left0 + tableColumn*(float64(k)+0.5), at.y + 32}
		s.text(middle, Palette.Op(key).Head, labelSize, false, s.tok.Ink2, centre)
	}
	for r, i := range b.rows {
		y := at.y + tableTop + tableRow*float64(r)
		d := t.Decisions[i]
		s.text(point{at.x, y + 4}, clip(d.Name, 7), labelSize, false, s.tok.Ink, left)
		s.line(point{left0, y + tableRow/2}, point{left0 + tableColumn*float64(len(ops)), y + tableRow/2}, 1, s.tok.Line)
		for k, key := range d.Choices {
			op := Palette.Op(key)
			c := s.opColor(op)
			middle := point{left0 + tableColumn*(float64(rank(ops, key))+0.5), y}
			if t.Arch != nil && t.Arch[i] != k {
				s.frame(centred(middle, 8, 8), 1.5, 1, s.tok.Line)
				continue
			}
			swatch(s, middle, 10, op, c)
		}
	}
}
