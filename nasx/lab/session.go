package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// ErrInterrupted is the cause of the error of a verb that an interrupt ended.
// The step was stopped, not the session.
var ErrInterrupted = errors.New("interrupted")

// Session is a search that is stepped by commands. Its methods may be called
// from several goroutines; a command that comes while another is at work is
// refused.
type Session struct {
	name string
	d    driver
}

// driver reaches the searchers of a session, wherever they live.
type driver interface {
	step(ctx context.Context, n int) (Range, error)
	run(ctx context.Context, speed float64) error
	speed(speed float64) error
	halt(ctx context.Context) error
	set(method, knob string, value float64) error
	reset(ctx context.Context, seed *uint64) error
	at(ctx context.Context, step int) error
	fork(ctx context.Context, step int, name string) error
	back(ctx context.Context) error
	status() (Status, error)
	traces(method string, from, to int) ([]search.Trace, error)
	curves(method string) (client.Curves, error)
	text(step int) (string, error)
	snapshot() ([]byte, error)
	url() (string, error)
	stop() error
}

// Name returns the session's name.
func (s *Session) Name() string { return s.name }

// Step makes n steps of every method, 1 to 10,000, fewer at the end of the
// plan, and waits for them. An interrupt stops after the present step; the
// error then wraps [ErrInterrupted] and the session goes on.
func (s *Session) Step(n int) (Range, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	made, err := s.d.step(ctx, n)
	if ctx.Err() == nil {
		return made, err
	}
	where := "during its first step"
	if made.To > 0 {
		where = fmt.Sprintf("after step %d", made.To)
	}
	return made, fmt.Errorf("%w: session %s stopped %s and is ready for the next command; Stop would end it",
		ErrInterrupted, s.name, where)
}

// Run makes steps until Pause or the end of the plan, speed of them a second;
// 0 means as fast as possible. It returns at once, except with
// [DriverCheckpoint], where it returns at the end or at an interrupt.
func (s *Session) Run(speed float64) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return s.d.run(ctx, speed)
}

// Speed changes how many steps a second Run makes; 0 means as fast as possible.
func (s *Session) Speed(speed float64) error { return s.d.speed(speed) }

// Pause ends Run after the present step.
func (s *Session) Pause() error { return s.d.halt(context.Background()) }

// Set changes a knob from the next step on: of the named methods, or of every
// method that has it.
func (s *Session) Set(knob string, value float64, methods ...string) error {
	if len(methods) == 0 {
		return s.d.set("", knob, value)
	}
	for _, method := range methods {
		if err := s.d.set(method, knob, value); err != nil {
			return err
		}
	}
	return nil
}

// At restores every method to the state after the given step, 0 for the
// beginning. The runs keep their later steps; stepping on from there forks them.
func (s *Session) At(step int) error { return s.d.at(context.Background(), step) }

// Fork restores every method to the given step and goes on from there in new
// runs of the given name; the old ones stay as they are.
func (s *Session) Fork(step int, name string) error {
	return s.d.fork(context.Background(), step, name)
}

// Back leaves the present branch: every method goes on where the run ends that
// its own was forked from, by Fork or by stepping on from an earlier step. The
// branch stays on disk as a run. Without a branch that is an error.
func (s *Session) Back() error { return s.d.back(context.Background()) }

// Reset begins again at step 0 in new runs, with the given seed, which the
// build has to take from [Seed].
func (s *Session) Reset(seed uint64) error { return s.d.reset(context.Background(), &seed) }

// Trace returns the recorded traces from..to of every method, both inclusive,
// by the method's id.
func (s *Session) Trace(from, to int) (map[string][]search.Trace, error) {
	status, err := s.d.status()
	if err != nil {
		return nil, err
	}
	all := map[string][]search.Trace{}
	for _, m := range status.Methods {
		if all[m.ID], err = s.d.traces(m.ID, from, to); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Traces returns the recorded traces from..to of a method, both inclusive,
// from 1.
func (s *Session) Traces(method string, from, to int) ([]search.Trace, error) {
	return s.d.traces(method, from, to)
}

// Curves returns the scalars of all recorded steps of a method.
func (s *Session) Curves(method string) (client.Curves, error) { return s.d.curves(method) }

// Status returns what the session is now.
func (s *Session) Status() (Status, error) { return s.d.status() }

// Snapshot returns a PNG of the present state; see [SnapshotPNG].
func (s *Session) Snapshot() ([]byte, error) { return s.d.snapshot() }

// Text returns the numbers of a step as a plain table.
func (s *Session) Text(step int) (string, error) { return s.d.text(step) }

// URL returns the address of the session's page. It holds the token: it is for
// the browser at run time, not for an output that is saved. In process it
// starts serving.
func (s *Session) URL() (string, error) { return s.d.url() }

// Stop saves and ends the session. Opening it again resumes it, except in
// process, where a session ends for good; its runs stay.
func (s *Session) Stop() error { return s.d.stop() }

// List returns all sessions of this user with their state and memory, by name.
func List() ([]Info, error) { return client.List() }

// Check does nothing without an error. With one it prints its sentence and ends
// the program with exit code 1: a cell has no caller to return it to.
func Check(err error) { client.Check(err) }
