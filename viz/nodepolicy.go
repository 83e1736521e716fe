package viz

import (
	"fmt"
	"io"
	"math"
	"strings"

	"naslab.dev/nasx/space"
)

// NodePolicy draws a policy over indices and operations ([ENAS]) along one
// architecture: per cell a row for every branch of every node, with the
// probabilities of the earlier node that it reads on the left and of the operation
// on the right. Blank is no more likely than chance; a frame marks the choice.
//
// Decisions stand node by node: input 1, input 2, operation 1, operation 2.
type NodePolicy struct {
	Caption
	Decisions []space.Decision
	Probs     [][]float64 // one row per decision, given the choices of Arch before it
	Arch      space.Arch  // the choices; none for no frames
}

// SVG implements [Figure].
func (p NodePolicy) SVG(w io.Writer) error { sh, err := p.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (p NodePolicy) PNG(w io.Writer) error { sh, err := p.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the likeliest input and operation of every branch.
func (p NodePolicy) Alt() string { return altOf(p.sheet()) }

// Measures of the table.
const (
	nodeRow   = 24.0
	nodeTop   = 46.0
	nodeNames = 34.0
	nodeSplit = 12.0 // between inputs and operations
	nodeGap   = 26.0 // between cells
	perNode   = 4    // decisions
	nodeExtra = 8.0  // between nodes
)

// nodeCell are the decisions of one cell.
type nodeCell struct {
	name         string
	first, nodes int // decision, number
	inputs       int // columns of earlier nodes
	ops          []string
}

// cells reads the decisions; the error says what cannot be drawn.
func (p NodePolicy) cells() ([]nodeCell, error) {
	if len(p.Decisions) == 0 || len(p.Decisions) > mostRows || len(p.Decisions)%perNode != 0 ||
		len(p.Probs) != len(p.Decisions) || p.Arch != nil && len(p.Arch) != len(p.Decisions) {
		return nil, fmt.Errorf("viz: %d decisions with %d rows of probabilities and %d choices, want four per node and "+
			"one of each", len(p.Decisions), len(p.Probs), len(p.Arch))
	}
	var list []nodeCell
	for d, decision := range p.Decisions {
		n := len(decision.Choices)
		if len(p.Probs[d]) != n || n == 0 || n > mostNodes+2 || p.Arch != nil && (p.Arch[d] < 0 || p.Arch[d] >= n) {
			return nil, fmt.Errorf("viz: decision %q has %d choices, %d probabilities, want 1 to %d of both and a choice "+
				"among them", clip(decision.Name, 40), n, len(p.Probs[d]), mostNodes+2)
		}
		for _, v := range p.Probs[d] {
			if !(v >= 0 && v <= 1+1e-6) {
				return nil, fmt.Errorf("viz: decision %q has probability %v, want 0 to 1", clip(decision.Name, 40), v)
			}
		}
		if k := len(list); k == 0 || list[k-1].name != decision.Cell {
			list = append(list, nodeCell{name: decision.Cell, first: d})
		}
		c := &list[len(list)-1]
		if at := d - c.first; at%perNode < 2 {
			c.inputs = max(c.inputs, n)
		} else {
			c.ops = union(c.ops, decision.Choices)
		}
		c.nodes = (d - c.first + perNode) / perNode
	}
	return list, nil
}

func (p NodePolicy) sheet() (*sheet, error) {
	cells, err := p.cells()
	if err != nil {
		return nil, err
	}
	note := "Two rows per node, one for each branch: on the left which earlier node it reads, on the right the operation. " +
		"Blank: no more likely than chance."
	if p.Arch != nil {
		note += " Framed: the choice; later rows are given the choices before."
	}
	sh := newSheet(p.Caption, "Policy over inputs and operations", note)
	deepest := 0.0
	var parts []string
	for _, c := range cells {
		deepest = max(deepest, nodeTop+float64(c.nodes)*(2*nodeRow+nodeExtra))
		sh.legend = union(sh.legend, c.ops)
		for node := range c.nodes {
			for branch := range 2 {
				in, op := c.first+node*perNode+branch, c.first+node*perNode+2+branch
				i, k := argmax(p.Probs[in]), argmax(p.Probs[op])
				parts = append(parts, fmt.Sprintf("%s, node %d: reads %d (%s), %s (%s)", cellName(c.name),
					c.firstNode(p)+node, i, fixed(p.Probs[in][i], 2), Palette.Op(p.Decisions[op].Choices[k]).Name,
					fixed(p.Probs[op][k], 2)))
			}
		}
	}
	sh.height = deepest
	sh.alt = sentence(sh.caption.Title) + " " + strings.Join(parts, "; ") + "."
	sh.body = func(s *sketch, at point) {
		wide := (bodyWidth - nodeGap*float64(len(cells)-1)) / float64(len(cells))
		for i, c := range cells {
			p.cell(s, c, point{at.x + float64(i)*(wide+nodeGap), at.y}, wide)
		}
	}
	return sh, nil
}

// firstNode is the number of a cell's first node: it may read all nodes before it.
func (c nodeCell) firstNode(p NodePolicy) int { return len(p.Decisions[c.first].Choices) }

// cell draws one cell into a width.
func (p NodePolicy) cell(s *sketch, c nodeCell, at point, wide float64) {
	s.text(point{at.x, at.y + 12}, titleOf(cellName(c.name)), noteSize, true, s.tok.Ink, left)
	unit := math.Min(56, (wide-nodeNames-nodeSplit)/float64(c.inputs+len(c.ops)))
	x0 := at.x + nodeNames
	x1 := x0 + float64(c.inputs)*unit + nodeSplit
	for i := range c.inputs {
		s.text(point{x0 + (float64(i)+0.5)*unit, at.y + 34}, "reads "+Count(i), labelSize-1, false, s.tok.Ink2, centre)
	}
	for k, key := range c.ops {
		s.text(point{x1 + (float64(k)+0.5)*unit, at.y + 34}, Palette.Op(key).Head, labelSize-1, false, s.tok.Ink2, centre)
	}
	for node := range c.nodes {
		y := at.y + nodeTop + float64(node)*(2*nodeRow+nodeExtra)
		s.text(point{at.x, y + nodeRow + 4}, Count(c.firstNode(p)+node), noteSize, true, s.tok.Ink, left)
		for branch := range 2 {
			row := c.first + node*perNode + branch
			p.row(s, row, point{x0, y + float64(branch)*nodeRow}, unit)
			p.row(s, row+2, point{x1, y + float64(branch)*nodeRow}, unit)
		}
	}
}

// row draws the probabilities of one decision.
func (p NodePolicy) row(s *sketch, d int, at point, unit float64) {
	decision, probs := p.Decisions[d], p.Probs[d]
	chance := 1 / float64(len(probs))
	for k, v := range probs {
		b := box{at.x + float64(k)*unit + 1, at.y + 1, at.x + float64(k+1)*unit - 1, at.y + nodeRow - 1}
		full := s.tok.Ink2
		if d%perNode >= 2 {
			full = s.opColor(Palette.Op(decision.Choices[k]))
		}
		tone := Tone(v, chance)
		s.rect(b, 2, mix(s.tok.Bg, full, 0.85*tone))
		if p.Arch != nil && p.Arch[d] == k {
			s.frame(b, 2, 1.6, s.tok.Ink)
		} else {
			s.frame(b, 2, 0.6, s.tok.Line)
		}
		ink := s.tok.Ink
		if tone > 0.45 {
			ink = s.tok.Bg
		}
		s.text(point{(b.x0 + b.x1) / 2, b.y1 - 6}, Prob(v), labelSize, false, ink, centre)
	}
}
