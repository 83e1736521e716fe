package viz

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"naslab.dev/nasx/search"
)

// Run is what a figure over time draws: a description and traces in the order
// of their steps. Traces may leave steps out.
type Run struct {
	About  search.Description
	Traces []search.Trace
}

// Source is where traces are read from, for example a run directory's reader.
type Source interface {
	// Steps returns the number of the last step.
	Steps() (int, error)
	// Traces returns the steps from … to, both included.
	Traces(from, to int) ([]search.Trace, error)
}

// RunOf reads all traces of a run.
func RunOf(about search.Description, from Source) (Run, error) {
	last, err := from.Steps()
	if err != nil {
		return Run{}, fmt.Errorf("viz: run of %s: %w", methodLabel(about), err)
	}
	traces, err := from.Traces(1, last)
	if err != nil {
		return Run{}, fmt.Errorf("viz: run of %s: %w", methodLabel(about), err)
	}
	return Run{About: about, Traces: traces}, nil
}

// Axis is what the x axis of a figure over time counts.
type Axis string

// The x axes. The zero value counts updates.
const (
	AxisUpdates Axis = ""
	AxisImages  Axis = "images seen"
)

// Name is how the axis is labelled.
func (a Axis) Name() string {
	if a == AxisUpdates {
		return "updates"
	}
	return string(a)
}

// scale is how much of the axis one step of a run takes.
func (a Axis) scale(about search.Description) (float64, error) {
	if a == AxisUpdates {
		return 1, nil
	}
	if a != AxisImages || about.ImagesPerStep <= 0 {
		return 0, fmt.Errorf("viz: run of %s cannot be drawn over %q: it says no number of images per step",
			methodLabel(about), a.Name())
	}
	return float64(about.ImagesPerStep), nil
}

// series are the points of one scalar; steps without it are left out.
type series struct{ x, y []float64 }

func (r Run) scalar(name string) series {
	var s series
	for _, t := range r.Traces {
		v, ok := t.Scalars[name]
		if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		s.x, s.y = append(s.x, float64(t.Step)), append(s.y, v)
	}
	return s
}

func (s series) empty() bool { return len(s.y) == 0 }

func (s series) last() float64 { return s.y[len(s.y)-1] }

// child returns the accuracy of the argmax child, or of the DARTS child where
// the run measured only that.
func (r Run) child() series {
	if s := r.scalar(search.ScalarChildArgmax); !s.empty() {
		return s
	}
	return r.scalar(search.ScalarChildDARTS)
}

// near returns the last value of a scalar at or before a step, and whether
// there is one.
func (s series) near(step float64) (float64, bool) {
	i := -1
	for k, x := range s.x {
		if x <= step {
			i = k
		}
	}
	if i < 0 {
		return 0, false
	}
	return s.y[i], true
}

// withProbs returns the traces that have probabilities, at most limit of them
// at even distances, the first and the last included.
func (r Run) withProbs(limit int) (some []search.Trace, every int, err error) {
	all := slices.DeleteFunc(slices.Clone(r.Traces), func(t search.Trace) bool { return t.Probs == nil })
	if len(all) == 0 {
		return nil, 0, fmt.Errorf("viz: run of %s has no probabilities to draw over time", methodLabel(r.About))
	}
	every = (len(all) + limit - 1) / limit
	for i := (len(all) - 1) % every; i < len(all); i += every {
		some = append(some, all[i])
	}
	if some[0].Step != all[0].Step && len(some) > 1 {
		some[0] = all[0]
	}
	return some, every, nil
}

// color is the colour of a run's method.
func (r Run) color(dark bool) Hex { return Palette.Method(r.About.Method).Color.On(dark) }

// namedSeries is one of a run's curves.
type namedSeries struct {
	word string
	data series
}

// entropiesOf returns the entropy of each cell, or of all decisions.
func entropiesOf(r Run) []namedSeries {
	var out []namedSeries
	for _, k := range []namedSeries{
		{"normal", r.scalar(search.ScalarEntropyNormal)},
		{"reduction", r.scalar(search.ScalarEntropyReduce)},
	} {
		if !k.data.empty() {
			out = append(out, k)
		}
	}
	if all := r.scalar(search.ScalarEntropy); len(out) == 0 && !all.empty() {
		out = append(out, namedSeries{"", all})
	}
	return out
}

func namesOf(runs []Run) string {
	var names []string
	for _, r := range runs {
		names = union(names, []string{methodLabel(r.About)})
	}
	return strings.Join(names, ", ")
}

func reproOfRuns(runs []Run) string {
	var about []search.Description
	for _, r := range runs {
		about = append(about, r.About)
	}
	return ReproOf(about...)
}

// joinDot joins what is not empty with a middle dot.
func joinDot(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, " · ")
}
