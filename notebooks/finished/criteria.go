package finished

import (
	"fmt"
	"math"

	"naslab.dev/nasx/search"
	"naslab.dev/viz"
	"naslab.dev/viz/nb"
)

const (
	earlyEpoch = 3  // of 50: where the curves still differ
	perEpoch   = 16 // minibatches of preset digits
)

// Comparison returns the figure of three panels for DARTS against SNAS, with ENAS
// as third where it has finished searches: of the finished searches where the
// first two have some, else of a running session that has both. It prints in one
// sentence which of the two. Curves are of the first seed, on the validation
// images; bars are of all seeds, on the test images.
func Comparison(s nb.Recorder) (viz.Comparison, error) {
	var c viz.Comparison
	mixing, sampling, err := both()
	if err != nil {
		return c, err
	}
	if len(mixing) == 0 || len(sampling) == 0 {
		return live(s)
	}
	paid, err := All("enas")
	if err != nil {
		return c, err
	}
	fmt.Printf("Finished searches made by `make gates`: DARTS of seeds %v, SNAS of seeds %v, ENAS of seeds %v.\n",
		seeds(mixing), seeds(sampling), seeds(paid))
	for _, searches := range [][]Search{mixing, sampling, paid} {
		if len(searches) == 0 {
			continue
		}
		one, err := searches[0].Run()
		if err != nil {
			return c, err
		}
		child := func(s Search) float64 { return s.Final.Child.ArgmaxRule }
		c.Runs = append(c.Runs, one)
		c.Outcomes = append(c.Outcomes, viz.Outcome{
			Method: searches[0].Method, Child: Each(searches, child),
			Search: Each(searches, func(s Search) float64 { return s.Final.Search }),
		})
	}
	return c, nil
}

// live is the comparison of a session's steps.
func live(s nb.Recorder) (viz.Comparison, error) {
	var c viz.Comparison
	fmt.Println("No finished searches are on this machine: run `make gates` for three seeds of each method. " +
		"This is the session, one seed and few updates.")
	for _, method := range []string{"darts", "snas"} {
		r, err := nb.Recorded(s, method)
		if err != nil {
			return c, err
		}
		o := viz.Outcome{Method: method}
		if step, v, ok := last(r, search.ScalarSearchAccuracy); ok && step > 0 {
			o.Search = []float64{v}
		}
		if step, v, ok := last(r, search.ScalarChildArgmax); ok && step > 0 {
			o.Child = []float64{v}
		}
		c.Runs, c.Outcomes = append(c.Runs, r), append(c.Outcomes, o)
	}
	return c, nil
}

// last returns the last value of a scalar in a run.
func last(r viz.Run, scalar string) (step int, value float64, ok bool) {
	for _, t := range r.Traces {
		if v, has := t.Scalars[scalar]; has {
			step, value, ok = t.Step, v, true
		}
	}
	return step, value, ok
}

func both() (mixing, sampling []Search, err error) {
	if mixing, err = All("darts"); err != nil {
		return nil, nil, err
	}
	sampling, err = All("snas")
	return mixing, sampling, err
}

// common keeps the searches whose seeds both methods have.
func common(mixing, sampling []Search) (ours, theirs []Search) {
	for _, a := range mixing {
		for _, b := range sampling {
			if a.Seed == b.Seed {
				ours, theirs = append(ours, a), append(theirs, b)
			}
		}
	}
	return ours, theirs
}

func seeds(searches []Search) []uint64 {
	out := []uint64{}
	for _, s := range searches {
		out = append(out, s.Seed)
	}
	return out
}

// Criterion is one inequality that the searches are held to.
type Criterion struct {
	Claim string  // in words
	Want  string  // the bound, without the unit
	Mean  float64 // of the seeds
	Low   float64 // of the seeds
	High  float64
	Unit  string // "points" or "nats"
	Holds bool
}

// Row returns the criterion as a row of a table.
func (c Criterion) Row() []string {
	places := "%+.1f"
	if c.Unit == "nats" {
		places = "%+.3f"
	}
	number := func(v float64) string { return viz.Minus(fmt.Sprintf(places, v)) }
	holds := "no"
	if c.Holds {
		holds = "yes"
	}
	return []string{c.Claim, c.Want + " " + c.Unit, number(c.Mean), number(c.Low) + " to " + number(c.High), holds}
}

