package credit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"naslab.dev/nasx/key"
)

// SolveSeeds solves a task once for each seed from 1 on, as many at a time as
// there are processors. It returns the episodes that each took, at most limit,
// and how many ended there unsolved. setup returns what one seed solves and
// learns with.
func SolveSeeds(ctx context.Context, seeds, limit int, setup func(seed uint64) (Task, Learner, error)) (
	episodes []float64, unsolved int, err error,
) {
	if seeds < 1 || limit < 1 {
		return nil, 0, fmt.Errorf("credit: %d seeds with at most %d episodes each, want at least 1 of both", seeds, limit)
	}
	episodes, errs, missed := make([]float64, seeds), make([]error, seeds), make([]bool, seeds)
	each(seeds, func(i int) {
		seed := uint64(i + 1)
		task, learner, err := setup(seed)
		if errs[i] = err; err != nil {
			return
		}
		n, solved, err := Solve(ctx, task, learner, seed, limit)
		episodes[i], missed[i], errs[i] = float64(n), !solved, err
	})
	for i := range seeds {
		if errs[i] != nil {
			return nil, 0, errs[i]
		}
		if missed[i] {
			unsolved++
		}
	}
	return episodes, unsolved, nil
}

// Repeat measures what a rule says of one architecture after it has learned
// from other ones: episodes architectures, drawn with equal probabilities, and
// then this one. It does so for each seed from 1 on and returns the mean credit
// of every decision and its standard deviation over the seeds, both [T].
func Repeat(p Process, actions []int, episodes, seeds int, setup func(seed uint64) (Assigner, error)) (
	mean, sd []float64, err error,
) {
	if seeds < 1 || len(actions) != len(p.Choices) || p.Return == nil {
		return nil, nil, errors.New("credit: repetition wants a seed, a return and one action per decision")
	}
	credits, errs := make([][]float64, seeds), make([]error, seeds)
	each(seeds, func(i int) {
		seed := uint64(i + 1)
		rule, err := setup(seed)
		for n := 0; n < episodes && err == nil; n++ {
			e := Episode{Actions: make([]int, len(p.Choices))}
			for t, k := range p.Choices {
				e.Actions[t] = key.Rand(seed, "credit sample", n, t).IntN(k)
			}
			e.Return = p.Return(e.Actions)
			_, err = rule.Assign(e)
		}
		if err == nil {
			credits[i], err = rule.Assign(Episode{Actions: actions, Return: p.Return(actions)})
		}
		errs[i] = err
	})
	mean, sd = make([]float64, len(actions)), make([]float64, len(actions))
	for i, c := range credits {
		if errs[i] != nil {
			return nil, nil, fmt.Errorf("credit: seed %d: %w", i+1, errs[i])
		}
		for t, v := range c {
			mean[t] += v / float64(seeds)
		}
	}
	for _, c := range credits {
		for t, v := range c {
			sd[t] += (v - mean[t]) * (v - mean[t]) / math.Max(1, float64(seeds-1))
		}
	}
	for t := range sd {
		sd[t] = math.Sqrt(sd[t])
	}
	return mean, sd, nil
}

// each calls do with every number below n, as many at a time as there are
// processors.
func each(n int, do func(i int)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range n {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	wait.Wait()
}
