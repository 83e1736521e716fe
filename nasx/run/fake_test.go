package run_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// walkConfig configures walk.
type walkConfig struct {
	Rate float64 `json:"rate"` // how far one step goes
	Rows int     `json:"rows"` // decisions
}

// walk is a searcher that wanders: each step moves its position by keyed noise
// times a rate that falls with the steps until somebody sets it.
type walk struct {
	cfg      walkConfig
	seed     uint64
	step     int
	position []float64
	rate     float64
	fixed    bool          // the rate was set and no longer falls
	nap      time.Duration // each step waits this long
	poison   int           // the step whose trace gets a NaN
	noise    float64       // added to the trace, as another machine would
}

func newWalk(seed uint64) *walk {
	cfg := walkConfig{Rate: 0.5, Rows: 4}
	return &walk{cfg: cfg, seed: seed, position: make([]float64, cfg.Rows), rate: cfg.Rate}
}

func (w *walk) Step() (search.Trace, error) {
	w.step++
	time.Sleep(w.nap)
	if !w.fixed {
		w.rate = w.cfg.Rate / math.Sqrt(float64(w.step))
	}
	rng := key.Rand(w.seed, "walk", w.step, 0)
	tr := search.Trace{Step: w.step, Phase: search.PhaseSearch, Formula: "Δ = r*n"}
	sum := 0.0
	for i := range w.position {
		n := rng.NormFloat64()
		w.position[i] += w.rate * n
		sum += w.position[i]
		p := 1 / (1 + math.Exp(-w.position[i]))
		tr.Arch = append(tr.Arch, rng.IntN(2))
		tr.Probs = append(tr.Probs, []float64{p, 1 - p})
		tr.Grad = append(tr.Grad, []float64{w.rate * n, w.rate * n})
		tr.Update = append(tr.Update, []float64{w.rate * n, -w.rate * n})
		tr.Credit = append(tr.Credit, n)
	}
	tr.Scalars = map[string]float64{search.ScalarLoss: sum + w.noise, search.ScalarArchRate: w.rate}
	if w.step%10 == 0 {
		tr.Scalars[search.ScalarChildArgmax] = rng.Float64()
	}
	tr.Terms = []search.Term{
		{Symbol: "r", Meaning: "rate", Value: w.rate}, {Symbol: "n", Meaning: "noise", Row: search.RowCredit},
	}
	if w.step == w.poison {
		tr.Probs[2][1] = math.NaN()
	}
	return tr, nil
}

func (w *walk) Best() (space.Arch, error) { return make(space.Arch, len(w.position)), nil }

func (w *walk) State() (map[string]search.Tensor, error) {
	fixed := int64(0)
	if w.fixed {
		fixed = 1
	}
	return map[string]search.Tensor{
		"position": search.Float64Tensor(w.position, 2, w.cfg.Rows/2),
		"counters": search.Int64Tensor([]int64{int64(w.step), fixed}),
		"rate":     search.Float64Tensor([]float64{w.rate}),
	}, nil
}

func (w *walk) SetState(state map[string]search.Tensor) error {
	position, err := state["position"].Float64s()
	counters, err2 := state["counters"].Int64s()
	rate, err3 := state["rate"].Float64s()
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	if len(position) != w.cfg.Rows || len(counters) != 2 || len(rate) != 1 {
		return fmt.Errorf("state has %d, %d, %d values", len(position), len(counters), len(rate))
	}
	w.position, w.step, w.fixed, w.rate = position, int(counters[0]), counters[1] == 1, rate[0]
	return nil
}

func (w *walk) Knobs() []search.Knob {
	return []search.Knob{{Name: "rate", Label: "rate r", Value: w.rate, Min: 0, Max: 10}}
}

func (w *walk) Set(name string, value float64) error {
	if name != "rate" || value < 0 || value > 10 {
		return fmt.Errorf("knob %q cannot be %v, want rate in [0, 10]", name, value)
	}
	w.rate, w.fixed = value, true
	return nil
}

func (w *walk) Describe() search.Description {
	d := search.Description{
		Method: "walk", Label: "Walk", Seed: w.seed, Data: "none", Config: w.cfg, Space: "pairs", Steps: 200,
	}
	for i := range w.cfg.Rows {
		name := fmt.Sprintf("%d→%d", i, i+1)
		d.Decisions = append(d.Decisions, space.Decision{Name: name, Cell: "normal", Choices: []string{"left", "right"}})
	}
	return d
}

// buildWalk is a run.Build.
func buildWalk(d search.Description) (search.Searcher, error) {
	w := newWalk(d.Seed)
	return w, run.Config(d, &w.cfg)
}

// blind hides everything a walk can do but stepping.
type blind struct{ w *walk }

func (b blind) Step() (search.Trace, error) { return b.w.Step() }
func (b blind) Best() (space.Arch, error)   { return b.w.Best() }

// must ends a test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
