package enas_test

import (
	"math"
	"testing"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

// near fails unless got is within tolerance of want; NaN never is.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

// ragged is a space of decisions with different numbers of choices.
func ragged(t *testing.T, sizes ...int) space.Space {
	t.Helper()
	var decisions []space.Decision
	for _, size := range sizes {
		choices := []string{"a", "b", "c", "d", "e", "f", "g", "h"}[:size]
		decisions = append(decisions, space.Decision{Name: "d", Choices: choices})
	}
	s, err := space.NewFixed("ragged", decisions)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// small is a shape that finite differences can walk through.
func small(critic bool) enas.Shape {
	return enas.Shape{Hidden: 5, InitRange: 0.8, TanhScale: 2.5, Temperature: 1.3, Critic: critic}
}

func newLSTM(t *testing.T, s space.Space, shape enas.Shape) enas.Policy {
	t.Helper()
	p, err := enas.NewLSTM(s, shape)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// repeating returns the Pick that repeats an architecture.
func repeating(arch space.Arch) enas.Pick { return func(d int, _ []float64) int { return arch[d] } }

// checkGradient holds Backward to central differences of a random projection of
// all logits and values, in every parameter.
func checkGradient(t *testing.T, p enas.Policy, arch space.Arch) {
	t.Helper()
	rng := key.Rand(1, "projection", 0, 0)
	theta := p.Initial(7)
	for i := range theta { // biases too
		theta[i] += 0.1 * rng.NormFloat64()
	}
	path := p.Unroll(theta, repeating(arch))
	gradLogits := make([][]float64, len(path.Logits))
	for d, row := range path.Logits {
		for range row {
			gradLogits[d] = append(gradLogits[d], rng.NormFloat64())
		}
	}
	var gradValues []float64
	for range path.Values {
		gradValues = append(gradValues, rng.NormFloat64())
	}
	loss := func() float64 {
		path, sum := p.Unroll(theta, repeating(arch)), 0.0
		for d, row := range path.Logits {
			for k, a := range row {
				sum += gradLogits[d][k] * a
			}
		}
		for d, v := range path.Values {
			sum += gradValues[d] * v
		}
		return sum
	}
	loss()
	grad := make([]float64, len(theta))
	p.Backward(theta, gradLogits, gradValues, grad)
	slopesAgree(t, theta, grad, loss)
}

// slopesAgree holds a gradient to central differences of a loss, entry by entry.
func slopesAgree(t *testing.T, theta, grad []float64, loss func() float64) {
	t.Helper()
	const h = 1e-5
	moved := 0
	for i, at := range theta {
		theta[i] = at + h
		up := loss()
		theta[i] = at - h
		want := (up - loss()) / (2 * h)
		theta[i] = at
		if !(math.Abs(grad[i]-want) <= 1e-7*math.Max(1, math.Abs(want))) {
			t.Fatalf("∂L/∂θ[%d] is %g, want %g", i, grad[i], want)
		}
		if want != 0 {
			moved++
		}
	}
	if 2*moved < len(theta) {
		t.Errorf("%d of %d parameters have a slope, want more than half", moved, len(theta))
	}
}

func TestGradientsAgainstFiniteDifferences(t *testing.T) {
	s := ragged(t, 3, 2, 4, 1, 3)
	arch := space.Arch{2, 1, 3, 0, 1}
	plain := small(true)
	plain.TanhScale = 0
	for name, p := range map[string]enas.Policy{
		"LSTM": newLSTM(t, s, small(false)), "LSTM with critic": newLSTM(t, s, small(true)),
		"LSTM without tanh": newLSTM(t, s, plain),
		"logits":            enas.NewLogits(s, false), "logits with critic": enas.NewLogits(s, true),
	} {
		t.Run(name, func(t *testing.T) { checkGradient(t, p, arch) })
	}
}

// The LSTM's equations written out once more, for one decision after another.
func TestLSTMIsItsEquations(t *testing.T) {
	s := ragged(t, 2, 3)
	shape := enas.Shape{Hidden: 2, InitRange: 1, TanhScale: 1.5, Temperature: 2}
	p := newLSTM(t, s, shape)
	theta := p.Initial(3)
	const h = 2
	w, rest := theta[:8*h*h], theta[8*h*h:]
	start, rest := rest[:h], rest[h:]
	embed, rest := rest[:5*h], rest[5*h:]
	head, bias := rest[:5*h], rest[5*h:]
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	hidden, memory := []float64{0, 0}, []float64{0, 0}
	step := func(x []float64) {
		in := append(append([]float64{}, x...), hidden...)
		gate := func(g, j int) (sum float64) {
			for i, v := range in {
				sum += v * w[i*4*h+g*h+j]
			}
			return sum
		}
		for j := range h {
			memory[j] = sigmoid(gate(1, j))*memory[j] + sigmoid(gate(0, j))*math.Tanh(gate(3, j))
		}
		next := []float64{0, 0}
		for j := range h {
			next[j] = sigmoid(gate(2, j)) * math.Tanh(memory[j])
		}
		hidden = next
	}
	logit := func(c int) float64 {
		return 1.5 * math.Tanh((bias[c]+head[c*h]*hidden[0]+head[c*h+1]*hidden[1])/2)
	}
	path := p.Unroll(theta, repeating(space.Arch{1, 2}))
	step(start)
	near(t, "first logit", path.Logits[0][0], logit(0), 1e-14)
	near(t, "second logit", path.Logits[0][1], logit(1), 1e-14)
	step(embed[1*h : 2*h]) // choice 1 of decision 0
	for k := range 3 {
		near(t, "logit of the second decision", path.Logits[1][k], logit(2+k), 1e-14)
	}
}

// Every choice changes the logits of the decisions after it and of no other.
func TestLSTMRemembersAndDoesNotForesee(t *testing.T) {
	p := newLSTM(t, ragged(t, 3, 3, 3), enas.DefaultShape())
	theta := p.Initial(1)
	a := p.Unroll(theta, repeating(space.Arch{0, 1, 2}))
	b := p.Unroll(theta, repeating(space.Arch{0, 2, 2}))
	for k := range 3 {
		if a.Logits[0][k] != b.Logits[0][k] || a.Logits[1][k] != b.Logits[1][k] {
			t.Errorf("choice at decision 1 changes logits before it, want none")
		}
		if a.Logits[2][k] == b.Logits[2][k] {
			t.Errorf("choice at decision 1 leaves logit %d of decision 2 as it was, want another", k)
		}
	}
}

func TestLSTMRefusesBadShapes(t *testing.T) {
	for _, change := range []func(*enas.Shape){
		func(s *enas.Shape) { s.Hidden = 0 },
		func(s *enas.Shape) { s.Hidden = 1 << 20 },
		func(s *enas.Shape) { s.Temperature = 0 },
		func(s *enas.Shape) { s.TanhScale = math.NaN() },
		func(s *enas.Shape) { s.InitRange = -1 },
	} {
		shape := enas.DefaultShape()
		change(&shape)
		if _, err := enas.NewLSTM(ragged(t, 2), shape); err == nil {
			t.Errorf("%+v is accepted, want an error", shape)
		}
	}
}
