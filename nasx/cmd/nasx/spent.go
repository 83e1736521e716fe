package main

import (
	"time"

	"naslab.dev/nasx/run"
)

// spentKey keeps what the processes before this one spent on a run.
const spentKey = "spent"

// spent is the time of a run's processes up to a step.
type spent struct {
	Step    int     `json:"step"` // the last one that is counted
	Wall    float64 `json:"wall_seconds"`
	Compile float64 `json:"compile_seconds"`
}

// earlier returns what was spent on a run before this process. Of a process that
// was killed it counts the steps, which is all that is known.
func earlier(w *run.Writer) (spent, error) {
	var s spent
	if _, err := w.Get(spentKey, &s); err != nil {
		return s, err
	}
	err := w.Raw(s.Step+1, w.Finished(), func(step int, _ []byte, wallMS float64) error {
		s.Step, s.Wall = step, s.Wall+wallMS/1000
		return nil
	})
	return s, err
}

// spend adds the present process to what was spent and keeps the sum.
func (k work) spend(before spent, start time.Time, compile float64) (spent, error) {
	sum := spent{
		Step: k.writer.Finished(), Wall: before.Wall + time.Since(start).Seconds(), Compile: before.Compile + compile,
	}
	return sum, k.writer.Put(spentKey, sum)
}

// goal says up to which step a run is resumed where nobody asks for one: the
// number that was asked for before, as long as the run has not reached it, and
// then the method's own plan; 0 where there is neither.
func (p plan) goal(finished, own int) int {
	if p.Steps > finished {
		return p.Steps
	}
	return max(p.Steps, own)
}
