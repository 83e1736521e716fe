package viz

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"naslab.dev/nasx/space"
)

// DecisionProcess draws the search for an architecture as a decision process:
// above, a chain network as it is built; below it, every state that can be
// reached, with its value, and the way of one architecture through them. The
// reward of each step stands at the foot, and what the step truly earned.
type DecisionProcess struct {
	Caption
	Decisions []space.Decision
	Values    [][]float64 // [T+1]: of all prefixes of each length, first decision slowest; the last are the rewards
	Walk      []int       // [T], the architecture whose way is drawn
}

// SVG implements [Figure].
func (d DecisionProcess) SVG(w io.Writer) error { sh, err := d.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (d DecisionProcess) PNG(w io.Writer) error { sh, err := d.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the way with its choices, values and reward.
func (d DecisionProcess) Alt() string { return altOf(d.sheet()) }

// Measures of the process.
const (
	processHead  = 66.0 // the networks above
	processFoot  = 62.0 // the rewards below
	processRow   = 23.0 // between finished architectures
	processSide  = 62.0 // half of the outer columns
	processBox   = 46.0 // width of a state
	mostProcess  = 32   // finished architectures
	processDepth = 5    // decisions
)

// check says what cannot be drawn.
func (d DecisionProcess) check() error {
	t := len(d.Decisions)
	if t == 0 || t > processDepth {
		return fmt.Errorf("viz: decision process of %d decisions, want 1 to %d", t, processDepth)
	}
	if len(d.Values) != t+1 || len(d.Walk) != t {
		return fmt.Errorf("viz: process of %d decisions has values of %d lengths and a way of %d, want %d and %d",
			t, len(d.Values), len(d.Walk), t+1, t)
	}
	size := 1
	for i, values := range d.Values {
		if len(values) != size {
			return fmt.Errorf("viz: process has %d values after %d decisions, want %d", len(values), i, size)
		}
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return errors.New("viz: process has a value that is no finite number")
			}
		}
		if i == t {
			break
		}
		n := len(d.Decisions[i].Choices)
		if d.Walk[i] < 0 || d.Walk[i] >= n {
			return fmt.Errorf("viz: choice %d of the way is %d, want 0 to %d", i, d.Walk[i], n-1)
		}
		if size *= n; size > mostProcess {
			return fmt.Errorf("viz: process has more than %d architectures, too many to draw", mostProcess)
		}
	}
	return nil
}

func (d DecisionProcess) sheet() (*sheet, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	sh := newSheet(d.Caption, "A search is a decision process", "A box is a state with its value: the mean reward "+
		"of all architectures that can still follow. Thick: one architecture on its way. "+
		"Only the last step has a reward; the credit is by how much each step moved the value.")
	for _, dec := range d.Decisions {
		sh.legend = union(sh.legend, dec.Choices)
	}
	last := d.Values[len(d.Values)-1]
	sh.height = processHead + processRow*float64(len(last)) + processFoot
	var parts []string
	for t, i := range d.way() {
		if t > 0 {
			parts = append(parts, fmt.Sprintf("%s to %s", d.op(t-1, d.Walk[t-1]).Name, fixed(d.Values[t][i], 3)))
		}
	}
	sh.alt = fmt.Sprintf("%s %d architectures. From a mean reward of %s by %s.", sentence(sh.caption.Title), len(last),
		fixed(d.Values[0][0], 3), strings.Join(parts, ", "))
	sh.body = d.draw
	return sh, nil
}

func (d DecisionProcess) op(t, choice int) OpStyle { return Palette.Op(d.Decisions[t].Choices[choice]) }

// way returns the number of the state after every step of the walk, [T+1].
func (d DecisionProcess) way() []int {
	out := make([]int, 1, len(d.Walk)+1)
	for t, k := range d.Walk {
		out = append(out, out[t]*len(d.Decisions[t].Choices)+k)
	}
	return out
}

// place returns the middle of a state's box.
func (d DecisionProcess) place(at point, t, i int) point {
	all := float64(len(d.Values[len(d.Values)-1]))
	x := at.x + processSide + (bodyWidth-2*processSide)*float64(t)/float64(len(d.Decisions))
	return point{x, at.y + processHead + processRow*all*(float64(i)+0.5)/float64(len(d.Values[t]))}
}

