package viz

import (
	"fmt"
	"io"
	"math"
	"strings"

	"naslab.dev/nasx/search"
)

// Evolution draws one cell at several moments of a run, as small multiples on
// one scale with every edge in the same place.
type Evolution struct {
	Caption
	Run   Run
	Cell  string // "normal", "reduce" or ""
	Steps []int  // updates to show, at most nine; none for six over the run
}

// SVG implements [Figure].
func (e Evolution) SVG(w io.Writer) error { sh, err := e.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (e Evolution) PNG(w io.Writer) error { sh, err := e.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: how many edges are named in each picture.
func (e Evolution) Alt() string { return altOf(e.sheet()) }

// named is the probability from which an edge is named in a small picture.
const named = 0.27

// moment is one of the small multiples.
type moment struct {
	head []span
	cell *graph
	says string
}

func (e Evolution) sheet() (*sheet, error) {
	traces, err := e.pick()
	if err != nil {
		return nil, err
	}
	tok := Palette.Tokens(e.Dark)
	var moments []moment
	var ops []string
	columns := 3
	for _, t := range traces {
		r, err := rowsOf(e.Run.About.Decisions, e.Cell, t.Probs)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", t.Step, err)
		}
		if r.nodes > 3 {
			columns = 2
		}
		ops = r.ops
		m := moment{head: e.head(t, tok)}
		m.cell, m.says = small(r, (bodyWidth-30*float64(columns-1))/float64(columns), e.Dark)
		moments = append(moments, m)
	}
	c := e.Caption
	if c.Repro == "" {
		c.Repro = ReproOf(e.Run.About)
	}
	sh := newSheet(c, "A cell over time: "+joined(methodLabel(e.Run.About), cellName(e.Cell)),
		"Colour: likeliest operation. Width: its probability; thin lines are undecided. Named from "+fixed(named, 2)+" on.")
	sh.legend = ops
	deep := moments[0].cell.layout.height + 32
	sh.height = deep*math.Ceil(float64(len(moments))/float64(columns)) - 4
	sh.body = func(s *sketch, at point) {
		for i, m := range moments {
			x := at.x + float64(i%columns)*(bodyWidth+30)/float64(columns)
			y := at.y + float64(i/columns)*deep
			s.spans(point{x, y + 13}, m.head, noteSize, left)
			m.cell.draw(s, point{x, y + 22})
		}
	}
	var parts []string
	for i, m := range moments {
		parts = append(parts, "update "+Count(traces[i].Step)+": "+m.says)
	}
	sh.alt = sentence(sh.caption.Title) + " " + titleOf(strings.Join(parts, "; ")) + "."
	return sh, nil
}

// pick returns the traces to show: those nearest to the steps asked for.
func (e Evolution) pick() ([]search.Trace, error) {
	const usual, most = 6, 9
	if len(e.Steps) == 0 {
		some, _, err := e.Run.withProbs(math.MaxInt32)
		if err != nil || len(some) <= usual {
			return some, err
		}
		var out []search.Trace
		for i := range usual {
			out = append(out, some[i*(len(some)-1)/(usual-1)])
		}
		return out, nil
	}
	if len(e.Steps) > most {
		return nil, fmt.Errorf("viz: %d moments of a cell asked for, want at most %d", len(e.Steps), most)
	}
	all, _, err := e.Run.withProbs(math.MaxInt32)
	if err != nil {
		return nil, err
	}
	var out []search.Trace
	for _, step := range e.Steps {
		best := all[0]
		for _, t := range all {
			if abs(t.Step-step) < abs(best.Step-step) {
				best = t
			}
		}
		out = append(out, best)
	}
	return out, nil
}

// head names a moment: epoch or update, temperature, entropy, child.
func (e Evolution) head(t search.Trace, tok Tokens) []span {
	name := "update " + Count(t.Step)
	if per := e.Run.About.StepsPerEpoch; per > 0 && t.Step%per == 0 {
		name = "epoch " + Count(t.Step/per)
	}
	entropy := search.ScalarEntropy
	switch e.Cell {
	case "normal":
		entropy = search.ScalarEntropyNormal
	case "reduce":
		entropy = search.ScalarEntropyReduce
	}
	var parts []string
	for _, k := range []struct {
		word string
		data series
	}{{"λ ", e.Run.scalar(search.ScalarTemperature)}, {"entropy ", e.Run.scalar(entropy)}, {"child ", e.Run.child()}} {
		if v, ok := k.data.near(float64(t.Step)); ok {
			parts = append(parts, k.word+fixed(v, 2))
		}
	}
	return []span{{name, true, tok.Ink}, {"  " + strings.Join(parts, " · "), false, tok.Ink2}}
}

// small draws a cell for small multiples. Labels stand on edges that have made
// up their mind; room is kept for all.
func small(r cellRows, width float64, dark bool) (*graph, string) {
	g := newGraph(r.inputs, r.nodes, width, 0.52, dark)
	labels := r.nodes <= 5
	decided := 0
	for i, k := range r.links {
		choices := r.decisions[i].Choices
		best := argmax(r.probs[i])
		p, chance := r.probs[i][best], 1/float64(len(choices))
		op := Palette.Op(choices[best])
		line := ink{width: edgeWidth(p, chance, g.scale), dashed: choices[best] == noOp}
		strength := edgeStrength(p, chance)
		if line.dashed {
			strength = math.Max(strength, 0.75)
		}
		line.color = mix(g.tok.Bg, op.Color.On(dark), strength)
		room := []tagPart{{"", "conv3 .88", false, g.tok.Ink}}
		if !labels {
			room = nil
		}
		g.add(k.from, k.to, p, line, room, false)
		last := &g.items[len(g.items)-1]
		last.tag.parts = nil
		if p >= named {
			decided++
			if labels {
				last.tag.parts = []tagPart{{"", op.Head + " " + Prob(p), false, g.tok.Ink}}
			}
		}
	}
	g.place()
	return g, fmt.Sprintf("%d of %d edges from %s on", decided, len(r.links), fixed(named, 2))
}
