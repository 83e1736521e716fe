package lab

import (
	"context"
	"fmt"
	"sync"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// Build makes the searchers that share a session's clock, each at step 0. It is
// called again to go back to where no state is saved and to reset.
type Build = func() ([]search.Searcher, error)

const (
	medianOf   = 32                     // steps whose median duration is shown
	feedLength = 512                    // encoded steps kept for listeners that lag
	slowStep   = 400 * time.Millisecond // a first step that takes longer is shown as compiling
)

// conflict is an error about the session's present state: HTTP 409.
type conflict struct{ sentence string }

func (c conflict) Error() string { return c.sentence }

// method is one searcher of an engine with its run.
type method struct {
	id       string
	searcher search.Searcher
	desc     client.Description
	run      *run.Writer
	step     int // what the searcher stands at
	head     int // recorded steps of run
	knobs    []search.Knob
	pending  map[string]float64
	saved    []int
	forks    []client.Fork
	warm     bool                     // has been prepared
	bad      bool                     // a step failed: the searcher must not be stepped again
	origin   map[string]search.Tensor // state of step 0, nil if there is none
	behind   bool                     // was restored to a step before head
}

// compiling is what makes a session wait.
type compiling struct {
	what  string
	began time.Time
	last  time.Duration // how long it took the last time, 0 if unknown
	alike bool          // last is of another search that is alike

	restoring bool // searchers are built again or restored, not compiled
}

// engine makes the steps of one session. One goroutine owns the searchers and
// the runs; everything below mu is read by everybody.
type engine struct {
	name  string
	build Build
	opts  options

	cmds  chan func()
	poked chan struct{}
	quit  chan struct{} // closed by close
	done  chan struct{} // closed when the worker has ended

	reads sync.RWMutex // held by who reads a run, and while one is closed

	mu        sync.Mutex
	methods   []*method
	busy      string // what a command is doing: "step", "at", …
	running   bool   // Run was called
	ticking   bool   // a step of Run is being made, after Pause too
	cancelled bool   // the present command shall end
	speed     float64
	failed    string // why it cannot step
	ended     string // why it has ended
	compiling *compiling
	took      []time.Duration
	lastTick  time.Time
	events    []client.Event
	lastUse   time.Time
	seed      *uint64  // nil: the build's own
	replaced  bool     // the searchers differ from what their runs describe
	why       []string // what a replacement changed
	feed      feed
}

// newEngine makes an engine without methods; start fills it.
func newEngine(name string, build Build, opts options) *engine {
	e := &engine{
		name: name, build: build, opts: opts,
		cmds: make(chan func()), poked: make(chan struct{}, 1),
		quit: make(chan struct{}), done: make(chan struct{}),
		lastUse: time.Now(),
	}
	e.feed.init()
	return e
}

// work runs commands and steps until the engine is closed.
func (e *engine) work() {
	defer close(e.done)
	for {
		select {
		case <-e.quit:
			return
		default:
		}
		wait, stop := e.nextTick()
		select {
		case <-e.quit:
		case cmd := <-e.cmds:
			cmd()
		case <-e.poked:
			e.applyKnobs()
		case <-wait:
			e.runTick()
		}
		stop()
	}
}

// nextTick returns a channel that says when Run's next step is due, nil when it
// is not running.
func (e *engine) nextTick() (<-chan time.Time, func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.running || e.failed != "" {
		return nil, func() {}
	}
	var wait time.Duration
	if e.speed > 0 {
		wait = time.Until(e.lastTick.Add(time.Duration(float64(time.Second) / e.speed)))
	}
	timer := time.NewTimer(max(wait, 0))
	return timer.C, func() { timer.Stop() }
}

// poke makes the worker look at what has changed.
func (e *engine) poke() {
	select {
	case e.poked <- struct{}{}:
	default:
	}
}

// do runs fn in the worker and waits for it.
func (e *engine) do(ctx context.Context, fn func() error) error {
	result := make(chan error, 1)
	select {
	case e.cmds <- func() { result <- fn() }:
	case <-e.done:
		return e.endedError()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-result:
		return err
	case <-e.done:
		return e.endedError()
	}
}

// command runs fn as the only command of the session. Commands that need a
// searcher that can step are refused after a failed step.
func (e *engine) command(ctx context.Context, what string, healthy bool, fn func() error) error {
	e.mu.Lock()
	err := e.refusal(healthy)
	if err == nil {
		e.busy, e.cancelled, e.lastUse = what, false, time.Now()
	}
	e.mu.Unlock()
	if err != nil {
		return err
	}
	e.changed()
	err = e.do(ctx, fn)
	e.mu.Lock()
	e.busy, e.lastUse = "", time.Now()
	e.mu.Unlock()
	e.changed()
	return err
}

// refusal says why no command can begin now. The caller holds mu.
func (e *engine) refusal(healthy bool) error {
	switch {
	case e.ended != "":
		return conflict{e.endedSentence()}
	case healthy && e.failed != "":
		return conflict{e.failed}
	case e.running:
		return conflict{fmt.Sprintf("session %s is running: pause it first", e.name)}
	case e.busy != "":
		return conflict{fmt.Sprintf("session %s is busy with another command (%s)", e.name, e.busy)}
	}
	return nil
}

func (e *engine) endedSentence() string {
	return fmt.Sprintf("session %s has ended: %s", e.name, e.ended)
}

func (e *engine) endedError() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return conflict{e.endedSentence()}
}

// clock is the last step that every method has finished. The caller holds mu
// or is the worker.
func (e *engine) clock() int {
	if len(e.methods) == 0 {
		return 0
	}
	clock := e.methods[0].step
	for _, m := range e.methods {
		clock = min(clock, m.step)
	}
	return clock
}

// plan is the number of planned steps, 0 without a plan.
func (e *engine) plan() int {
	steps := 0
	for _, m := range e.methods {
		steps = max(steps, m.desc.Steps)
	}
	return steps
}
