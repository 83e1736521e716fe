package estimator_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/estimator"
	"naslab.dev/nasx/relax"
)

// The mean of the reparametrised gradient over some draws is the slope of the
// mean loss of the same draws.
func TestReparametrisedGradientIsTheSlopeOfTheDrawnLoss(t *testing.T) {
	p, _ := problem(t, 1)
	for _, temperature := range []float64{3, 1, 0.2} {
		for n := range 20 {
			d := p.Draw(1, "sample", n)
			got, _ := estimator.Reparametrised{Temperature: temperature}.Estimate(p, d)
			want := slope(p.Logits, func(logits [][]float64) float64 {
				loss, _ := p.Loss.At(relaxed(logits, d.Gumbel, temperature))
				return loss
			})
			if !(distance(got, want) <= 1e-6) {
				t.Fatalf("λ = %g, sample %d: got %v, want %v", temperature, n, got, want)
			}
		}
	}
}

// relaxed returns softmax((a + G)/λ), written once more.
func relaxed(logits, gumbel [][]float64, temperature float64) [][]float64 {
	out := make([][]float64, len(logits))
	for d, row := range logits {
		sum := 0.0
		for k, a := range row {
			out[d] = append(out[d], math.Exp((a+gumbel[d][k])/temperature))
			sum += out[d][k]
		}
		for k := range row {
			out[d][k] /= sum
		}
	}
	return out
}

// Straight-through: the slope of the loss's tangent at the hard sample.
func TestStraightThroughIsTheSlopeOfTheHardTangent(t *testing.T) {
	p, _ := problem(t, 1)
	d := p.Draw(1, "sample", 7)
	hard := [][]float64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}
	for i, k := range d.Arch {
		hard[i][k] = 1
	}
	_, g := p.Loss.At(hard)
	got, _ := estimator.StraightThrough{Temperature: 0.7}.Estimate(p, d)
	want := slope(p.Logits, func(logits [][]float64) float64 {
		sum := 0.0
		for i, row := range relaxed(logits, d.Gumbel, 0.7) {
			for k, z := range row {
				sum += g[i][k] * z
			}
		}
		return sum
	})
	if !(distance(got, want) <= 1e-7) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// quadrature integrates estimates over the noise of two decisions with two
// choices, where only the difference of the noise counts and is logistic. The
// trapezoid rule converges so fast that nothing but rounding is left.
func quadrature(t *testing.T, p estimator.Problem, e estimator.Estimator) [][]float64 {
	t.Helper()
	const step, reach = 0.4, 45.0
	density := func(x float64) float64 { return step / (4 * math.Cosh(x/2) * math.Cosh(x/2)) }
	sum := [][]float64{{0, 0}, {0, 0}}
	for x := -reach; x <= reach; x += step {
		for y := -reach; y <= reach; y += step {
			g, err := e.Estimate(p, estimator.Draw{Gumbel: [][]float64{{x, 0}, {y, 0}}})
			if err != nil {
				t.Fatal(err)
			}
			for d, row := range g {
				for k, v := range row {
					sum[d][k] += density(x) * density(y) * v
				}
			}
		}
	}
	return sum
}

// The identity of SNAS without chance: reparametrised, scored by the whole loss,
// and scored by each decision's own reward. It holds to rounding for a bilinear
// loss; for exp of it the own reward must fail, while the whole loss still agrees.
func TestOwnRewardIdentityHoldsForABilinearLossOnly(t *testing.T) {
	interaction := [][]float64{{0.3, -1.1}, {0.7, 0.4}}
	bilinear := func(z [][]float64) (float64, [][]float64) {
		loss, g := 0.0, [][]float64{{0, 0}, {0, 0}}
		for i, row := range interaction {
			for j, c := range row {
				loss += c * z[0][i] * z[1][j]
				g[0][i] += c * z[1][j]
				g[1][j] += c * z[0][i]
			}
		}
		return loss, g
	}
	bent := func(z [][]float64) (float64, [][]float64) {
		loss, g := bilinear(z)
		for _, row := range g {
			for k := range row {
				row[k] *= math.Exp(loss)
			}
		}
		return math.Exp(loss), g
	}
	const temperature = 1.5
	for name, loss := range map[string]lossFunc{"bilinear": bilinear, "its exponential": bent} {
		p := estimator.Problem{Logits: [][]float64{{0.4, -0.2}, {-0.5, 0.3}}, Loss: loss}
		through := quadrature(t, p, estimator.Reparametrised{Temperature: temperature})
		whole := quadrature(t, p, estimator.RelaxedScore{Temperature: temperature})
		own := quadrature(t, p, estimator.RelaxedScore{Temperature: temperature, Own: true})
		if !(distance(through, whole) <= 1e-12) {
			t.Errorf("%s: reparametrised %v, score form with L %v, want the same", name, through, whole)
		}
		off := distance(through, own)
		if name == "bilinear" && !(off <= 1e-12) || name != "bilinear" && !(off > 0.01) {
			t.Errorf("%s: reparametrised %v, score form with R %v", name, through, own)
		}
	}
}

// The same on the cell, whose three choices need samples: 4 standard errors of
// the paired difference.
func TestOwnRewardIdentityOnTheCell(t *testing.T) {
	const samples = 8000
	for _, curvature := range []float64{0, 1} {
		p, truth := problem(t, curvature)
		for _, own := range []bool{false, true} {
			e := difference{
				estimator.RelaxedScore{Temperature: 1, Own: own}, estimator.Reparametrised{Temperature: 1},
			}
			worst := 0.0
			for _, row := range measure(t, p, truth, e, samples).Entries {
				for _, entry := range row {
					worst = max(worst, math.Abs(entry.Mean.Value)/entry.Mean.Err)
				}
			}
			if fails := worst > 5; fails != (own && curvature > 0) || !fails && worst > 4 {
				t.Errorf("curvature %g, own reward %v: largest difference is %.1f standard errors", curvature, own, worst)
			}
		}
	}
}

// difference is the difference of two estimators on one draw.
type difference [2]estimator.Estimator

func (d difference) Name() string { return d[0].Name() + " − " + d[1].Name() }

func (d difference) Estimate(p estimator.Problem, draw estimator.Draw) ([][]float64, error) {
	one, err := d[0].Estimate(p, draw)
	if err != nil {
		return nil, err
	}
	other, err := d[1].Estimate(p, draw)
	for _, row := range other {
		for k := range row {
			row[k] = -row[k]
		}
	}
	return relax.Add(one, other), err
}

func TestColderSamplesAreLessBiasedAndScatterMore(t *testing.T) {
	p, truth := problem(t, 1)
	var before estimator.Size
	for i, temperature := range []float64{10, 3, 1, 0.3} {
		now := measure(t, p, truth, estimator.Reparametrised{Temperature: temperature}, 4000).Whole
		if i > 0 && !(now.Bias.Value+4*now.Bias.Err < before.Bias.Value-4*before.Bias.Err) {
			t.Errorf("λ = %g: bias %+v, want clearly less than %+v", temperature, now.Bias, before.Bias)
		}
		if i > 0 && !(now.SD.Value-4*now.SD.Err > before.SD.Value+4*before.SD.Err) {
			t.Errorf("λ = %g: deviation %+v, want clearly more than %+v", temperature, now.SD, before.SD)
		}
		before = now
	}
}
