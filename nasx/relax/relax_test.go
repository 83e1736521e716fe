package relax_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"naslab.dev/nasx/relax"
)

// near fails the test where got is not within tol of want, and on NaN.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %.12g, want %.12g ± %.3g", what, got, want, tol)
	}
}

// normals returns n standard normal numbers.
func normals(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = rng.NormFloat64()
	}
	return out
}

// argmax returns the index of the largest value.
func argmax(row []float64) int {
	best := 0
	for k, v := range row {
		if v > row[best] {
			best = k
		}
	}
	return best
}

// dot returns Σ a_k b_k.
func dot(a, b []float64) float64 {
	sum := 0.0
	for k := range a {
		sum += a[k] * b[k]
	}
	return sum
}

// centralDifference returns ∂f/∂x by central differences of step h.
func centralDifference(f func([]float64) float64, x []float64, h float64) []float64 {
	grad := make([]float64, len(x))
	for k := range x {
		plus, minus := append([]float64(nil), x...), append([]float64(nil), x...)
		plus[k] += h
		minus[k] -= h
		grad[k] = (f(plus) - f(minus)) / (2 * h)
	}
	return grad
}

func ExampleConcreteGrad() {
	z := []float64{0.5, 0.25, 0.25}
	opGrad := []float64{1, -1, 3} // ∂L/∂z: operation 1 lowers the loss
	fmt.Println("R =", relax.Credit(z, opGrad))
	fmt.Println("∂L/∂a =", relax.ConcreteGrad(z, opGrad, 0.5))
	// Output:
	// R = 1
	// ∂L/∂a = [0 -1 1]
}

func TestSoftmaxIgnoresAConstantAndSurvivesLargeLogits(t *testing.T) {
	a := relax.Softmax([]float64{0.5, -0.3, 1, 0})
	b := relax.Softmax([]float64{1000.5, 999.7, 1001, 1000})
	want := []float64{0.269927, 0.121286, 0.445037, 0.163719} // methods.md 1.10(2), to 4 digits there
	for k := range a {
		near(t, "softmax", a[k], want[k], 1e-4)
		near(t, "shifted softmax", b[k], a[k], 1e-12)
	}
}

func TestGumbelNoiseIsFiniteAtBothEnds(t *testing.T) {
	near(t, "u = 0", relax.Gumbel(0), -3.1366175382420014, 1e-12)
	near(t, "u = 1", relax.Gumbel(1), 16.118095650958, 1e-6)
	near(t, "u = 1/e", relax.Gumbel(1/math.E), 0, 1e-12)
}

func TestGumbelMaxSamplesTheSoftmax(t *testing.T) {
	logits := []float64{0.5, -0.3, 1, 0}
	want := relax.Softmax(logits)
	const draws = 400_000
	counts := make([]float64, len(logits))
	rng := rand.New(rand.NewPCG(1, 2))
	for range draws {
		z := relax.Concrete(logits, relax.Gumbels(rng, len(logits)), 1)
		counts[argmax(z)]++
	}
	for k, p := range want {
		near(t, fmt.Sprintf("frequency of choice %d", k), counts[k]/draws, p, 5*math.Sqrt(p*(1-p)/draws))
	}
}

// The figures of the mean maximum and of the share of nearly hard samples come
// from an independent implementation (4e5 draws).
func TestConcreteHardensAsTheTemperatureFalls(t *testing.T) {
	logits := []float64{0.5, -0.3, 1, 0}
	const draws = 100_000
	for _, tc := range []struct{ temperature, meanMax, share float64 }{
		{5, .3317, 0},
		{1, .6157, .0084},
		{.5, .7746, .1201},
		{.1, .9524, .7120},
		{.03, .9858, .9081},
	} {
		rng := rand.New(rand.NewPCG(3, 4))
		sum, squares, hard := 0.0, 0.0, 0.0
		for range draws {
			z := relax.Concrete(logits, relax.Gumbels(rng, len(logits)), tc.temperature)
			top := z[argmax(z)]
			sum += top
			squares += top * top
			if top > .99 {
				hard++
			}
		}
		mean := sum / draws
		sigma := math.Sqrt((squares/draws - mean*mean) / draws)
		near(t, fmt.Sprintf("mean maximum at λ = %g", tc.temperature), mean, tc.meanMax, 5*sigma+5e-5)
		sigma = math.Sqrt(tc.share * (1 - tc.share) / draws)
		near(t, fmt.Sprintf("share above .99 at λ = %g", tc.temperature), hard/draws, tc.share, 5*sigma+1e-4)
	}
}

func TestConcreteGradMatchesCentralDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, temperature := range []float64{2, 1, 0.3} {
		logits, gumbel, weight := normals(rng, 5), relax.Gumbels(rng, 5), normals(rng, 5)
		loss := func(a []float64) float64 { // not linear in z
			return math.Exp(dot(weight, relax.Concrete(a, gumbel, temperature)))
		}
		z := relax.Concrete(logits, gumbel, temperature)
		opGrad := make([]float64, 5)
		for k := range opGrad {
			opGrad[k] = weight[k] * math.Exp(dot(weight, z))
		}
		got := relax.ConcreteGrad(z, opGrad, temperature)
		want := centralDifference(loss, logits, 1e-5)
		sum := 0.0
		for k := range got {
			near(t, fmt.Sprintf("gradient %d at λ = %g", k, temperature), got[k], want[k], 1e-8)
			sum += got[k]
		}
		near(t, "sum of the gradient", sum, 0, 1e-14)
	}
}

func TestOneHotChoicesHaveNoGradient(t *testing.T) {
	for k, g := range relax.ConcreteGrad([]float64{0, 1, 0}, []float64{3, -7, 2}, 0.03) {
		if g != 0 {
			t.Errorf("gradient %d of a one-hot row: got %g, want exactly 0", k, g)
		}
	}
}

func TestConcreteDensityIntegratesToOne(t *testing.T) {
	// z = (x, (1−x) y, (1−x)(1−y)) maps the unit square to the simplex with
	// Jacobian 1−x; the midpoint rule on 1000 × 1000 cells.
	logits := []float64{0.3, -0.4, 0.1}
	for _, temperature := range []float64{0.8, 1} {
		const n = 1000
		sum := 0.0
		for i := range n {
			x := (float64(i) + 0.5) / n
			for j := range n {
				y := (float64(j) + 0.5) / n
				logZ := []float64{math.Log(x), math.Log((1 - x) * y), math.Log((1 - x) * (1 - y))}
				sum += math.Exp(relax.LogDensity(logits, logZ, temperature)) * (1 - x)
			}
		}
		near(t, fmt.Sprintf("integral at λ = %g", temperature), sum/(n*n), 1, 2e-3)
	}
}

func TestScoreIsTheDerivativeAtFixedZOnly(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const temperature = 0.4
	logits, gumbel := normals(rng, 4), relax.Gumbels(rng, 4)
	logZ := relax.LogConcrete(logits, gumbel, temperature)
	fixed := centralDifference(func(a []float64) float64 {
		return relax.LogDensity(a, logZ, temperature)
	}, logits, 1e-6)
	through := centralDifference(func(a []float64) float64 {
		return relax.LogDensity(a, relax.LogConcrete(a, gumbel, temperature), temperature)
	}, logits, 1e-6)
	score := relax.Score(gumbel)
	apart := 0.0
	for k := range score {
		near(t, "score at fixed z", score[k], fixed[k], 1e-7)
		near(t, "derivative through z", through[k], (4*math.Exp(logZ[k])-1)/temperature, 1e-6)
		apart = math.Max(apart, math.Abs(through[k]-score[k]))
	}
	if apart < 0.1 {
		t.Errorf("the derivative through z is within %g of the score: this test shows nothing", apart)
	}
}

