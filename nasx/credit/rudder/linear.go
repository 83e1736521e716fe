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
	shape   *shape
	weights []float64   // [1 + Σ choices]: w_0, then w[t][a]
	inverse [][]float64 // A⁻¹
}

// freeRidge is the ridge of the intercept: small beside any episode, and large
// enough to start from an inverse.
const freeRidge = 1e-6

// NewLinear returns a model that predicts 0 for decisions with these numbers of
// choices. The ridge is above 0; 1 counts as much as one episode.
func NewLinear(choices []int, ridge float64) (*Linear, error) {
	shape, err := newShape(choices)
	if err != nil {
		return nil, err
	}
	if !(ridge > 0) {
		return nil, fmt.Errorf("rudder: ridge %g, want above 0", ridge)
	}
	size := 1 + shape.size
	l := &Linear{shape: shape, weights: make([]float64, size), inverse: make([][]float64, size)}
	for i := range l.inverse {
		l.inverse[i] = make([]float64, size)
		l.inverse[i][i] = 1 / ridge
	}
	l.inverse[0][0] = 1 / freeRidge
	return l, nil
}

// Name implements [Model].
func (l *Linear) Name() string { return "linear" }

// rows returns the indices of the ones in x: the intercept and the choices.
func (l *Linear) rows(actions []int) ([]int, error) {
	columns, err := l.shape.columns(actions)
	rows := make([]int, 1, 1+len(columns))
	for _, c := range columns {
		rows = append(rows, 1+c)
	}
	return rows, err
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

// Attribute implements [Attributor]: the gradient is the same everywhere, so
// integrated gradients are the weights.
func (l *Linear) Attribute(actions []int, points int) (rho []float64, base float64, err error) {
	g, err := l.Predict(actions)
	if err != nil {
		return nil, 0, err
	}
	weights := Differences(g)
	rho, err = Integrate(ones(len(weights)), points, func([]float64) []float64 { return weights })
	return rho, g[0], err
}

// State implements [Model].
func (l *Linear) State() map[string][]float64 {
	inverse := make([]float64, 0, len(l.weights)*len(l.weights))
	for _, row := range l.inverse {
		inverse = append(inverse, row...)
	}
	return map[string][]float64{"weights": append([]float64(nil), l.weights...), "inverse": inverse}
}

// SetState implements [Model].
func (l *Linear) SetState(state map[string][]float64) error {
	if err := credit.Finite(state); err != nil {
		return err
	}
	n := len(l.weights)
	if len(state["weights"]) != n || len(state["inverse"]) != n*n {
		return fmt.Errorf("rudder: state of the linear model is missing or wrong, want %d weights and their inverse", n)
	}
	copy(l.weights, state["weights"])
	for i := range l.inverse {
		copy(l.inverse[i], state["inverse"][i*n:])
	}
	return nil
}
