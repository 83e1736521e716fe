package viz

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Mixtures draws rows that sum to 1 as bars of full length, divided into the
// colours of the operations: the weights of a softmax mixture, or relaxed
// one-hot samples. A one-hot row is a bar of one colour. Blocks stand side by
// side, for example one per temperature.
type Mixtures struct {
	Caption
	Ops    []string // of the entries of every row, at most 14
	Blocks []Mixture
}

// Mixture is one block of [Mixtures].
type Mixture struct {
	Title string
	Names []string    // of the rows; none for none
	Rows  [][]float64 // each with one entry per operation, from 0 on, summing to 1
}

// SVG implements [Figure].
func (m Mixtures) SVG(w io.Writer) error { sh, err := m.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (m Mixtures) PNG(w io.Writer) error { sh, err := m.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: of each block, how large the largest entries are.
func (m Mixtures) Alt() string { return altOf(m.sheet()) }

// Measures of a bar.
const (
	mixtureRow  = 19.0
	mixtureBar  = 14.0
	mixtureGap  = 18.0
	mixtureName = 38.0
	mixtureHead = 22.0
)

// check says what cannot be drawn.
func (m Mixtures) check() error {
	const mostBlocks, mostRows, mostOps, rounding = 6, 100, 14, 1e-6
	if len(m.Blocks) == 0 || len(m.Blocks) > mostBlocks || len(m.Ops) == 0 || len(m.Ops) > mostOps {
		return fmt.Errorf("viz: %d blocks of %d operations, want 1 to %d of 1 to %d",
			len(m.Blocks), len(m.Ops), mostBlocks, mostOps)
	}
	for _, b := range m.Blocks {
		name := clip(b.Title, 40)
		if len(b.Rows) == 0 || len(b.Rows) > mostRows || (b.Names != nil && len(b.Names) != len(b.Rows)) {
			return fmt.Errorf("viz: block %q has %d rows and %d names, want 1 to %d rows with a name each or none",
				name, len(b.Rows), len(b.Names), mostRows)
		}
		for i, row := range b.Rows {
			sum := 0.0
			for _, v := range row {
				if !(v >= 0) {
					return fmt.Errorf("viz: block %q, row %d has an entry %v, want 0 or more", name, i+1, v)
				}
				sum += v
			}
			if len(row) != len(m.Ops) || !(math.Abs(sum-1) <= rounding) {
				return fmt.Errorf("viz: block %q, row %d has %d entries that sum to %v, want %d that sum to 1",
					name, i+1, len(row), sum, len(m.Ops))
			}
		}
	}
	return nil
}

func (m Mixtures) sheet() (*sheet, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	sh := newSheet(m.Caption, "Weights of the operations", "Every bar is one row of weights that sum to 1.")
	sh.legend = m.Ops
	deepest := 0
	var parts []string
	for _, b := range m.Blocks {
		deepest = max(deepest, len(b.Rows))
		mean := 0.0
		for _, row := range b.Rows {
			mean += row[argmax(row)] / float64(len(b.Rows))
		}
		part := fmt.Sprintf("the largest entry of a row is %s on average", fixed(mean, 2))
		if b.Title != "" {
			part = b.Title + ": " + part
		}
		parts = append(parts, part)
	}
	sh.height = mixtureHead + mixtureRow*float64(deepest)
	sh.alt = sentence(sh.caption.Title) + " " + strings.Join(parts, "; ") + "."
	sh.body = func(s *sketch, at point) {
		n := float64(len(m.Blocks))
		wide := (bodyWidth - mixtureGap*(n-1)) / n
		for i, b := range m.Blocks {
			m.block(s, b, point{at.x + float64(i)*(wide+mixtureGap), at.y}, wide)
		}
	}
	return sh, nil
}

// block draws one block into a width.
func (m Mixtures) block(s *sketch, b Mixture, at point, wide float64) {
	s.text(point{at.x, at.y + 11}, clip(b.Title, int(wide/7)), noteSize, true, s.tok.Ink, left)
	x0 := at.x
	if b.Names != nil {
		x0 += mixtureName
	}
	for i, row := range b.Rows {
		y := at.y + mixtureHead + mixtureRow*float64(i)
		if b.Names != nil {
			s.text(point{at.x, y + mixtureBar - 3}, clip(b.Names[i], 6), labelSize, false, s.tok.Ink2, left)
		}
		x, scale := x0, at.x+wide-x0
		for k, v := range row {
			op := Palette.Op(m.Ops[k])
			piece := box{x, y, x + v*scale, y + mixtureBar}
			if op.Key != noOp {
				s.rect(piece, 0, s.opColor(op))
			}
			x = piece.x1
		}
		s.frame(box{x0, y, at.x + wide, y + mixtureBar}, 0, 1, s.tok.Line)
	}
}
