package bench_test

import (
	"math"
	"strings"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

// What makes a least-squares solution: the residual is orthogonal to every
// feature. What makes it the one of least norm: it is orthogonal to what leaves
// the predictions alone, that is to raising all weights of a decision and
// lowering the intercept, so the weights of each decision add to the intercept.
func TestFitIsTheLeastSquaresSolutionOfLeastNorm(t *testing.T) {
	s, rng := bench.NB201(), key.Rand(3, "fit", 0, 0)
	var archs []space.Arch
	var values []float64
	for range 200 {
		archs = append(archs, space.Sample(s, rng))
		values = append(values, 100+20*rng.NormFloat64())
	}
	fit, err := bench.FitAdditive(s, archs, values)
	if err != nil {
		t.Fatal(err)
	}
	for d, weights := range fit.Weights {
		sum := 0.0
		for k, w := range weights {
			sum += w
			along := 0.0
			for i, arch := range archs {
				if arch[d] == k {
					along += values[i] - fit.Predict(arch)
				}
			}
			if !(math.Abs(along) < 1e-8) {
				t.Errorf("residual along choice %d of decision %d is %g, want 0", k, d, along)
			}
		}
		if !(math.Abs(sum-fit.Intercept) < 1e-8) {
			t.Errorf("weights of decision %d add to %g, want the intercept %g", d, sum, fit.Intercept)
		}
	}
	if !(fit.R2 > 0 && fit.R2 < 0.5) {
		t.Errorf("R² of noise is %g, want little", fit.R2)
	}
}

// Times that add up are predicted exactly, for architectures not measured too.
func TestSecondsAreThoseOfOneEvaluationAndHalfTheImages(t *testing.T) {
	table := made(t)
	for _, index := range []int{0, 99, 8000, 15624} {
		arch := table.Arch(index)
		train, test := madeSeconds(arch)
		got, err := table.Value(bench.ColumnSeconds, arch)
		if want := train/2 + 2.5*test/12; err != nil || !(math.Abs(got-want) <= 1e-4) {
			t.Errorf("a query of %v costs %g s, error %v, want %g", arch, got, err, want)
		}
	}
	_, times := madeFiles()
	train, test, err := bench.FitSeconds(strings.NewReader(times))
	if err != nil || !(train.R2 > 1-1e-6 && test.R2 > 1-1e-6) {
		t.Errorf("R² is %g and %g, error %v, want 1", train.R2, test.R2, err)
	}
}

func TestPublishedTimesAddUp(t *testing.T) {
	if published(t, "nas-bench-201", importNB201) == nil {
		return
	}
	f, err := openTimes()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // opened for reading
	train, test, err := bench.FitSeconds(f)
	if err != nil || !(math.Abs(train.R2-0.996) < 0.001) {
		t.Errorf("R² is %g for training and %g for testing, error %v, want 0.996 for training", train.R2, test.R2, err)
	}
	t.Logf("R² %.4f for training, %.4f for testing", train.R2, test.R2)
}

func TestFitRefusesWhatIsNoData(t *testing.T) {
	s := bench.NB201()
	for name, archs := range map[string][]space.Arch{
		"nothing": nil, "one": {make(space.Arch, 6)}, "a short one": {make(space.Arch, 6), {0}},
	} {
		if _, err := bench.FitAdditive(s, archs, make([]float64, len(archs))); err == nil {
			t.Errorf("%s is fitted, want an error", name)
		}
	}
}
