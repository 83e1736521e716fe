package evolution

import (
	"fmt"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// State implements [search.Stateful]: the members, oldest first, then the best.
//
//	archs   [members+1, decisions], absent before the first step
//	rewards [members+1]
func (c *Controller) State() (map[string]search.Tensor, error) {
	if c.best.arch == nil {
		return map[string]search.Tensor{}, nil
	}
	var archs space.Arch
	var rewards []float64
	for _, m := range append(c.members[:len(c.members):len(c.members)], c.best) {
		archs = append(archs, m.arch...)
		rewards = append(rewards, m.reward)
	}
	t := search.ArchTensor(archs)
	t.Shape = []int{len(rewards), len(c.choices)}
	return map[string]search.Tensor{"archs": t, "rewards": search.Float64Tensor(rewards)}, nil
}

// SetState implements [search.Stateful].
func (c *Controller) SetState(state map[string]search.Tensor) error {
	if _, ok := state["archs"]; !ok {
		c.members, c.best = nil, member{}
		return nil
	}
	archs, err := state["archs"].Arch()
	if err != nil {
		return fmt.Errorf("evolution: state archs: %w", err)
	}
	rewards, err := state["rewards"].Float64s()
	if err != nil {
		return fmt.Errorf("evolution: state rewards: %w", err)
	}
	n := len(rewards)
	if n < 2 || n > c.cfg.Population+1 || len(archs) != n*len(c.choices) {
		return fmt.Errorf("evolution: state has %d choices and %d rewards, want %d each for 1 to %d members and the best",
			len(archs), n, len(c.choices), c.cfg.Population)
	}
	members := make([]member, n)
	for i := range members {
		members[i] = member{arch: archs[i*len(c.choices) : (i+1)*len(c.choices)], reward: rewards[i]}
		if err := space.Check(c.space, members[i].arch); err != nil {
			return fmt.Errorf("evolution: state archs, row %d: %w", i, err)
		}
	}
	c.members, c.best = members[:n-1:n-1], members[n-1]
	return nil
}
