package viz

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"naslab.dev/nasx/space"
)

// testEstimates has an estimator without bias, one without scatter, and one at
// three settings.
func testEstimates() Estimates {
	ops := []string{"skip_connect", "nor_conv_3x3"}
	truth := [][]float64{{0.3, -0.3}, {-0.4, 0.4}}
	e := Estimates{
		Decisions: []space.Decision{{Name: "0→1", Choices: ops}, {Name: "0→2", Choices: ops}}, Truth: truth,
	}
	add := func(name, method string, join bool, share float64, d Deviation) {
		one := Estimated{Name: name, Method: method, Join: join, Whole: d, Decisions: []Deviation{d, d}}
		for _, row := range truth {
			var mean []float64
			for _, v := range row {
				mean = append(mean, share*v)
			}
			one.Mean, one.Err = append(one.Mean, mean), append(one.Err, []float64{0.01, 0.01})
		}
		e.Estimators = append(e.Estimators, one)
	}
	add("REINFORCE, best b", "enas", false, 1, Deviation{Bias: 0.01, BiasErr: 0.01, Chance: 0.01, SD: 2, SDErr: 0.1})
	add("SNAS, λ = 10", "snas", false, 0.1, Deviation{Bias: 0.6, BiasErr: 0.01, Chance: 0.01, Clear: true, SD: 0.1})
	add("SNAS, λ = 1", "snas", true, 0.7, Deviation{Bias: 0.2, BiasErr: 0.02, Chance: 0.02, Clear: true, SD: 1})
	add("SNAS, λ = 0.1", "snas", true, 0.99, Deviation{Bias: 0.01, BiasErr: 0.05, Chance: 0.05, SD: 4, SDErr: 0.3})
	add("DARTS", "darts", false, 0.8, Deviation{Bias: 0.14142135623730953, Clear: true, SD: 1e-16})
	return e
}

// addEstimateFigures adds the figures of estimators to those that all tests look
// at.
func addEstimateFigures(out map[string]drawn) {
	e := testEstimates()
	out["bias and variance"], out["trade-off"] = BiasVariance{Estimates: e}, Tradeoff{Estimates: e}
	out["gradient means"] = GradientMeans{Estimates: e}
}

// The exact gradient has length √(2·0.3² + 2·0.4²) = √0.5, so a bias of √0.02 is
// a fifth of it, and a deviation of 2 is 2.83 times it.
func TestEstimateFiguresSayWhatTheyShow(t *testing.T) {
	e := testEstimates()
	for _, f := range []Figure{BiasVariance{Estimates: e}, Tradeoff{Estimates: e}} {
		for _, want := range []string{
			"REINFORCE, best b bias < 0.0354, deviation 2.83", "DARTS bias 0.200, deviation 0",
		} {
			if got := f.Alt(); !strings.Contains(got, want) {
				t.Errorf("%T: got %q, want %q in it", f, got, want)
			}
		}
	}
	if got := (GradientMeans{Estimates: e}).Alt(); !strings.Contains(got, "SNAS, λ = 1 0.283") {
		t.Errorf("got %q, want the relative bias 0.283 in it", got)
	}
}

func TestEstimateFiguresRefuseWhatTheyCannotDraw(t *testing.T) {
	empty, flat, short := testEstimates(), testEstimates(), testEstimates()
	broken, negative := testEstimates(), testEstimates()
	empty.Estimators = nil
	flat.Truth = [][]float64{{0, 0}, {0, 0}}
	short.Truth = short.Truth[:1]
	broken.Estimators[1].Mean[0][1] = math.NaN()
	negative.Estimators[0].Whole.SD = -1
	for i, e := range []Estimates{{}, empty, flat, short, broken, negative} {
		for _, f := range []Figure{BiasVariance{Estimates: e}, Tradeoff{Estimates: e}, GradientMeans{Estimates: e}} {
			var b bytes.Buffer
			if err := f.PNG(&b); err == nil || !strings.HasPrefix(err.Error(), "viz: ") || f.Alt() != "" {
				t.Errorf("%d, %T: got error %v and text %q, want an error and no text", i, f, err, f.Alt())
			}
		}
	}
	many := testEstimates()
	for range 4 {
		many.Estimators = append(many.Estimators, many.Estimators[0])
	}
	if (GradientMeans{Estimates: many}).Alt() != "" {
		t.Error("more columns than fit are drawn")
	}
}
