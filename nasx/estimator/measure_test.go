package estimator_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/credit/rudder"
	"naslab.dev/nasx/estimator"
)

// listed gives the numbers of a list, one after the other.
type listed struct {
	values []float64
	next   int
}

func (l *listed) Name() string { return "listed" }

func (l *listed) Estimate(estimator.Problem, estimator.Draw) ([][]float64, error) {
	l.next++
	return [][]float64{{l.values[l.next-1]}}, nil
}

// Three estimates 1, 2, 6 of a truth of 1: mean 3, variance 7, error √(7/3);
// second moment 14/3, fourth 98/3, so the variance is known to √(98/27). The
// deviation is √7, and its error √(98/27)/(2√7).
func TestMeasuresByHand(t *testing.T) {
	p := estimator.Problem{Logits: [][]float64{{0}}, Loss: lossFunc(
		func([][]float64) (float64, [][]float64) { return 0, [][]float64{{0}} },
	)}
	got := measure(t, p, estimator.Truth{Grad: [][]float64{{1}}}, &listed{values: []float64{1, 2, 6}}, 3)
	size := estimator.Size{
		Bias: estimator.Number{Value: 2, Err: math.Sqrt(7. / 3)}, Chance: math.Sqrt(7. / 3),
		SD: estimator.Number{Value: math.Sqrt(7), Err: math.Sqrt((98./3-196./9)/2) / (2 * math.Sqrt(7))},
	}
	want := estimator.Report{
		Name: "listed", Samples: 3, Decisions: []estimator.Size{size}, Whole: size,
		Entries: [][]estimator.Entry{{{
			Mean:     estimator.Number{Value: 3, Err: math.Sqrt(7. / 3)},
			Variance: estimator.Number{Value: 7, Err: math.Sqrt(98. / 27)},
		}}},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-12 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("want, got: %s", diff)
	}
}

// Sampling agrees with enumeration, for mean and variance of every choice.
func TestSampledMomentsAreTheEnumeratedOnes(t *testing.T) {
	p, truth := problem(t, 1)
	for _, e := range []estimator.Estimator{
		estimator.Reinforce{Label: "no baseline"},
		estimator.FirstPPO{Baseline: truth.Loss, Clip: 0.2},
		estimator.OwnReward{},
	} {
		mean, variance := moments(t, p, e)
		r := measure(t, p, truth, e, 10000)
		for d, row := range r.Entries {
			for k, got := range row {
				if !(math.Abs(got.Mean.Value-mean[d][k]) <= 4*got.Mean.Err) ||
					!(math.Abs(got.Variance.Value-variance[d][k]) <= 4*got.Variance.Err) {
					t.Errorf("%s, decision %d, choice %d: got %+v, want mean %g and variance %g",
						e.Name(), d, k, got, mean[d][k], variance[d][k])
				}
			}
		}
		if got, want := r.Whole.SD.Value, math.Sqrt(total(variance)); !(math.Abs(got-want) <= 4*r.Whole.SD.Err) {
			t.Errorf("%s: deviation %+v, want %g", e.Name(), r.Whole.SD, want)
		}
		if biased := distance(mean, truth.Grad) > 1e-9; r.Whole.Clear() != biased {
			t.Errorf("%s: bias %+v, chance %g, found: %v, there: %v",
				e.Name(), r.Whole.Bias, r.Whole.Chance, r.Whole.Clear(), biased)
		}
	}
}

func TestEstimatesOfDARTSDoNotScatter(t *testing.T) {
	p, truth := problem(t, 1)
	whole := measure(t, p, truth, estimator.Mixture{}, 100).Whole
	if !(whole.SD.Value <= 1e-14) || !whole.Clear() {
		t.Errorf("got %+v, want a bias and no scatter", whole)
	}
	p, truth = problem(t, 0)
	if whole := measure(t, p, truth, estimator.Mixture{}, 100).Whole; whole.Clear() {
		t.Errorf("without curvature: got %+v, want no bias", whole)
	}
}

func TestSameSeedSameReport(t *testing.T) {
	p, truth := problem(t, 1)
	e := estimator.Reparametrised{Temperature: 0.5}
	if diff := cmp.Diff(measure(t, p, truth, e, 50), measure(t, p, truth, e, 50)); diff != "" {
		t.Error(diff)
	}
}