// Criteria holds the finished searches to what the paper's figures show, over
// the seeds that both methods have. It prints which these are, and returns no
// criterion where there are none.
func Criteria() ([]Criterion, error) {
	mixing, sampling, err := both()
	if err != nil {
		return nil, err
	}
	mixing, sampling = common(mixing, sampling)
	switch {
	case len(mixing) == 0:
		fmt.Println("No seed has a finished search of both methods here: run `make gates`.")
		return nil, nil
	case len(mixing) < len(Seeds):
		fmt.Printf("Only the seeds %v have finished searches of both methods; `make gates` makes three.\n", seeds(mixing))
	default:
		fmt.Printf("Seeds %v.\n", seeds(mixing))
	}
	earlyMixing, err := early(mixing)
	if err != nil {
		return nil, err
	}
	earlySampling, err := early(sampling)
	if err != nil {
		return nil, err
	}
	third, err := rewarded()
	return append(criteria(mixing, sampling, earlyMixing, earlySampling), third...), err
}

// early are the accuracies of search networks while the curves still differ.
func early(searches []Search) ([]float64, error) {
	out := make([]float64, len(searches))
	for i, s := range searches {
		v, err := s.At(search.ScalarSearchAccuracy, earlyEpoch*perEpoch)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// between are the differences of a and b, seed by seed, times a scale.
func between(a, b []float64, scale float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = scale * (a[i] - b[i])
	}
	return out
}

// criteria are the inequalities, on plain numbers of equally many seeds.
func criteria(mixing, sampling []Search, earlyMixing, earlySampling []float64) []Criterion {
	const percent = 100
	parent := func(s Search) float64 { return percent * s.Final.Search }
	argmax := func(s Search) float64 { return percent * s.Final.Child.ArgmaxRule }
	rule := func(s Search) float64 { return percent * s.Final.Child.DARTSRule }
	entropy := func(s Search) float64 { return s.Final.MeanEntropy() }
	m := func(f func(Search) float64) []float64 { return Each(mixing, f) }
	s := func(f func(Search) float64) []float64 { return Each(sampling, f) }
	return []Criterion{
		held("after epoch 3: SNAS − DARTS, search networks", "mean ≤ +2", "points",
			between(earlySampling, earlyMixing, percent), func(mean, _, _ float64) bool { return mean <= 2 }),
		held("at the end: SNAS − DARTS, search networks", "mean within ±5", "points",
			between(s(parent), m(parent), 1), func(mean, _, _ float64) bool { return math.Abs(mean) <= 5 }),
		held("SNAS: child (argmax) − search network", "every seed ≥ −3", "points",
			between(s(argmax), s(parent), 1), func(_, low, _ float64) bool { return low >= -3 }),
		held("DARTS: child (DARTS rule) − search network", "every seed ≤ −30", "points",
			between(m(rule), m(parent), 1), func(_, _, high float64) bool { return high <= -30 }),
		held("DARTS: child (argmax) − search network", "every seed ≤ −30", "points",
			between(m(argmax), m(parent), 1), func(_, _, high float64) bool { return high <= -30 }),
		held("children: SNAS (argmax) − DARTS (DARTS rule)", "every seed ≥ +30", "points",
			between(s(argmax), m(rule), 1), func(_, low, _ float64) bool { return low >= 30 }),
		held("entropy: SNAS − DARTS", "mean ≤ −0.05", "nats",
			between(s(entropy), m(entropy), 1), func(mean, _, _ float64) bool { return mean <= -0.05 }),
	}
}

// held is a criterion on one number per seed. Rounding of the differences does
// not decide it.
func held(claim, want, unit string, values []float64, holds func(mean, low, high float64) bool) Criterion {
	const places = 1e9
	c := Criterion{Claim: claim, Want: want, Unit: unit, Low: math.Inf(1), High: math.Inf(-1)}
	for _, v := range values {
		c.Mean += v / float64(len(values))
		c.Low, c.High = math.Min(c.Low, v), math.Max(c.High, v)
	}
	round := func(v float64) float64 { return math.Round(v*places) / places }
	c.Holds = holds(round(c.Mean), round(c.Low), round(c.High))
	return c
}
