package credit

import (
	"context"
	"fmt"
	"math/rand/v2"

	"naslab.dev/nasx/key"
)

// Learner improves action values with one episode after the other.
type Learner interface {
	// Learn changes the action values q, [states × choices] with the choices
	// of a state side by side. pairs is [T], the indices in q of what the
	// episode did.
	Learn(q []float64, pairs []int, e Episode) error
}

// ActionValues learns Q with λ-returns along the pairs (s_t, a_t), on policy:
//
//	Q(s_t, a_t) ← Q(s_t, a_t) + η·[G^λ_t − Q(s_t, a_t)]
//
// λ = 0 is the SARSA(0) of [SuttonBarto], TD(0) for actions; λ = 1 is Monte
// Carlo.
type ActionValues struct {
	Lambda   float64 // λ, 0 to 1
	StepSize float64 // η, above 0 and at most 1
}

// Learn implements [Learner].
func (a ActionValues) Learn(q []float64, pairs []int, e Episode) error {
	return a.Follow(q, Delayed(pairs, e.Return))
}

// Follow does the same where every action has a reward of its own; the states
// of the path are indices in q.
func (a ActionValues) Follow(q []float64, path Path) error {
	if err := (Traces{Discount: 1, Lambda: a.Lambda, StepSize: a.StepSize}).check(); err != nil {
		return err
	}
	targets, err := Forward(q, path, 1, a.Lambda)
	if err != nil {
		return err
	}
	return Toward(q, path, targets, a.StepSize)
}

// explore is the share of choices that are made at random while learning.
const explore = 0.1

// Solve counts the episodes until a learner has solved a task, at most limit.
// Choices are made greedily by Q, which starts at 0, and with probability 0.1 at
// random; of equal values a random one is taken. It stops where ctx ends.
func Solve(ctx context.Context, task Task, l Learner, seed uint64, limit int) (episodes int, solved bool, err error) {
	q := make([]float64, task.States*task.Choices)
	greedy := func(state int) int { return top(q[state*task.Choices:(state+1)*task.Choices], nil) }
	actions, pairs := make([]int, task.Delay), make([]int, task.Delay)
	for n := 1; n <= limit; n++ {
		if err := ctx.Err(); err != nil {
			return n, false, err
		}
		rng := key.Rand(seed, "credit episode", n, 0)
		for t := range actions {
			state := task.State(actions[:t])
			if rng.Float64() < explore {
				actions[t] = rng.IntN(task.Choices)
			} else {
				actions[t] = top(q[state*task.Choices:(state+1)*task.Choices], rng)
			}
			pairs[t] = state*task.Choices + actions[t]
		}
		e := Episode{Actions: actions, Return: task.Return(actions, rng)}
		if err := l.Learn(q, pairs, e); err != nil {
			return n, false, fmt.Errorf("credit: %s task, episode %d: %w", task.Name, n, err)
		}
		if task.Solved(greedy) {
			return n, true, nil
		}
	}
	return limit, false, nil
}

// top returns the index of the largest value; of equal ones the first, or a
// random one where there is a generator.
func top(values []float64, rng *rand.Rand) int {
	best, equal := 0, 1
	for a := 1; a < len(values); a++ {
		switch {
		case values[a] > values[best]:
			best, equal = a, 1
		case values[a] == values[best] && rng != nil:
			if equal++; rng.IntN(equal) == 0 {
				best = a
			}
		}
	}
	return best
}
