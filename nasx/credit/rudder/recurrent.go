package rudder

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"naslab.dev/nasx/credit"
	"naslab.dev/nasx/key"
)

// LSTMConfig holds the settings of [LSTM]. Losses are in units of the variance
// of the returns.
type LSTMConfig struct {
	Seed         uint64  `json:"seed"`          // any; equal seeds give equal models
	Units        int     `json:"units"`         // size of the memory, at least 1
	LearningRate float64 `json:"learning_rate"` // of Adam, above 0
	Decay        float64 `json:"decay"`         // L2 penalty on all weights, at least 0
	Auxiliary    float64 `json:"auxiliary"`     // weight of the prediction at every prefix, at least 0
	Lessons      int     `json:"lessons"`       // episodes kept for repetition, at least 1
	Batch        int     `json:"batch"`         // lessons per update, at least 1
	Updates      int     `json:"updates"`       // per episode, at least 1
}

// DefaultLSTMConfig returns the settings for a few hundred episodes of up to
// some tens of decisions.
func DefaultLSTMConfig() LSTMConfig {
	return LSTMConfig{
		Seed: 1, Units: 16, LearningRate: 1e-2, Decay: 1e-6, Auxiliary: 0.5, Lessons: 64, Batch: 8, Updates: 8,
	}
}

const mostUpdates = 1 << 50 // of a state that is read; exact as a float64

const beta1, beta2, epsilon = 0.9, 0.999, 1e-8 // Adam's usual constants

// LSTM predicts the return of an episode with a reduced LSTM that reads one
// decision after the other [RUDDER]. It sees returns as deviations from their
// mean in units of their standard deviation, over all episodes so far.
type LSTM struct {
	cfg           LSTMConfig
	shape         *shape // of the decisions: which input stands for which choice
	cell          *cell
	first, second []float64 // Adam's moving averages of the gradient and its square
	updates       int
	lessons       lessons
	count         float64 // returns seen
	mean, square  float64 // their mean and the sum of squared deviations from it
}

// NewLSTM returns a model that has seen no episode of decisions with these
// numbers of choices.
func NewLSTM(choices []int, cfg LSTMConfig) (*LSTM, error) {
	if cfg.Units < 1 || !(cfg.LearningRate > 0) || !(cfg.Decay >= 0) || !(cfg.Auxiliary >= 0) ||
		cfg.Lessons < 1 || cfg.Batch < 1 || cfg.Updates < 1 {
		return nil, fmt.Errorf("rudder: %+v, want a rate above 0, no negative weights and at least one of the rest", cfg)
	}
	shape, err := newShape(choices)
	if err != nil {
		return nil, err
	}
	l := &LSTM{cfg: cfg, shape: shape, lessons: lessons{capacity: cfg.Lessons}}
	l.cell = newCell(shape.size, cfg.Units)
	// The gates start nearly closed, so that the memory grows slowly.
	const spread, gateMean, gateSpread = 0.1, -3, 1
	rng := key.Rand(cfg.Seed, "rudder weights", 0, 0)
	for i := range l.cell.all {
		l.cell.all[i] = spread * rng.NormFloat64()
	}
	for u := range cfg.Units {
		l.cell.inputB[u], l.cell.gateB[u] = 0, gateMean+gateSpread*rng.NormFloat64()
	}
	l.cell.outputB[0] = 0
	l.first, l.second = make([]float64, len(l.cell.all)), make([]float64, len(l.cell.all))
	return l, nil
}

// Name implements [Model].
func (l *LSTM) Name() string { return "LSTM" }

// scale returns the standard deviation of the returns, 1 while it is unknown.
func (l *LSTM) scale() float64 {
	if l.count < 2 || l.square <= 0 {
		return 1
	}
	return math.Sqrt(l.square / l.count)
}

// Fit takes one episode in and makes the updates of one episode, each on lessons
// drawn by how badly they are predicted.
func (l *LSTM) Fit(e credit.Episode) error {
	if err := e.Check(); err != nil {
		return fmt.Errorf("rudder: %w", err)
	}
	columns, err := l.shape.columns(e.Actions)
	if err != nil {
		return err
	}
	l.count++
	apart := e.Return - l.mean
	l.mean += apart / l.count
	l.square += apart * (e.Return - l.mean)
	g := l.cell.forward(columns, ones(len(columns))).g
	l.lessons.add(e, square(g[len(columns)]-l.target(e)))
	for range l.cfg.Updates {
		if err := l.update(); err != nil {
			return err
		}
	}
	return nil
}

// target returns the return as the cell sees it.
func (l *LSTM) target(e credit.Episode) float64 { return (e.Return - l.mean) / l.scale() }

