package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// Budget ends a search: after so many queries or before the query that would
// exceed the simulated seconds, whichever comes first. 0 means no such limit;
// one of them must be set. A query counts also where its architecture was asked
// for before.
type Budget struct {
	Queries int
	Seconds float64
}

// MostSeconds is the largest budget in simulated seconds, some million queries
// of NAS-Bench-201.
const MostSeconds = 1e8

// check says what is no budget.
func (b Budget) check() error {
	if b.Queries < 0 || !(b.Seconds >= 0 && b.Seconds <= MostSeconds) || b.Queries == 0 && b.Seconds == 0 {
		return fmt.Errorf("bench: a budget of %d queries and %g seconds, want one above 0, and at most %g seconds",
			b.Queries, b.Seconds, MostSeconds)
	}
	return nil
}

// Outcome is what a search under a budget came to. Its answer is the best
// architecture seen by reward, the first among equals.
type Outcome struct {
	Seed    uint64
	Arch    space.Arch
	Reward  float64   // of Arch, as the search met it
	Queries int       // made
	Seconds float64   // simulated, 0 where queries cost none
	Truth   []float64 // [Queries], true accuracy of the best by reward so far
}

// Gaps returns after each query how far the best so far is from the best
// accuracy that there is: the regret of the search, as fractions.
func (o Outcome) Gaps(best float64) []float64 {
	gaps := make([]float64, len(o.Truth))
	for i, v := range o.Truth {
		gaps[i] = best - v
	}
	return gaps
}

// timed is a benchmark whose queries cost simulated seconds.
type timed interface {
	Seconds(arch space.Arch) (float64, error)
}

// Search lets a controller search in a benchmark until the budget ends. Traces
// are dropped; [search.Drive] keeps them.
func Search(b Benchmark, c search.Controller, budget Budget) (Outcome, error) {
	if err := budget.check(); err != nil {
		return Outcome{}, err
	}
	var out Outcome
	truth := 0.0
	for step := 1; budget.Queries == 0 || step <= budget.Queries; step++ {
		arch, err := c.Propose(step)
		if err != nil {
			return out, fmt.Errorf("bench: query %d: propose: %w", step, err)
		}
		if budget.Seconds > 0 {
			seconds, err := secondsOf(b, arch)
			if err != nil {
				return out, err
			}
			if out.Seconds+seconds > budget.Seconds {
				break
			}
			out.Seconds += seconds
		}
		reward, err := b.Evaluate(step, arch)
		if err != nil {
			return out, fmt.Errorf("bench: query %d: %w", step, err)
		}
		if out.Arch == nil || reward > out.Reward {
			out.Arch, out.Reward = append(space.Arch(nil), arch...), reward
			if truth, err = b.Accuracy(arch); err != nil {
				return out, err
			}
		}
		out.Truth = append(out.Truth, truth)
		if _, err := c.Learn(step, arch, reward); err != nil {
			return out, fmt.Errorf("bench: query %d: learn: %w", step, err)
		}
	}
	out.Queries = len(out.Truth)
	if out.Queries == 0 {
		return out, fmt.Errorf("bench: %g seconds are too few for a single query", budget.Seconds)
	}
	return out, nil
}

// secondsOf returns the cost of a query, above 0, so that a search ends.
func secondsOf(b Benchmark, arch space.Arch) (float64, error) {
	t, ok := b.(timed)
	if !ok {
		return 0, errors.New("bench: queries of this benchmark cost no simulated seconds, want a budget in queries")
	}
	seconds, err := t.Seconds(arch)
	if err == nil && !(seconds > 0) {
		err = fmt.Errorf("bench: a query of %v costs %g seconds, want more than 0", arch, seconds)
	}
	return seconds, err
}

// Repeat runs a search once for every seed from 1 to seeds, on all processors,
// and returns the outcomes in the order of the seeds. one makes the benchmark
// and the controller of a seed and searches, usually with [Search]; it is called
// from several goroutines. The first error by seed ends it.
func Repeat(ctx context.Context, seeds int, one func(seed uint64) (Outcome, error)) ([]Outcome, error) {
	if seeds < 1 {
		return nil, fmt.Errorf("bench: %d seeds, want at least 1", seeds)
	}
	outcomes, errs := make([]Outcome, seeds), make([]error, seeds)
	var next atomic.Int64
	var failed atomic.Bool
	var wait sync.WaitGroup
	for range min(seeds, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := next.Add(1); i <= int64(seeds); i = next.Add(1) {
				if ctx.Err() != nil || failed.Load() {
					return
				}
				outcomes[i-1], errs[i-1] = one(uint64(i))
				outcomes[i-1].Seed = uint64(i)
				if errs[i-1] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("seed %d: %w", i+1, err)
		}
	}
	return outcomes, ctx.Err()
}

// MeanSD returns the mean of some values and their standard deviation with n−1
// in the denominator; the deviation of a single value is not a number.
func MeanSD(values []float64) (mean, sd float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(squares / (n - 1))
}
