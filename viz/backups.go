package viz

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Backups draws how news of a reward spreads back along one chain of decisions:
// per rule, above, which states one reward moves; below, the value of every
// state after every episode, the stronger the shade the more of the reward.
type Backups struct {
	Caption
	Rules []Backup
}

// Backup is one rule of [Backups].
type Backup struct {
	Rule   string      // key of [Rules]
	Detail string      // under its name: "one step back per episode"
	Lambda float64     // 0 to 1: how much of a reward is passed back over one more step
	Values [][]float64 // [episodes, states], 0 to 1, the state next to the reward last
}

// SVG implements [Figure].
func (b Backups) SVG(w io.Writer) error { sh, err := b.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (b Backups) PNG(w io.Writer) error { sh, err := b.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: after how many episodes each rule's first state knows
// half of the reward.
func (b Backups) Alt() string { return altOf(b.sheet()) }

// Measures of the grids.
const (
	backupHead = 108.0
	backupGap  = 36.0
	backupFoot = 34.0
	backupSide = 44.0 // numbers of the episodes
	backupPay  = 22.0 // the reward, to the right of the chain
)

// check says what cannot be drawn.
func (b Backups) check() error {
	const mostRules, mostStates, mostEpisodes, slack = 4, 40, 400, 1e-9
	if len(b.Rules) == 0 || len(b.Rules) > mostRules {
		return fmt.Errorf("viz: backups by %d rules, want 1 to %d", len(b.Rules), mostRules)
	}
	for _, r := range b.Rules {
		if len(r.Values) == 0 || len(r.Values) > mostEpisodes || len(r.Values) != len(b.Rules[0].Values) {
			return fmt.Errorf("viz: %s has %d episodes, want 1 to %d and as many for every rule",
				r.Rule, len(r.Values), mostEpisodes)
		}
		if !(r.Lambda >= 0 && r.Lambda <= 1) {
			return fmt.Errorf("viz: %s has λ = %v, want 0 to 1", r.Rule, r.Lambda)
		}
		for _, row := range r.Values {
			if len(row) < 2 || len(row) > mostStates || len(row) != len(b.Rules[0].Values[0]) {
				return fmt.Errorf("viz: %s has %d states, want 2 to %d and as many everywhere", r.Rule, len(row), mostStates)
			}
			for _, v := range row {
				if !(v >= -slack && v <= 1+slack) {
					return errors.New("viz: a value of the backups is outside 0 to 1")
				}
			}
		}
	}
	return nil
}

// halfway returns the first episode, from 1, after which a state knows half of
// the reward; 0 for none.
func (r Backup) halfway(state int) int {
	for n, row := range r.Values {
		if row[state] >= 0.5-1e-12 {
			return n + 1
		}
	}
	return 0
}

func (b Backups) sheet() (*sheet, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	sh := newSheet(b.Caption, "How news of the reward travels back", "The same chain of decisions is walked again and "+
		"again; the square at its end pays 1. Arches: what one reward moves. Shade: value of a state after that "+
		"many episodes, from none, 0, to full, 1. The line is where half of the reward is known.")
	const mostRow = 14.0
	row := math.Min(mostRow, 420/float64(len(b.Rules[0].Values)))
	sh.height = backupHead + row*float64(len(b.Rules[0].Values)) + backupFoot
	var parts []string
	for _, r := range b.Rules {
		half := "never"
		if n := r.halfway(0); n > 0 {
			half = fmt.Sprintf("after %d episodes", n)
		}
		parts = append(parts, Rule(r.Rule).Label+" "+half)
	}
	sh.alt = fmt.Sprintf("%s The first of %d states knows half of the reward: %s.", sentence(sh.caption.Title),
		len(b.Rules[0].Values[0]), strings.Join(parts, ", "))
	sh.body = func(s *sketch, at point) {
		n := float64(len(b.Rules))
		wide := (bodyWidth - backupSide - backupGap*(n-1)) / n
		for i, r := range b.Rules {
			x := at.x + backupSide + float64(i)*(wide+backupGap)
			r.diagram(s, point{x, at.y}, wide-backupPay)
			r.grid(s, box{x, at.y + backupHead, x + wide - backupPay, at.y + backupHead + row*float64(len(r.Values))}, i == 0)
		}
	}
	return sh, nil
}

// diagram draws the chain, the reward behind its end and, as arches, which
// states one reward moves and how strongly.
func (r Backup) diagram(s *sketch, at point, wide float64) {
	c := Rule(r.Rule).Color.On(s.dark)
	s.text(point{at.x, at.y + 11}, Rule(r.Rule).Label, noteSize, true, c, left)
	s.text(point{at.x, at.y + 27}, clip(r.Detail, int(wide/5.6)), labelSize, false, s.tok.Ink2, left)
	states := len(r.Values[0])
	unit := wide / float64(states)
	x := func(state int) float64 { return at.x + unit*(float64(state)+0.5) }
	y, pay := at.y+92, at.x+wide+backupPay-7
	s.line(point{x(0), y}, point{pay, y}, 1, s.tok.Line)
	radius := math.Min(4.5, 0.3*unit)
	strength, weakest := 1.0, 0.02
	for back := 0; back < states && strength >= weakest; back++ {
		to := x(states - 1 - back)
		height := math.Min(50, 14+5*float64(back))
		arch := cubic{{pay, y - 6}, {pay, y - 6 - height}, {to, y - radius - height}, {to, y - radius - 1}}
		s.edge(arch, ink{width: 0.4 + 1.5*strength, color: mix(s.tok.Bg, c, 0.25+0.75*strength)})
		strength *= r.Lambda
	}
	for state := range states {
		s.disc(point{x(state), y}, radius, s.tok.Bg, 1.1, s.tok.Ink2)
	}
	s.rect(centred(point{pay, y}, 11, 11), 1.5, s.tok.Ink)
}

// grid draws the values, and the line over which half of the reward is known.
func (r Backup) grid(s *sketch, b box, named bool) {
	const shades = 32 // few enough for a small PNG
	episodes, states := len(r.Values), len(r.Values[0])
	w, h := (b.x1-b.x0)/float64(states), (b.y1-b.y0)/float64(episodes)
	for n, row := range r.Values {
		for state, v := range row {
			x, y := b.x0+w*float64(state), b.y0+h*float64(n)
			tone := 0.92 * math.Round(shades*clamp(v, 0, 1)) / shades
			s.rect(box{x, y, x + w + 0.3, y + h + 0.3}, 0, mix(s.tok.Bg, s.tok.Ink, tone))
		}
	}
	s.frame(b, 0, 1, s.tok.Ink3)
	c := Rule(r.Rule).Color.On(s.dark)
	for state := range states {
		n := r.halfway(state)
		if n == 0 {
			continue
		}
		y := b.y0 + h*float64(n-1)
		x := b.x0 + w*float64(state)
		s.line(point{x, y}, point{x + w, y}, 2.4, c)
		if state > 0 {
			if before := r.halfway(state - 1); before > 0 {
				s.line(point{x, y}, point{x, b.y0 + h*float64(before-1)}, 2.4, c)
			}
		}
	}
	if named {
		for _, n := range stepTicks(float64(episodes), 5) {
			if n > 0 {
				s.text(point{b.x0 - 6, b.y0 + h*n - h/2 + 4}, fixed(n, 0), labelSize, false, s.tok.Ink2, right)
			}
		}
		s.text(point{b.x0 - 6, b.y0 - 4}, "episode", labelSize, false, s.tok.Ink2, right)
	}
	s.text(point{b.x0, b.y1 + 16}, "first decision", labelSize, false, s.tok.Ink2, left)
	s.text(point{b.x1, b.y1 + 16}, "last", labelSize, false, s.tok.Ink2, right)
}