func TestScoreSurvivesUnderflow(t *testing.T) {
	gumbel := []float64{16, -3, 0}
	if z := relax.Concrete([]float64{9, 0, 0}, gumbel, 0.03); z[1] != 0 {
		t.Fatalf("z = %v: the case does not underflow", z)
	}
	if err := relax.CheckFinite("score", [][]float64{relax.Score(gumbel)}); err != nil {
		t.Error(err)
	}
}

// moments accumulates the mean of vectors with its standard error.
type moments struct{ n, sum, squares []float64 }

func (m *moments) add(v []float64) {
	if m.sum == nil {
		m.n, m.sum, m.squares = make([]float64, len(v)), make([]float64, len(v)), make([]float64, len(v))
	}
	for k, x := range v {
		m.n[k]++
		m.sum[k] += x
		m.squares[k] += x * x
	}
}

func (m *moments) mean(k int) (mean, sigma float64) {
	mean = m.sum[k] / m.n[k]
	return mean, math.Sqrt((m.squares[k]/m.n[k] - mean*mean) / m.n[k])
}

// The search gradient of [SNAS] is a policy gradient whose reward is the
// first-order Taylor term R: exact for a loss that is linear in z, and only
// for that; with the loss in place of R the score form is always unbiased.
func TestCreditIsThePolicyGradientRewardOfLinearLosses(t *testing.T) {
	logits, weight := []float64{0.2, -0.5, 0.4}, []float64{1.5, -1, 0.5}
	const temperature, draws = 0.7, 200_000
	for _, tc := range []struct {
		name   string
		loss   func(z []float64) float64
		slope  func(z []float64) float64 // ∂loss/∂(weight·z)
		agrees bool
	}{
		{"linear", func(z []float64) float64 { return dot(weight, z) }, func([]float64) float64 { return 1 }, true},
		{
			"exponential",
			func(z []float64) float64 { return math.Exp(dot(weight, z)) },
			func(z []float64) float64 { return math.Exp(dot(weight, z)) }, false,
		},
	} {
		var pathwise, withCredit, withLoss moments
		rng := rand.New(rand.NewPCG(11, 12))
		for range draws {
			gumbel := relax.Gumbels(rng, 3)
			z := relax.Concrete(logits, gumbel, temperature)
			opGrad := []float64{weight[0] * tc.slope(z), weight[1] * tc.slope(z), weight[2] * tc.slope(z)}
			score, reward, loss := relax.Score(gumbel), relax.Credit(z, opGrad), tc.loss(z)
			pathwise.add(relax.ConcreteGrad(z, opGrad, temperature))
			withCredit.add([]float64{score[0] * reward, score[1] * reward, score[2] * reward})
			withLoss.add([]float64{score[0] * loss, score[1] * loss, score[2] * loss})
		}
		worst := 0.0
		for k := range logits {
			path, s1 := pathwise.mean(k)
			credit, s2 := withCredit.mean(k)
			loss, s3 := withLoss.mean(k)
			worst = math.Max(worst, math.Abs(path-credit)/math.Hypot(s1, s2))
			if apart := math.Abs(path-loss) / math.Hypot(s1, s3); !(apart < 5) {
				t.Errorf("%s loss, choice %d: score form with L is %.1f standard errors off", tc.name, k, apart)
			}
		}
		if (worst < 5) != tc.agrees {
			t.Errorf("%s loss: score form with R is %.1f standard errors off, want agreement: %v", tc.name, worst, tc.agrees)
		}
	}
}

func TestUniformEntropyOfEightIsLog8(t *testing.T) {
	near(t, "entropy", relax.Entropy(relax.Softmax(make([]float64, 8))), 2.0794415416798357, 1e-14)
	near(t, "entropy of a certain choice", relax.Entropy([]float64{0, 1}), 0, 0)
	near(t, "mean entropy", relax.MeanEntropy([][]float64{{1, 0}, {.5, .5}}), math.Ln2/2, 1e-15)
	near(t, "mean of no rows", relax.MeanEntropy(nil), 0, 0)
}
