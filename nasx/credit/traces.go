package credit

import "fmt"

// Traces learns values with TD(λ): every state remembers, fading, that it was
// visited, and each surprise is paid to all states by how well they remember.
type Traces struct {
	Discount  float64 // γ, 0 to 1; 1 in architecture search
	Lambda    float64 // λ, 0 to 1: 0 is TD(0), 1 is Monte Carlo
	StepSize  float64 // η, above 0 and at most 1
	Replacing bool    // a second visit sets the trace to 1 instead of adding 1
}

// check returns an error unless all settings are in their ranges.
func (r Traces) check() error {
	if !(r.Discount >= 0 && r.Discount <= 1 && r.Lambda >= 0 && r.Lambda <= 1 && r.StepSize > 0 && r.StepSize <= 1) {
		return fmt.Errorf("credit: traces %+v, want discount and λ in [0, 1] and a step size in (0, 1]", r)
	}
	return nil
}

// Online changes the values, [states], after every step of the path:
//
//	e(s) ← γλ·e(s) + 1[s = s_t]      accumulating; replacing: e(s_t) = 1
//	V(s) ← V(s) + η·δ_t·e(s)         for every s      [SuttonBarto]
func (r Traces) Online(values []float64, p Path) error {
	return r.walk(values, p, func(s int, change float64) { values[s] += change })
}

// Offline collects the changes of the path and adds them at its end, so every
// surprise is judged by the values from before. With accumulating traces it
// equals the forward view: each visit moves its state by η·(G^λ_t − V(s_t)).
func (r Traces) Offline(values []float64, p Path) error {
	sum := make([]float64, len(values))
	if err := r.walk(values, p, func(s int, change float64) { sum[s] += change }); err != nil {
		return err
	}
	for s, change := range sum {
		values[s] += change
	}
	return nil
}

// walk goes along the path and reports what every surprise adds to a state.
func (r Traces) walk(values []float64, p Path, change func(s int, by float64)) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := p.check(values); err != nil {
		return err
	}
	trace := make([]float64, len(values))
	for t, now := range p.States {
		for s := range trace {
			trace[s] *= r.Discount * r.Lambda
		}
		if r.Replacing {
			trace[now] = 0
		}
		trace[now]++
		surprise := p.Rewards[t] + r.Discount*p.next(values, t) - values[now]
		for s, e := range trace {
			if e != 0 {
				change(s, r.StepSize*surprise*e)
			}
		}
	}
	return nil
}
