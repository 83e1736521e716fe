package paneltest

import (
	"fmt"
	"math"

	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Operations of the cell space, in the order of its choices.
var operations = []string{
	"none", "max_pool_3x3", "avg_pool_3x3", "skip_connect",
	"sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
}

const perEpoch = 16

// model makes traces of one method as a pure function of seed and step. Their
// equations hold exactly.
type model struct {
	name  string
	nodes int
	seed  uint64
}

func newModel(name string, nodes int, seed uint64) *model { return &model{name, nodes, seed} }

func (m *model) decisions() []space.Decision {
	var out []space.Decision
	for _, cell := range []string{"normal", "reduce"} {
		for j := 2; j < m.nodes+2; j++ {
			for i := range j {
				out = append(out, space.Decision{Name: fmt.Sprintf("%d→%d", i, j), Cell: cell, Choices: operations})
			}
		}
	}
	return out
}

func (m *model) describe() search.Description {
	d := search.Description{
		Method: m.name, Label: "DARTS", Note: "first order, mixes all operations", Seed: m.seed, Data: "digits 8×8",
		Steps: Steps, StepsPerEpoch: perEpoch, ImagesPerStep: 128, Space: "cell", Decisions: m.decisions(),
	}
	if m.name == "snas" {
		d.Label, d.Note, d.ImagesPerStep = "SNAS", "samples one architecture per minibatch", 64
	}
	return d
}

func (m *model) knobs(step int) []search.Knob {
	rate := 0.001 + 0.049*(1+math.Cos(math.Pi*float64(step)/Steps))/2
	list := []search.Knob{
		{Name: "weight_rate", Label: "lr w", Value: rate, Min: 0, Max: 1},
		{Name: "arch_rate", Label: "lr a", Value: 0.01, Min: 0, Max: 1},
	}
	if m.name == "snas" {
		heat := search.Knob{Name: "temperature", Label: "temperature λ", Value: m.temperature(step), Min: 0.01, Max: 10}
		list = append([]search.Knob{heat}, list...)
		list = append(list, search.Knob{Name: "resource_weight", Label: "penalty η", Min: 0, Max: 1})
	}
	return list
}

// seconds are what the steps up to and including one took.
func (m *model) seconds(step int) float64 {
	if m.name == "darts" {
		return 0.2 * float64(step)
	}
	return 0.1 * float64(step)
}

func (m *model) temperature(step int) float64 { return math.Pow(0.03, float64(step)/Steps) }

// row returns softmax probabilities that sharpen with the step.
func (m *model) row(decision, step int, noise float64) []float64 {
	base := key.Rand(m.seed, "paneltest/"+m.name, decision, 0)
	jitter := key.Rand(m.seed, "paneltest/noise/"+m.name, decision, step)
	gain := 2.2 * float64(step) / Steps
	if m.name == "darts" {
		gain /= 2.5
	}
	out, sum := make([]float64, len(operations)), 0.0
	for k := range out {
		out[k] = math.Exp(gain*base.NormFloat64() + noise*jitter.NormFloat64())
		sum += out[k]
	}
	for k := range out {
		out[k] /= sum
	}
	return out
}

func (m *model) trace(step int) search.Trace {
	t := search.Trace{Step: step, Phase: search.PhaseSearch, CreditBy: "-R", Scalars: m.scalars(step)}
	lambda := 1.0
	t.Terms = []search.Term{{Symbol: "p", Meaning: "weight in the mix", Row: search.RowProbs}}
	t.Formula = "∂L/∂a = p*(g - R)"
	if m.name == "snas" {
		lambda = m.temperature(step)
		t.Terms[0] = search.Term{Symbol: "Z", Meaning: "share in the sample", Row: search.RowZ}
		t.Formula = "∂L/∂a = Z*(g - R)/λ"
	}
	t.Terms = append(t.Terms, search.Term{Symbol: "g", Meaning: "gain of this operation, ∂L/∂Z", Row: search.RowOpGrad},
		search.Term{Symbol: "R", Meaning: "sum of Z·g, credit = −R", Row: search.RowNegCredit})
	if m.name == "snas" {
		t.Terms = append(t.Terms, search.Term{Symbol: "λ", Meaning: "temperature", Value: lambda})
	}
	for d := range m.decisions() {
		probs := m.row(d, step, 0.02)
		z := probs
		if m.name == "snas" {
			z = m.row(d, step, 2)
			t.Z = append(t.Z, z)
		}
		m.decide(&t, d, step, lambda, probs, z)
	}
	return t
}

// decide adds one decision's gradient, which is z (g − R)/λ with R = Σ z g.
func (m *model) decide(t *search.Trace, d, step int, lambda float64, probs, z []float64) {
	rng := key.Rand(m.seed, "paneltest/g/"+m.name, d, step)
	g, sum := make([]float64, len(z)), 0.0
	for k := range g {
		g[k] = 0.006 * rng.NormFloat64()
		sum += z[k] * g[k]
	}
	grad, update := make([]float64, len(z)), make([]float64, len(z))
	for k := range g {
		grad[k] = z[k] * (g[k] - sum) / lambda
		update[k] = 0.004 * rng.NormFloat64()
	}
	t.Probs, t.OpGrad = append(t.Probs, probs), append(t.OpGrad, g)
	t.Grad, t.Update, t.Credit = append(t.Grad, grad), append(t.Update, update), append(t.Credit, -sum)
}

func (m *model) scalars(step int) map[string]float64 {
	x := float64(step) / Steps
	end := 0.12
	if m.name == "snas" {
		end = 0.5
	}
	out := map[string]float64{
		search.ScalarLoss:          2.3 * math.Exp(-4*x),
		search.ScalarEntropyNormal: math.Log(8) * (1 - end*x*x),
		search.ScalarEntropyReduce: math.Log(8) * (1 - 0.7*end*x),
	}
	if step%perEpoch == 0 {
		jitter := key.Rand(m.seed, "paneltest/accuracy/"+m.name, step, 0).Float64() * 0.03
		out[search.ScalarSearchAccuracy] = 0.98 - 0.9*math.Exp(-12*x) - jitter
		out[search.ScalarChildArgmax] = 0.97 - 0.9*math.Exp(-9*x) - jitter
		out[search.ScalarChildDARTS] = 0.95 - 0.9*math.Exp(-8*x) - jitter
		if m.name == "darts" {
			out[search.ScalarChildArgmax], out[search.ScalarChildDARTS] = 0.45-0.25*x-jitter, 0.3-0.1*x-jitter
		}
	}
	return out
}
