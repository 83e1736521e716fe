package viz

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
)

// EdgeCredit is what one edge got: the mean over minibatches with its standard
// error, positive where the edge helped.
type EdgeCredit struct {
	From, To int
	Mean     float64
	Err      float64 // 0 where there is only one minibatch
}

// Credits draws who gets the credit: on the edges of a cell in ink alone, the
// wider the more, solid helps and hollow harms; and beside it as sorted bars
// with standard errors.
type Credits struct {
	Caption
	Cell          string // for the default title
	Who           string // whose cell
	By            string // by which rule: Trace.CreditBy
	Inputs, Nodes int
	Edges         []EdgeCredit
	First, Last   int // updates that the means are over, both included
	Count         int // minibatches
}

// CreditsOfRun averages the credit of one cell's edges over the traces of the
// updates from first to last. Zero as last means up to the end.
func CreditsOfRun(r Run, cell string, first, last int) (Credits, error) {
	edges, err := edgesOf(r.About.Decisions, cell)
	if err != nil {
		return Credits{}, err
	}
	c := Credits{Cell: cell, Who: methodLabel(r.About), Inputs: edges.inputs, Nodes: edges.nodes}
	c.Repro = ReproOf(r.About)
	sum, square := make([]float64, len(edges.links)), make([]float64, len(edges.links))
	for _, t := range r.Traces {
		if t.Step < first || last > 0 && t.Step > last || t.Credit == nil {
			continue
		}
		if len(t.Credit) != len(r.About.Decisions) {
			return Credits{}, fmt.Errorf("viz: trace of step %d has %d credits for %d decisions, want one each",
				t.Step, len(t.Credit), len(r.About.Decisions))
		}
		if c.Count == 0 {
			c.First = t.Step
		}
		c.Last, c.By = t.Step, t.CreditBy
		c.Count++
		for k, i := range edges.index {
			sum[k] += t.Credit[i]
			square[k] += t.Credit[i] * t.Credit[i]
		}
	}
	if c.Count == 0 {
		return Credits{}, fmt.Errorf("viz: run of %s has no credit in the steps asked for", c.Who)
	}
	n := float64(c.Count)
	for k, l := range edges.links {
		e := EdgeCredit{From: l.from, To: l.to, Mean: sum[k] / n}
		if c.Count > 1 {
			e.Err = math.Sqrt(math.Max(0, square[k]/n-e.Mean*e.Mean) / (n - 1))
		}
		c.Edges = append(c.Edges, e)
	}
	return c, nil
}

// SVG implements [Figure].
func (c Credits) SVG(w io.Writer) error { sh, err := c.sheet(); return writeSVG(w, sh, err) }

// PNG implements [Figure].
func (c Credits) PNG(w io.Writer) error { sh, err := c.sheet(); return writePNG(w, sh, err) }

// Alt implements [Figure]: the credit of every edge, largest first.
func (c Credits) Alt() string { return altOf(c.sheet()) }

// Measures of the two halves.
const (
	creditDAG = 610.0
	creditRow = 21.0
)

func (c Credits) sheet() (*sheet, error) {
	as := Cell{Inputs: c.Inputs, Nodes: c.Nodes}
	for _, e := range c.Edges {
		if math.IsNaN(e.Mean) || math.IsInf(e.Mean, 0) || !(e.Err >= 0) || math.IsInf(e.Err, 0) {
			return nil, fmt.Errorf("viz: credit of edge %s is %v ± %v, want finite numbers",
				EdgeName(e.From, e.To), e.Mean, e.Err)
		}
		as.Edges = append(as.Edges, Edge{From: e.From, To: e.To})
	}
	if err := as.check(); err != nil {
		return nil, err
	}
	sh := newSheet(c.Caption, titleOf("credit on the edges: "+joined(c.Who, cellName(c.Cell))), c.note())
	sorted := append([]EdgeCredit(nil), c.Edges...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Mean > sorted[j].Mean })
	g := c.drawing()
	rows := 24 + creditRow*float64(len(sorted))
	sh.height = math.Max(g.layout.height, rows)
	sh.body = func(s *sketch, at point) {
		g.draw(s, point{at.x, at.y + (sh.height-g.layout.height)/2})
		creditBars(s, point{at.x + creditDAG + 30, at.y + (sh.height-rows)/2}, sorted)
	}
	var parts []string
	for _, e := range sorted {
		parts = append(parts, EdgeName(e.From, e.To)+" "+creditText(e))
	}
	sh.alt = sentence(sh.caption.Title) + " Credit in thousandths: " + strings.Join(parts, ", ") + "."
	return sh, nil
}