func (d DecisionProcess) draw(s *sketch, at point) {
	way := d.way()
	for t := range d.Decisions { // what is not gone first, what is gone on top
		for i := range d.Values[t+1] {
			if i != way[t+1] {
				d.step(s, at, t, i, false)
			}
		}
	}
	for t := range d.Decisions {
		d.step(s, at, t, way[t+1], true)
	}
	for t, values := range d.Values {
		for i, v := range values {
			b := centred(d.place(at, t, i), processBox, 17)
			on := i == way[t]
			s.rect(b, 4, s.tok.Panel)
			if on {
				s.frame(b, 4, 2, s.tok.Ink)
			} else {
				s.frame(b, 4, 1, s.tok.Line)
			}
			s.text(point{(b.x0 + b.x1) / 2, b.y1 - 4.5}, fixed(v, 3), labelSize, on, s.tok.Ink, centre)
		}
	}
	d.networks(s, at)
	d.rewards(s, at, way)
}

// step draws the way from a state to number i of the next length.
func (d DecisionProcess) step(s *sketch, at point, t, i int, walked bool) {
	n := len(d.Decisions[t].Choices)
	a, b := d.place(at, t, i/n), d.place(at, t+1, i)
	a.x, b.x = a.x+processBox/2, b.x-processBox/2
	op := d.op(t, i%n)
	c := cubic{a, {a.x + 0.5*(b.x-a.x), a.y}, {b.x - 0.5*(b.x-a.x), b.y}, b}
	if !walked {
		c[3].x -= 1
		s.edge(c, ink{width: 1.1, color: mix(s.tok.Bg, s.opColor(op), 0.75), dashed: op.Key == noOp})
		return
	}
	c[3].x -= 2
	s.edge(c, ink{width: 3.6, color: s.opColor(op), dashed: op.Key == noOp})
	s.tag(edgeTag{at: c.at(0.5), parts: []tagPart{{"", op.Label, true, s.tok.Ink}}, size: labelSize})
}

// networks draws the network as far as it is built in every column.
func (d DecisionProcess) networks(s *sketch, at point) {
	const side, room = 10.0, 118.0
	steps := len(d.Decisions)
	gap := (room - side*float64(steps+1)) / float64(steps)
	for t := range d.Values {
		x := d.place(at, t, 0).x
		head := "state " + Count(t+1)
		switch t {
		case 0:
			head = "state 1: nothing built"
		case steps:
			head = "finished"
		}
		if t == 0 {
			s.text(point{at.x, at.y + 11}, head, noteSize, true, s.tok.Ink, left)
		} else {
			s.text(point{x, at.y + 11}, head, noteSize, true, s.tok.Ink, centre)
		}
		x -= room / 2
		y := at.y + 34
		for k := range steps + 1 {
			s.frame(box{x, y - side/2, x + side, y + side/2}, 1.5, 1.2, s.tok.Ink2)
			if x += side; k == steps {
				break
			}
			c := cubic{{x + 1, y}, {x + gap/3, y}, {x + 2*gap/3, y}, {x + gap - 1, y}}
			if k < t {
				op := d.op(k, d.Walk[k])
				s.edge(c, ink{width: 2.4, color: s.opColor(op), dashed: op.Key == noOp})
			} else {
				s.line(c[0], c[3], 1, s.tok.Line, 2, 3)
			}
			x += gap
		}
	}
}

// rewards writes under every step what it was paid and what it earned.
func (d DecisionProcess) rewards(s *sketch, at point, way []int) {
	all := float64(len(d.Values[len(d.Values)-1]))
	y := at.y + processHead + processRow*all + 12
	s.line(point{at.x, y}, point{at.x + bodyWidth, y}, 1, s.tok.Line)
	s.text(point{at.x, y + 19}, "reward", labelSize, false, s.tok.Ink2, left)
	s.text(point{at.x, y + 39}, "credit", labelSize, false, s.tok.Ink2, left)
	for t := range d.Decisions {
		x := (d.place(at, t, 0).x + d.place(at, t+1, 0).x) / 2
		before, after := thousandths(d.Values[t][way[t]]), thousandths(d.Values[t+1][way[t+1]])
		reward := "0"
		if t == len(d.Decisions)-1 {
			reward = fixed(after, 3)
		}
		s.text(point{x, y + 19}, reward, labelSize, false, s.tok.Ink, centre)
		s.text(point{x, y + 39}, fmt.Sprintf("%s − %s = %s", fixed(after, 3), fixed(before, 3), signed(after-before, 3)),
			labelSize, true, s.tok.Ink, centre)
	}
}

// thousandths rounds v to three places, so that written differences are those
// of the numbers beside them.
func thousandths(v float64) float64 { return math.Round(1000*v) / 1000 }
