package credit

import (
	"fmt"
	"math/rand/v2"

	"naslab.dev/nasx/key"
)

// Task is a small task with a reward only at its end, whose answer is known, so
// that the episodes which a rule needs to find it can be counted.
type Task struct {
	Name    string
	Delay   int // T, decisions up to the reward
	Choices int // per decision
	States  int // that a learner tells apart

	State  func(prefix []int) int                        // the number of the state after some decisions
	Return func(actions []int, noise *rand.Rand) float64 // what an episode is worth
	Solved func(greedy func(state int) int) bool         // whether these choices are good enough
}

// Sizes of the additive task.
const (
	additiveChoices = 4
	additiveNoise   = 0.1 // standard deviation, added to the return
	additiveEnough  = 0.9 // share of the optimum that counts as solved
)

// Additive returns the task in which every one of T decisions adds its own
// effect to the return: four choices with effects drawn from N(0, 1), and noise
// from N(0, 0.1²). A state is the number of decisions made, as the best choice
// does not depend on the earlier ones. It is solved when the greedy choices
// reach 90 % of the largest return. The trouble here is variance: each return
// carries the effects of all other decisions.
func Additive(delay int, seed uint64) (Task, error) {
	if delay < 1 {
		return Task{}, fmt.Errorf("credit: additive task with %d decisions, want at least 1", delay)
	}
	effects, best := make([][]float64, delay), 0.0
	for t := range effects {
		rng, top := key.Rand(seed, "credit effects", 0, t), 0.0
		effects[t] = make([]float64, additiveChoices)
		for a := range effects[t] {
			effects[t][a] = rng.NormFloat64()
			if a == 0 || effects[t][a] > top {
				top = effects[t][a]
			}
		}
		best += top
	}
	return Task{
		Name: "additive", Delay: delay, Choices: additiveChoices, States: delay,
		State: func(prefix []int) int { return len(prefix) },
		Return: func(actions []int, noise *rand.Rand) float64 {
			sum := additiveNoise * noise.NormFloat64()
			for t, a := range actions {
				sum += effects[t][a]
			}
			return sum
		},
		Solved: func(greedy func(int) int) bool {
			sum := 0.0
			for t := range effects {
				sum += effects[t][greedy(t)]
			}
			return sum >= best-(1-additiveEnough)*abs(best)
		},
	}, nil
}

func abs(v float64) float64 { return max(v, -v) }

// First returns the task in which only the first of T decisions matters: its
// second choice earns 1 at the end, its first one 0, and nothing is random. A
// state is the first choice and the number of decisions made. It is solved when
// the greedy first choice is the right one; of equal values the greedy choice
// is the first, which is wrong. The trouble here is distance, not variance.
func First(delay int) (Task, error) {
	if delay < 1 {
		return Task{}, fmt.Errorf("credit: first-decision task with %d decisions, want at least 1", delay)
	}
	const choices = 2
	return Task{
		Name: "first", Delay: delay, Choices: choices, States: 1 + choices*(delay-1),
		State: func(prefix []int) int {
			if len(prefix) == 0 {
				return 0
			}
			return 1 + prefix[0]*(delay-1) + len(prefix) - 1
		},
		Return: func(actions []int, _ *rand.Rand) float64 { return float64(actions[0]) },
		Solved: func(greedy func(int) int) bool { return greedy(0) == 1 },
	}, nil
}