// update makes one step of Adam on a minibatch of lessons.
func (l *LSTM) update() error {
	rng := key.Rand(l.cfg.Seed, "rudder lessons", l.updates, 0)
	grad := newCell(len(l.cell.input), l.cfg.Units)
	for range l.cfg.Batch {
		lesson := &l.lessons.kept[l.lessons.draw(rng)]
		columns, err := l.shape.columns(lesson.Actions)
		if err != nil {
			return err
		}
		tape := l.cell.forward(columns, ones(len(columns)))
		_, by := loss(tape.g, l.target(lesson.Episode), l.cfg.Auxiliary)
		for t := range by {
			by[t] /= float64(l.cfg.Batch)
		}
		lesson.loss = square(tape.g[len(columns)] - l.target(lesson.Episode))
		l.cell.backward(tape, by, grad)
	}
	l.updates++
	t := float64(l.updates)
	for i, g := range grad.all {
		g += l.cfg.Decay * l.cell.all[i]
		l.first[i] = beta1*l.first[i] + (1-beta1)*g
		l.second[i] = beta2*l.second[i] + (1-beta2)*g*g
		mean, square := l.first[i]/(1-math.Pow(beta1, t)), l.second[i]/(1-math.Pow(beta2, t))
		l.cell.all[i] -= l.cfg.LearningRate * mean / (math.Sqrt(square) + epsilon)
	}
	return nil
}

// Predict returns g after every decision, [T+1]; the first is that of no
// decision.
func (l *LSTM) Predict(actions []int) ([]float64, error) {
	columns, err := l.shape.columns(actions)
	if err != nil {
		return nil, err
	}
	g := l.cell.forward(columns, ones(len(columns))).g
	for t := range g {
		g[t] = l.mean + l.scale()*g[t]
	}
	return g, nil
}

// Attribute implements [Attributor]: g_T is followed while all inputs fade in
// together.
func (l *LSTM) Attribute(actions []int, points int) (rho []float64, base float64, err error) {
	columns, err := l.shape.columns(actions)
	if err != nil {
		return nil, 0, err
	}
	last := make([]float64, len(columns)+1)
	last[len(columns)] = l.scale()
	unused := newCell(len(l.cell.input), l.cfg.Units)
	rho, err = Integrate(ones(len(columns)), points, func(x []float64) []float64 {
		return l.cell.backward(l.cell.forward(columns, x), last, unused)
	})
	dark := l.cell.forward(columns, make([]float64, len(columns))).g
	return rho, l.mean + l.scale()*dark[len(columns)], err
}

func square(v float64) float64 { return v * v }

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// State implements [Model].
func (l *LSTM) State() map[string][]float64 {
	var actions, returns, losses []float64
	for _, k := range l.lessons.kept {
		for _, a := range k.Actions {
			actions = append(actions, float64(a))
		}
		returns, losses = append(returns, k.Return), append(losses, k.loss)
	}
	clone := func(v []float64) []float64 { return append([]float64(nil), v...) }
	return map[string][]float64{
		"weights": clone(l.cell.all), "first": clone(l.first), "second": clone(l.second),
		"returns_seen":   {l.count, l.mean, l.square, float64(l.updates)},
		"lesson_actions": actions, "lesson_returns": returns, "lesson_losses": losses,
	}
}

// SetState implements [Model].
func (l *LSTM) SetState(state map[string][]float64) error {
	if err := credit.Finite(state); err != nil {
		return err
	}
	n, seen := len(l.cell.all), state["returns_seen"]
	if len(state["weights"]) != n || len(state["first"]) != n || len(state["second"]) != n || len(seen) != 4 ||
		!(seen[0] >= 0 && seen[2] >= 0 && seen[3] >= 0 && seen[3] < mostUpdates) {
		return fmt.Errorf("rudder: state of the LSTM is missing or wrong, want %d weights and 4 numbers on returns", n)
	}
	if slices.Min(state["second"]) < 0 {
		return errors.New("rudder: state second of the LSTM has a number below 0, want averages of squares")
	}
	kept, err := l.readLessons(state["lesson_actions"], state["lesson_returns"], state["lesson_losses"])
	if err != nil {
		return err
	}
	copy(l.cell.all, state["weights"])
	copy(l.first, state["first"])
	copy(l.second, state["second"])
	l.count, l.mean, l.square, l.updates, l.lessons.kept = seen[0], seen[1], seen[2], int(seen[3]), kept
	return nil
}

// readLessons puts the lessons of a state together.
func (l *LSTM) readLessons(actions, returns, losses []float64) ([]lesson, error) {
	steps := len(l.shape.choices)
	if len(losses) != len(returns) || len(actions) != steps*len(returns) || len(returns) > l.cfg.Lessons {
		return nil, errors.New("rudder: lessons of the state do not match each other or the configuration")
	}
	var kept []lesson
	for i, r := range returns {
		e := credit.Episode{Return: r}
		for _, a := range actions[i*steps : (i+1)*steps] {
			e.Actions = append(e.Actions, int(a))
		}
		if _, err := l.shape.columns(e.Actions); err != nil {
			return nil, err
		}
		kept = append(kept, lesson{e, losses[i]})
	}
	return kept, nil
}
