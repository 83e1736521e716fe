package viz

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Heat draws the probabilities of one cell over time: the adjacency matrix of
// small heat maps, a row per operation in each, time to the right. Blank is no
// more likely than chance; full ink begins at 0.6.
type Heat struct {
	Caption
	Run  Run
	Cell string // "normal", "reduce" or ""
}

// SVG implements [Figure].
func (h Heat) SVG(w io.Writer) error { sh, err := h.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (h Heat) PNG(w io.Writer) error { sh, err := h.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the likeliest operation of every edge at the end.
func (h Heat) Alt() string { return altOf(h.sheet()) }

// Measures of the matrix.
const (
	heatLeft  = 66.0 // names of rows
	heatTop   = 20.0 // names of columns
	heatGap   = 14.0
	heatRow   = 10.0 // of one operation
	heatHead  = 18.0 // title of a block
	heatBelow = 20.0
	heatTones = 64.0
	heatMost  = 96 // columns of time in a block
)

// heatPlan is the geometry of a matrix.
type heatPlan struct {
	rows  []cellRows // by time; same decisions in each
	steps []int
	width float64 // of a block
	high  float64 // of a block
	deep  float64 // from one row of blocks to the next
}

func (h Heat) sheet() (*sheet, error) {
	traces, every, err := h.Run.withProbs(heatMost)
	if err != nil {
		return nil, err
	}
	var p heatPlan
	for _, t := range traces {
		r, err := rowsOf(h.Run.About.Decisions, h.Cell, t.Probs)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", t.Step, err)
		}
		p.rows = append(p.rows, r)
		p.steps = append(p.steps, t.Step)
	}
	first := p.rows[0]
	columns := float64(first.inputs + first.nodes - 1)
	p.width = math.Min(205, (bodyWidth-heatLeft-6)/columns-heatGap)
	p.high = heatRow * float64(len(first.ops))
	p.deep = heatHead + p.high + 14
	last := traces[len(traces)-1].Step
	note := fmt.Sprintf("Laid out as the adjacency matrix; in every block a row per operation, time to the right "+
		"(updates %s to %s", Count(traces[0].Step), Count(last))
	if every > 1 {
		note += fmt.Sprintf(", every %s shown", ordinal(every))
	}
	note += "). Blank: no more likely than chance. Named: the winner."
	c := h.Caption
	if c.Repro == "" {
		c.Repro = ReproOf(h.Run.About)
	}
	sh := newSheet(c, "Probabilities over time: "+joined(methodLabel(h.Run.About), cellName(h.Cell)), note)
	sh.height = heatTop + p.deep*float64(first.nodes) + heatBelow - 18
	sh.body = p.draw
	var parts []string
	end := p.rows[len(p.rows)-1]
	for i, k := range end.links {
		best := argmax(end.probs[i])
		parts = append(parts, fmt.Sprintf("%s %s %s", EdgeName(k.from, k.to),
			Palette.Op(end.decisions[i].Choices[best]).Name, fixed(end.probs[i][best], 2)))
	}
	sh.alt = sentence(sh.caption.Title) + " At update " + Count(last) + ": " + strings.Join(parts, ", ") + "."
	return sh, nil
}

func (p *heatPlan) draw(s *sketch, at point) {
	first := p.rows[0]
	for from := range first.inputs + first.nodes - 1 {
		x := at.x + heatLeft + float64(from)*(p.width+heatGap)
		s.text(point{x + p.width/2, at.y + heatTop - 10}, "from "+Count(from), labelSize, false, s.tok.Ink3, centre)
	}
	for i, k := range first.links {
		x := at.x + heatLeft + float64(k.from)*(p.width+heatGap)
		y := at.y + heatTop + float64(k.to-first.inputs)*p.deep
		p.block(s, i, point{x, y})
		below := true
		for _, other := range first.links {
			if other.from == k.from && other.to > k.to {
				below = false
			}
		}
		if below {
			p.ticks(s, point{x, y + heatHead + p.high + 14})
		}
	}
	for to := range first.nodes {
		y := at.y + heatTop + float64(to)*p.deep + heatHead
		s.text(point{at.x, y + p.high/2 + 4}, "to "+Count(to+first.inputs), labelSize, false, s.tok.Ink3, left)
		for n, key := range first.ops {
			op := Palette.Op(key)
			mid := y + (float64(n)+0.5)*heatRow
			s.text(point{at.x + heatLeft - 16, mid + 3.4}, op.Head, 9.5, false, s.tok.Ink2, right)
			swatch(s, point{at.x + heatLeft - 8, mid}, 8, op, s.opColor(op))
		}
	}
	column := 1.0 + float64(first.inputs-1)
	p.scale(s, point{at.x + heatLeft + column*(p.width+heatGap), at.y + heatTop + heatHead + 4})
}

// block draws the heat map of one edge.
func (p *heatPlan) block(s *sketch, edge int, at point) {
	end := p.rows[len(p.rows)-1]
	d, k := end.decisions[edge], end.links[edge]
	best := argmax(end.probs[edge])
	op := Palette.Op(d.Choices[best])
	base := at.y + heatHead - 5
	name := EdgeName(k.from, k.to)
	s.text(point{at.x, base}, name, labelSize, true, s.tok.Ink, left)
	winner := op.Label + " " + fixed(end.probs[edge][best], 2)
	if p.width < 124 { // too narrow for the longest label of the palette
		winner = op.Head + " " + Prob(end.probs[edge][best])
	}
	s.text(point{at.x + p.width, base}, winner, labelSize, false, s.tok.Ink2, right)
	frame := box{at.x, at.y + heatHead, at.x + p.width, at.y + heatHead + p.high}
	chance := 1 / float64(len(d.Choices))
	n := float64(len(p.rows))
	snap := func(x float64) float64 { return math.Round(2*x) / 2 } // whole pixels of the PNG
	for t, r := range p.rows {
		x0, x1 := snap(at.x+p.width*float64(t)/n), snap(at.x+p.width*float64(t+1)/n)
		for c, v := range r.probs[edge] {
			tone := math.Ceil(heatTones*Tone(v, chance)) / heatTones
			if tone <= 0 {
				continue
			}
			y := frame.y0 + float64(rank(end.ops, d.Choices[c]))*heatRow
			s.rect(box{x0, y + 0.5, x1, y + heatRow - 0.5}, 0, mix(s.tok.Bg, s.tok.Heat, tone))
		}
	}
	s.frame(frame, 0, 1, s.tok.Line)
	y := frame.y0 + (float64(rank(end.ops, d.Choices[best]))+0.5)*heatRow
	s.rect(centred(point{frame.x1 + 3.5, y}, 3, heatRow-1), 0, s.opColor(op))
}

// ticks writes first, middle and last update under a column.
func (p *heatPlan) ticks(s *sketch, at point) {
	a, b := p.steps[0], p.steps[len(p.steps)-1]
	s.text(point{at.x, at.y}, Count(a), labelSize, false, s.tok.Ink2, left)
	if b > a {
		s.text(point{at.x + p.width, at.y}, Count(b), labelSize, false, s.tok.Ink2, right)
	}
	middle := p.steps[len(p.steps)/2]
	if len(p.steps) > 2 && p.width > 120 {
		x := at.x + p.width*(float64(len(p.steps)/2)+0.5)/float64(len(p.steps))
		s.text(point{x, at.y}, Count(middle), labelSize, false, s.tok.Ink2, centre)
	}
}

// scale explains the greys in the empty corner of the matrix.
func (p *heatPlan) scale(s *sketch, at point) {
	const steps, wide = 12, 9.0
	chance := 1 / float64(len(p.rows[0].decisions[0].Choices))
	low := fmt.Sprintf("chance, 1/%d", len(p.rows[0].decisions[0].Choices))
	w := textWidth(low, labelSize, false)
	if p.rows[0].nodes == 1 {
		at.y -= heatHead
	}
	s.text(point{at.x + 4, at.y + 9}, low, labelSize, false, s.tok.Ink2, left)
	x := math.Round(at.x + 4 + w + 8)
	for i := range steps {
		v := chance + (0.6-chance)*(float64(i)+0.5)/steps
		grey := mix(s.tok.Bg, s.tok.Heat, Tone(v, chance))
		s.rect(box{x + float64(i)*wide, at.y, x + float64(i+1)*wide, at.y + 10}, 0, grey)
	}
	s.frame(box{x, at.y, x + steps*wide, at.y + 10}, 0, 1, s.tok.Line)
	s.text(point{x + steps*wide + 8, at.y + 9}, "0.6 and above", labelSize, false, s.tok.Ink2, left)
}

func rank(list []string, s string) int {
	for i, v := range list {
		if v == s {
			return i
		}
	}
	return 0
}

// ordinal writes 2 as "2nd".
func ordinal(n int) string {
	end := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return Count(n) + end
}

// joined joins what is not empty with commas.
func joined(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, ", ")
}