// note says what is drawn and which edges are clear of zero.
func (c Credits) note() string {
	by := c.By
	if by == "" {
		by = "Credit"
	}
	text := titleOf(Minus(by)) + ", in " + Power(-3) + ". "
	var clear []string
	for _, e := range c.Edges {
		if e.Err > 0 && math.Abs(e.Mean) > 2*e.Err {
			clear = append(clear, EdgeName(e.From, e.To))
		}
	}
	switch {
	case c.Count > 1:
		text += fmt.Sprintf("Mean of %s minibatches (updates %s to %s) ± one standard error. ",
			Count(c.Count), Count(c.First), Count(c.Last))
	case c.Count == 1:
		text += fmt.Sprintf("One minibatch, update %s: no error known. ", Count(c.Last))
	}
	text += "Solid helps, hollow harms."
	if c.Count > 1 {
		if len(clear) == 0 {
			clear = []string{"none"}
		}
		text += " Clear of zero by two errors: " + strings.Join(clear, ", ") + "."
	}
	return text
}

func creditText(e EdgeCredit) string {
	if e.Err > 0 {
		return Credit(e.Mean) + " ± " + fixed(1000*e.Err, 1)
	}
	return Credit(e.Mean)
}

// drawing puts credit on the edges, in ink alone.
func (c Credits) drawing() *graph {
	const widest, thinnest = 10.0, 1.2
	g := newGraph(c.Inputs, c.Nodes, creditDAG, 0.86, c.Dark)
	g.full(c.Nodes)
	most := 0.0
	for _, e := range c.Edges {
		most = math.Max(most, math.Max(math.Abs(e.Mean), e.Err)) // noise alone must not look like much
	}
	for _, e := range c.Edges {
		share := 0.0
		if most > 0 {
			share = math.Abs(e.Mean) / most
		}
		k := ink{width: thinnest + (widest-thinnest)*share, color: g.tok.Ink, hollow: e.Mean < 0}
		if k.hollow {
			k.width = math.Max(k.width, 3.2) // both lines must show
		}
		g.add(e.From, e.To, share, k, []tagPart{{"", Credit(e.Mean), true, g.tok.Ink}}, false)
	}
	g.place()
	return g
}

// creditBars draws the sorted bars with their errors.
func creditBars(s *sketch, at point, edges []EdgeCredit) {
	const names, numbers = 46.0, 78.0
	width := bodyWidth - creditDAG - 30
	low, high := 0.0, 0.0
	for _, e := range edges {
		low, high = math.Min(low, e.Mean-e.Err), math.Max(high, e.Mean+e.Err)
	}
	if high == low {
		high = 1
	}
	x := func(v float64) float64 { return at.x + names + (width-names-numbers)*(v-low)/(high-low) }
	zero := x(0)
	s.text(point{zero - 4, at.y + 10}, "← harms", labelSize, false, s.tok.Ink2, right)
	s.text(point{zero + 4, at.y + 10}, "helps →", labelSize, false, s.tok.Ink2, left)
	s.line(point{zero, at.y + 17}, point{zero, at.y + 24 + creditRow*float64(len(edges))}, 1, s.tok.Ink2)
	for i, e := range edges {
		mid := at.y + 24 + creditRow*(float64(i)+0.5)
		b := box{math.Min(zero, x(e.Mean)), mid - 6, math.Max(zero, x(e.Mean)), mid + 6}
		whisker := s.tok.Ink
		if e.Mean >= 0 {
			s.rect(b, 0, s.tok.Ink)
			whisker = s.tok.Ink3
		} else {
			s.frame(box{b.x0 + 0.5, b.y0 + 0.5, b.x1, b.y1 - 0.5}, 0, 1, s.tok.Ink)
		}
		if e.Err > 0 {
			s.line(point{x(e.Mean - e.Err), mid}, point{x(e.Mean + e.Err), mid}, 2, whisker)
		}
		s.text(point{at.x, mid + 4}, EdgeName(e.From, e.To), labelSize, false, s.tok.Ink, left)
		s.text(point{at.x + width, mid + 4}, creditText(e), labelSize, false, s.tok.Ink, right)
	}
}
