package enas_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/policy"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/searchtest"
	"naslab.dev/nasx/space"
	"naslab.dev/nasx/space/micro"
)

func newMicro(t *testing.T, s micro.Space, shape enas.Shape) *enas.Micro {
	t.Helper()
	p, err := enas.NewMicro(s, shape)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// zeroed are the first parameters with all weights 0: what is left are the biases
// of the operations.
func zeroed(p enas.Policy) []float64 {
	theta := p.Initial(1)
	for i, v := range theta {
		if v != 10 {
			theta[i] = 0
		}
	}
	return theta
}

func TestMicroGradientsAgainstFiniteDifferences(t *testing.T) {
	s := micro.Space{Blocks: 3, Ops: micro.DefaultOps()[:3]}
	arch := space.Arch{
		0, 1, 2, 0, 2, 1, 1, 1, 3, 2, 0, 2, // anchors of nodes, of inputs, and every operation
		1, 1, 0, 0, 2, 0, 1, 2, 2, 3, 2, 1,
	}
	for name, critic := range map[string]bool{"plain": false, "with critic": true} {
		t.Run(name, func(t *testing.T) { checkGradient(t, newMicro(t, s, small(critic)), arch) })
	}
}

// With all weights 0 the distributions are known in closed form: indices are
// uniform, and the first two operations get exp(0.44 ± 0.25) against exp(∓0.25).
func TestMicroFirstDistribution(t *testing.T) {
	s := micro.Default()
	p := newMicro(t, s, enas.MicroShape())
	arch, err := s.Parse(micro.Published())
	if err != nil {
		t.Fatal(err)
	}
	path := p.Unroll(zeroed(p), repeating(arch))
	if got := len(zeroed(p)); got != 128*256+64+5*64+5*64+5+2*64*64+64 {
		t.Errorf("%d parameters, want those of the published controller", got)
	}
	wantProb, wantEntropy, logProb, entropy := 0.0, 0.0, 0.0, 0.0
	for d, row := range path.Logits {
		logProbs := policy.LogSoftmax(row, nil)
		logProb += logProbs[arch[d]]
		entropy += policy.Entropy(logProbs)
		if d%4 < 2 {
			nodes := float64(2 + d%20/4)
			wantProb, wantEntropy = wantProb-math.Log(nodes), wantEntropy+math.Log(nodes)
			continue
		}
		sep, other := .3153, .1231
		if d >= 20 {
			sep, other = .2543, .1638
		}
		for k, want := range []float64{sep, sep, other, other, other} {
			near(t, "probability of an operation", math.Exp(logProbs[k]), want, 1e-4)
		}
		high, low := math.Exp(0.44), 1.0
		if d < 20 {
			high, low = math.Exp(0.69), math.Exp(-0.25)
		}
		total := 2*high + 3*low
		wantEntropy -= 2*high/total*math.Log(high/total) + 3*low/total*math.Log(low/total)
		if arch[d] < 2 {
			wantProb += math.Log(high / total)
		} else {
			wantProb += math.Log(low / total)
		}
	}
	near(t, "log-probability of the published cells", logProb, wantProb, 1e-6)
	near(t, "entropy of a sample", entropy, wantEntropy, 1e-6)
}

func TestUniformEntropyOfACell(t *testing.T) {
	near(t, "entropy of a cell with equal logits", micro.Default().LogSize()/2, 29.25, 5e-3)
}

// The probabilities of all 576 cells of two blocks and two operations sum to 1,
// each by teacher forcing. Only the first cell's decisions are counted.
func TestMicroProbabilitiesSumToOne(t *testing.T) {
	s := micro.Space{Blocks: 2, Ops: micro.DefaultOps()[1:3]}
	shape := enas.MicroShape()
	shape.InitRange, shape.Hidden = 1, 6
	p := newMicro(t, s, shape)
	theta := p.Initial(2)
	sizes := []int{2, 2, 2, 2, 3, 3, 2, 2}
	sum, count := 0.0, 0
	lowest, highest := 1.0, 0.0
	for index := range 2 * 2 * 2 * 2 * 3 * 3 * 2 * 2 {
		arch := make(space.Arch, 16)
		for d, rest := 0, index; d < 8; d++ {
			arch[d], rest = rest%sizes[d], rest/sizes[d]
		}
		logProb := 0.0
		for d, row := range p.Unroll(theta, repeating(arch)).Logits[:8] {
			if len(row) != sizes[d] {
				t.Fatalf("decision %d has %d choices, want %d", d, len(row), sizes[d])
			}
			logProb += policy.LogSoftmax(row, nil)[arch[d]]
		}
		sum, count = sum+math.Exp(logProb), count+1
		lowest, highest = math.Min(lowest, math.Exp(logProb)), math.Max(highest, math.Exp(logProb))
	}
	near(t, "sum of 576 probabilities", sum, 1, 1e-12)
	if count != 576 || !(highest > 2*lowest) {
		t.Errorf("%d cells with probabilities %g to %g, want 576 that differ", count, lowest, highest)
	}
}

// What sampling saw is what teacher forcing sees.
func TestMicroTeacherForcingRepeatsTheSample(t *testing.T) {
	p := newMicro(t, micro.Default(), enas.MicroShape())
	theta := p.Initial(3)
	rng := key.Rand(1, "sample", 0, 0)
	logProb := 0.0
	path := p.Unroll(theta, func(_ int, logits []float64) int {
		logProbs := policy.LogSoftmax(logits, nil)
		k := policy.Pick(logProbs, rng.Float64())
		logProb += logProbs[k]
		return k
	})
	again := 0.0
	for d, row := range p.Unroll(theta, repeating(path.Arch)).Logits {
		again += policy.LogSoftmax(row, nil)[path.Arch[d]]
	}
	near(t, "log-probability", again, logProb, 0)
	if err := space.Check(micro.Default(), path.Arch); err != nil {
		t.Error(err)
	}
}

// nodesAt pays the share of the reduction cell's inputs that are the node before.
type nodesAt struct{ space micro.Space }

func (n nodesAt) Evaluate(_ int, arch space.Arch) (float64, error) {
	_, reduce, err := n.space.Cells(arch)
	hits := 0.0
	for i, b := range reduce {
		for _, in := range b.In {
			if in == i+1 {
				hits++
			}
		}
	}
	return hits / float64(2*len(reduce)), err
}

func microDriven(t *testing.T) *search.Driven {
	t.Helper()
	s := micro.Space{Blocks: 3, Ops: micro.DefaultOps()}
	cfg := enas.DefaultConfig()
	cfg.Policy, cfg.Shape = enas.PolicyMicro, enas.MicroShape()
	cfg.Shape.Hidden, cfg.Shape.TanhScale, cfg.Rate = 16, 2.5, 0.01
	return search.Drive(newController(t, s, cfg), nodesAt{s})
}

func TestMicroResumesBitForBit(t *testing.T) {
	searchtest.Resumes(t, func(t *testing.T) search.Searcher { return microDriven(t) })
}

func TestMicroLearnsIndices(t *testing.T) {
	d := microDriven(t)
	late := 0.0
	for step := range 500 {
		tr, err := d.Step()
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.CheckFormula(1e-12); err != nil {
			t.Fatal(err)
		}
		if step >= 450 {
			late += tr.Scalars[search.ScalarReward] / 50
		}
	}
	if !(late > 0.7) {
		t.Errorf("%.2f of the inputs are the node before, want more than 0.7 (by chance 0.36)", late)
	}
}

func TestMicroRefusesOtherSpaces(t *testing.T) {
	cfg := enas.DefaultConfig()
	cfg.Policy = enas.PolicyMicro
	if _, err := enas.New(ragged(t, 2, 2), cfg, nil); err == nil {
		t.Error("a space without indices is accepted, want an error")
	}
	if _, err := enas.NewMicro(micro.Space{}, enas.MicroShape()); err == nil {
		t.Error("an empty micro space is accepted, want an error")
	}
}
