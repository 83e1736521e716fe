package rudder

import (
	"fmt"

	"naslab.dev/nasx/credit"
)

// Linear predicts the return of an episode as a sum of one weight per choice:
//
//	g = w_0 + Σ_t w[t][a_t]
//
// by ridge regression on all episodes so far. It is refitted after each one:
// the inverse of the normal equations A = XᵀX + ridge·I takes a new row x in
// by the formula of Sherman and Morrison,
//
//	A⁻¹ ← A⁻¹ − (A⁻¹x)(A⁻¹x)ᵀ/(1 + xᵀA⁻¹x),    w ← w + A⁻¹x·(G − xᵀw)
//
// which is exact. The intercept is free: a constant added to all returns moves
// it and no weight.
type Linear struct {
	offsets []int       // of every decision's choices in the weights
	choices []int       // [T]
	weights []float64   // [1 + Σ choices]: w_0, then w[t][a]
	inverse [][]float64 // A⁻¹
}

// freeRidge is the ridge of the intercept: small beside any episode, and large
// enough to start from an inverse.
const freeRidge = 1e-6

// NewLinear returns a model that predicts 0 for decisions with these numbers of
// choices. The ridge is above 0; 1 counts as much as one episode.
func NewLinear(choices []int, ridge float64) (*Linear, error) {
	if len(choices) == 0 || !(ridge > 0) {
		return nil, fmt.Errorf("rudder: linear model of %d decisions with ridge %g, want some and a ridge above 0",
			len(choices), ridge)
	}
	l := &Linear{choices: append([]int(nil), choices...)}
	size := 1
	for t, n := range choices {
		if n < 1 {
			return nil, fmt.Errorf("rudder: decision %d has %d choices, want at least 1", t, n)
		}
		l.offsets = append(l.offsets, size)
		size += n
	}
	l.weights, l.inverse = make([]float64, size), make([][]float64, size)
	for i := range l.inverse {
		l.inverse[i] = make([]float64, size)
		l.inverse[i][i] = 1 / ridge
	}
	l.inverse[0][0] = 1 / freeRidge
	return l, nil
}

// rows returns the indices of the ones in x: the intercept and the choices.
func (l *Linear) rows(actions []int) ([]int, error) {
	if len(actions) != len(l.choices) {
		return nil, fmt.Errorf("rudder: episode has %d decisions, want %d", len(actions), len(l.choices))
	}
	rows := make([]int, 1, 1+len(actions))
	for t, a := range actions {
		if a < 0 || a >= l.choices[t] {
			return nil, fmt.Errorf("rudder: action %d is %d, want 0 to %d", t, a, l.choices[t]-1)
		}
		rows = append(rows, l.offsets[t]+a)
	}
	return rows, nil
}

// Fit takes one episode in.
func (l *Linear) Fit(e credit.Episode) error {
	if err := e.Check(); err != nil {
		return fmt.Errorf("rudder: %w", err)
	}
	rows, err := l.rows(e.Actions)
	if err != nil {
		return err
	}
	gain, missing, scale := make([]float64, len(l.weights)), e.Return, 1.0
	for _, r := range rows {
		for i, v := range l.inverse[r] {
			gain[i] += v // A⁻¹ is symmetric
		}
		missing -= l.weights[r]
	}
	for _, r := range rows {
		scale += gain[r]
	}
	for i, g := range gain {
		share := g / scale
		l.weights[i] += share * missing
		for j, h := range gain {
			l.inverse[i][j] -= share * h
		}
	}
	return nil
}

// Predict returns g after every decision, [T+1]; the first is that of no
// decision, w_0.
func (l *Linear) Predict(actions []int) ([]float64, error) {
	rows, err := l.rows(actions)
	if err != nil {
		return nil, err
	}
	out, sum := make([]float64, 0, len(rows)), 0.0
	for _, r := range rows {
		sum += l.weights[r]
		out = append(out, sum)
	}
	return out, nil
}