// The baseline of Monte Carlo has seen the reward itself, which shrinks every
// estimate to 0.9 of what it would be; its mean is 0.9 of the truth.
func TestMonteCarloCreditShrinksTheGradient(t *testing.T) {
	p, truth := problem(t, 1)
	rule, err := credit.NewMonteCarlo(credit.DefaultMonteCarloConfig())
	if err != nil {
		t.Fatal(err)
	}
	e, err := estimator.NewCredited("Monte Carlo", rule, p, 1, 200)
	if err != nil {
		t.Fatal(err)
	}
	const samples = 20000
	for d, row := range measure(t, p, truth, e, samples).Entries {
		for k, got := range row {
			if want := 0.9 * truth.Grad[d][k]; !(math.Abs(got.Mean.Value-want) <= 4*got.Mean.Err) {
				t.Errorf("decision %d, choice %d: mean %+v, want %g", d, k, got.Mean, want)
			}
		}
	}
}

// With its own share of the reward a decision hears less of the others. Return
// decomposition with a linear model has the right mean, because the gradient in a
// row of logits depends on the loss only through its mean over the other
// decisions. A gate that lets the reward stay where the prediction was bad chooses
// by the outcome, and spoils the mean.
func TestRUDDERScattersLessAndItsGateIsBiased(t *testing.T) {
	p, truth := problem(t, 1)
	size := func(gate float64) estimator.Size {
		model, err := rudder.NewLinear([]int{3, 3, 3}, 1)
		if err != nil {
			t.Fatal(err)
		}
		rule, err := rudder.NewAssigner(model, rudder.Config{Gate: gate, Decay: 0.99})
		if err != nil {
			t.Fatal(err)
		}
		e, err := estimator.NewCredited(rule.Name(), rule, p, 1, 300)
		if err != nil {
			t.Fatal(err)
		}
		return measure(t, p, truth, e, 5000).Whole
	}
	free, gated := size(0), size(0.2)
	length := distance(truth.Grad, [][]float64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}})
	if !(free.Bias.Value <= 0.01*length+4*free.Chance) { // the average has seen the reward itself: 0.99 of the truth
		t.Errorf("without gate: bias %+v, want little more than 0.01 of %g", free.Bias, length)
	}
	if !(gated.Bias.Value-4*gated.Bias.Err > 0.2*length) {
		t.Errorf("with gate: bias %+v, want more than a fifth of %g", gated.Bias, length)
	}
	whole := measure(t, p, truth, estimator.Reinforce{Baseline: truth.Baseline}, 5000).Whole
	if !(free.SD.Value+4*free.SD.Err < 0.5*whole.SD.Value) {
		t.Errorf("deviation %+v, want less than half of %+v", free.SD, whole.SD)
	}
}

func TestUnusableProblemsAreSentences(t *testing.T) {
	good, truth := problem(t, 1)
	broken := lossFunc(func([][]float64) (float64, [][]float64) { return math.NaN(), nil })
	for name, p := range map[string]estimator.Problem{
		"no loss": {Logits: good.Logits}, "no decisions": {Loss: good.Loss},
		"no choices": {Logits: [][]float64{{}}, Loss: good.Loss},
		"infinite":   {Logits: [][]float64{{math.Inf(1)}}, Loss: good.Loss},
		"too many":   {Logits: make17(), Loss: good.Loss},
	} {
		_, enumerated := estimator.Enumerate(p)
		_, measured := estimator.Measure(p, truth, estimator.Mixture{}, 1, 2)
		_, _, summed := estimator.Moments(p, estimator.Mixture{})
		for _, err := range []error{enumerated, measured, summed} {
			if err == nil || !strings.HasPrefix(err.Error(), "estimator: ") {
				t.Errorf("%s: got %v, want an error of this package", name, err)
			}
		}
	}
	if _, err := estimator.Measure(good, truth, estimator.Mixture{}, 1, 1); err == nil {
		t.Error("one sample is no error")
	}
	p := estimator.Problem{Logits: good.Logits, Loss: broken}
	if _, err := estimator.Measure(p, truth, estimator.Reinforce{}, 1, 2); err == nil ||
		!strings.Contains(err.Error(), "sample 0") {
		t.Errorf("a loss of NaN: got %v, want an error that names the sample", err)
	}
	for _, cfg := range []estimator.CellConfig{
		{}, {Nodes: 5, Ops: 2, Width: 1}, {Nodes: 1, Ops: 1, Width: 1}, {Nodes: 1, Ops: 2, Width: 1, Curvature: -1},
	} {
		if _, err := estimator.NewCell(cfg); err == nil {
			t.Errorf("%+v is no error", cfg)
		}
	}
	if _, err := estimator.NewProblem(good.Loss, []int{2}, math.NaN(), 1); err == nil {
		t.Error("a spread of NaN is no error")
	}
}

// make17 returns 2 to the power of 17 architectures.
func make17() [][]float64 {
	out := make([][]float64, 17)
	for d := range out {
		out[d] = []float64{0, 0}
	}
	return out
}
