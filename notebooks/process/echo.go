package process

import "naslab.dev/nasx/space"

// Echo is a box in which no choice is good in itself: the reward is the share of
// decisions, from the second on, that repeat the one before. It implements
// search.Evaluator.
type Echo struct{}

// Evaluate implements search.Evaluator.
func (Echo) Evaluate(_ int, arch space.Arch) (float64, error) {
	hits := 0.0
	for d := 1; d < len(arch); d++ {
		if arch[d] == arch[d-1] {
			hits++
		}
	}
	return hits / float64(max(1, len(arch)-1)), nil
}
