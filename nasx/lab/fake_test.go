package lab_test

import (
	"errors"
	"math"
	"time"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// fake is a searcher whose every number is known: x is multiplied by rate at
// each step, starting from 1+seed.
type fake struct {
	id    string
	seed  uint64
	rate  float64
	steps int
	delay time.Duration
	nanAt int
	errAt int

	step int
	x    float64
}

func newFake(id string, seed uint64) *fake {
	return &fake{id: id, seed: seed, rate: 0.5, steps: 1000, x: 1 + float64(seed)}
}

func (f *fake) Step() (search.Trace, error) {
	time.Sleep(f.delay)
	f.step++
	f.x *= f.rate
	if f.step == f.errAt {
		return search.Trace{}, errors.New("the disk of the fake is full")
	}
	loss := f.x
	if f.step == f.nanAt {
		loss = math.NaN()
	}
	p := 1 / (1 + f.x)
	return search.Trace{
		Step: f.step, Phase: search.PhaseSearch, Arch: space.Arch{0},
		Probs: [][]float64{{p, 1 - p}}, Credit: []float64{f.x},
		Scalars: map[string]float64{search.ScalarLoss: loss},
	}, nil
}

func (f *fake) Best() (space.Arch, error) { return space.Arch{0}, nil }

func (f *fake) State() (map[string]search.Tensor, error) {
	return map[string]search.Tensor{"x": search.Float64Tensor([]float64{f.x, f.rate, float64(f.step)})}, nil
}

func (f *fake) SetState(state map[string]search.Tensor) error {
	values, err := state["x"].Float64s()
	if err != nil || len(values) != 3 {
		return errors.New("not a state of the fake")
	}
	f.x, f.rate, f.step = values[0], values[1], int(values[2])
	return nil
}

func (f *fake) Knobs() []search.Knob {
	return []search.Knob{{Name: "rate", Label: "rate", Value: f.rate, Min: 0, Max: 2}}
}

func (f *fake) Set(name string, value float64) error {
	if name != "rate" {
		return errors.New("no such knob")
	}
	f.rate = value
	return nil
}

func (f *fake) Describe() search.Description {
	return search.Description{
		Method: f.id, Label: "Fake " + f.id, Seed: f.seed, Data: "none", Steps: f.steps,
		Config: map[string]any{"start": 1 + f.seed, "delay": f.delay.String()}, Space: "two",
		Decisions: []space.Decision{{Name: "0→1", Choices: []string{"left", "right"}}},
	}
}

// want is the loss of a fake after a step with its first rate.
func want(seed uint64, step int) float64 {
	return (1 + float64(seed)) * math.Pow(0.5, float64(step))
}
