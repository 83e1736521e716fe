package estimator_test

import (
	"fmt"
	"testing"

	"naslab.dev/nasx/estimator"
)

func TestCellGradientMatchesCentralDifference(t *testing.T) {
	for _, cfg := range []estimator.CellConfig{
		{Nodes: 1, Ops: 2, Width: 1, Seed: 1},
		{Nodes: 2, Ops: 3, Width: 4, Curvature: 1, Seed: 2},
		{Nodes: 4, Ops: 3, Width: 3, Curvature: 0.5, Seed: 3},
	} {
		cell, err := estimator.NewCell(cfg)
		if err != nil {
			t.Fatal(err)
		}
		p, err := estimator.NewProblem(cell, cell.Choices(), 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		z := p.Logits // any rows will do
		_, got := cell.At(z)
		want := slope(z, func(z [][]float64) float64 { loss, _ := cell.At(z); return loss })
		if !(distance(got, want) <= 1e-7*max(1, total(squared(want)))) {
			t.Errorf("%+v: got ∂L/∂z %v, want %v", cfg, got, want)
		}
	}
}

func squared(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for d, row := range rows {
		for _, v := range row {
			out[d] = append(out[d], v*v)
		}
	}
	return out
}

// One input, one edge in, one edge out: without curvature all operations keep
// scale, so what node 1 receives it passes on; with curvature it does not.
func TestCreditFlowsThroughALinearCell(t *testing.T) {
	for _, curvature := range []float64{0, 1} {
		p, _ := problem(t, curvature)
		_, g := p.Loss.At(p.Logits)
		var into, out float64 // R of 0→1 and of 1→2
		for k := range g[0] {
			into += p.Logits[0][k] * g[0][k]
			out += p.Logits[2][k] * g[2][k]
		}
		same := into-out < 1e-12 && out-into < 1e-12
		if same != (curvature == 0) {
			t.Errorf("curvature %g: R is %g into node 1 and %g out of it, same: %v", curvature, into, out, same)
		}
	}
}

func TestExactGradientMatchesCentralDifference(t *testing.T) {
	p, truth := problem(t, 1)
	want := slope(p.Logits, func(logits [][]float64) float64 {
		return enumerate(t, estimator.Problem{Logits: logits, Loss: p.Loss}).Loss
	})
	if !(distance(truth.Grad, want) <= 1e-8) || truth.Archs != 27 {
		t.Errorf("got %v of %d architectures, want %v of 27", truth.Grad, truth.Archs, want)
	}
}

// Nothing is sampled here: the mean over all 27 architectures is the gradient.
func TestScoreEstimatorsAreExactOnAverage(t *testing.T) {
	p, truth := problem(t, 1)
	for _, e := range []estimator.Estimator{
		estimator.Reinforce{Label: "no baseline"},
		estimator.Reinforce{Label: "expected loss", Baseline: truth.Loss},
		estimator.Reinforce{Label: "best", Baseline: truth.Baseline},
		estimator.Reinforce{Label: "far off", Baseline: 5},
		estimator.FirstPPO{Baseline: truth.Loss, Clip: 0.2},
	} {
		if mean, _ := moments(t, p, e); !(distance(mean, truth.Grad) <= 1e-12) {
			t.Errorf("%s: mean %v, want %v", e.Name(), mean, truth.Grad)
		}
	}
}

func TestNoBaselineScattersLessThanTheBest(t *testing.T) {
	p, truth := problem(t, 1)
	variance := func(baseline float64) float64 {
		_, v := moments(t, p, estimator.Reinforce{Baseline: baseline})
		return total(v)
	}
	best := variance(truth.Baseline)
	for _, b := range []float64{0, truth.Loss, truth.Baseline - 0.01, truth.Baseline + 0.01, 5} {
		if got := variance(b); !(got > best) {
			t.Errorf("baseline %g: variance %g, want more than %g of the best, %g", b, got, best, truth.Baseline)
		}
	}
	if far, none := variance(5), variance(0); !(far > 4*none) {
		t.Errorf("variance is %g with a baseline of 5 and %g with none, want far more", far, none)
	}
}

func TestFirstStepOfPPOIsREINFORCE(t *testing.T) {
	p, truth := problem(t, 1)
	for n := range 50 {
		d := p.Draw(1, "sample", n)
		one, _ := estimator.Reinforce{Baseline: truth.Loss}.Estimate(p, d)
		other, _ := estimator.FirstPPO{Baseline: truth.Loss, Clip: 0.2}.Estimate(p, d)
		if distance(one, other) != 0 {
			t.Fatalf("sample %d: REINFORCE gives %v, PPO %v", n, one, other)
		}
	}
}

// Where L is linear in every row given the others, the mean of the products is
// the product of the means, and what the own reward leaves out is a baseline that
// does not depend on the decision. Elsewhere both must fail.
func TestMixtureAndOwnRewardNeedALinearLoss(t *testing.T) {
	p, truth := problem(t, 0)
	mixture, _ := moments(t, p, estimator.Mixture{})
	own, _ := moments(t, p, estimator.OwnReward{})
	if !(distance(mixture, truth.Grad) <= 1e-12) || !(distance(own, truth.Grad) <= 1e-12) {
		t.Errorf("no curvature: DARTS %v, own reward %v, want %v", mixture, own, truth.Grad)
	}
	before, zero := 0.0, [][]float64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}
	for _, curvature := range []float64{0.25, 0.5, 1, 2} {
		p, truth := problem(t, curvature)
		length := distance(truth.Grad, zero)
		mixture, _ := moments(t, p, estimator.Mixture{})
		own, _ := moments(t, p, estimator.OwnReward{})
		bias := distance(mixture, truth.Grad) / length
		if !(bias > before+0.01) {
			t.Errorf("curvature %g: bias of DARTS is %g of the gradient, want more than %g", curvature, bias, before)
		}
		if got := distance(own, truth.Grad) / length; !(got > 0.01) {
			t.Errorf("curvature %g: bias of the own reward is %g of the gradient, want some", curvature, got)
		}
		before = bias
	}
}

func TestRaggedDecisionsAndOnlyChoices(t *testing.T) {
	p := estimator.Problem{Logits: [][]float64{{0.5}, {1, -1}, {0, 0, 2, 1}}, Loss: lossFunc(
		func(z [][]float64) (float64, [][]float64) {
			return z[1][0] * z[2][3], [][]float64{{0}, {z[2][3], 0}, {0, 0, 0, z[1][0]}}
		},
	)}
	truth := enumerate(t, p)
	mean, _ := moments(t, p, estimator.Mixture{})
	if truth.Archs != 8 || truth.Grad[0][0] != 0 || !(distance(mean, truth.Grad) <= 1e-15) {
		t.Errorf("got %+v, want 8 architectures and the gradient %v", truth, mean)
	}
}

func ExampleEnumerate() {
	cell, _ := estimator.NewCell(estimator.DefaultCellConfig())
	p, _ := estimator.NewProblem(cell, cell.Choices(), 0.5, 1)
	truth, _ := estimator.Enumerate(p)
	mixture, _, _ := estimator.Moments(p, estimator.Mixture{})
	fmt.Printf("%d architectures, mean loss %.3f\n", truth.Archs, truth.Loss)
	fmt.Printf("edge 1→2: exact %.3f, DARTS %.3f\n", truth.Grad[2], mixture[2])
	// Output:
	// 27 architectures, mean loss 0.177
	// edge 1→2: exact [-0.022 0.234 -0.212], DARTS [-0.028 0.198 -0.170]
}
