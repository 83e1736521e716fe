package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// remote drives a session in its resident.
type remote struct {
	c      *client.Session
	folder string
}

const lastStepWait = 3 * time.Second // GoNB kills a cell five seconds after its interrupt

// step stops the session's step when ctx ends, and says where it stopped.
func (r *remote) step(ctx context.Context, n int) (Range, error) {
	type result struct {
		made Range
		err  error
	}
	done := make(chan result, 1)
	go func() {
		made, err := r.c.Step(context.Background(), n)
		done <- result{made, err}
	}()
	select {
	case got := <-done:
		return got.made, got.err
	case <-ctx.Done():
	}
	cancelErr := r.c.Cancel()
	select {
	case got := <-done:
		return got.made, got.err
	case <-time.After(lastStepWait):
	}
	if cancelErr != nil {
		return Range{}, cancelErr
	}
	status, err := r.c.Status()
	return Range{From: status.Step + 1, To: status.Step, Cancelled: true}, err
}

func (r *remote) run(_ context.Context, speed float64) error { return r.c.Run(speed) }
func (r *remote) speed(speed float64) error                  { return r.c.Speed(speed) }
func (r *remote) halt(context.Context) error                 { return r.c.Pause() }

func (r *remote) set(method, knob string, value float64) error { return r.c.Set(method, knob, value) }

func (r *remote) reset(_ context.Context, seed *uint64) error         { return r.c.Reset(*seed) }
func (r *remote) at(_ context.Context, step int) error                { return r.c.At(step) }
func (r *remote) status() (Status, error)                             { return r.c.Status() }
func (r *remote) curves(method string) (client.Curves, error)         { return r.c.Curves(method) }
func (r *remote) text(step int) (string, error)                       { return r.c.Text(step) }
func (r *remote) snapshot() ([]byte, error)                           { return r.c.Snapshot() }
func (r *remote) url() (string, error)                                { return r.c.URL() }
func (r *remote) fork(_ context.Context, step int, name string) error { return r.c.Fork(step, name) }
func (r *remote) back(context.Context) error                          { return r.c.Back() }

func (r *remote) traces(method string, from, to int) ([]search.Trace, error) {
	raw, err := r.c.Traces(method, from, to)
	if err != nil {
		return nil, err
	}
	traces := make([]search.Trace, len(raw))
	for i, trace := range raw {
		if err := json.Unmarshal(trace.Raw, &traces[i]); err != nil {
			return nil, fmt.Errorf("session %s: trace %d of %s: %w", r.c.Name(), from+i, method, err)
		}
	}
	return traces, nil
}

// stop ends the resident and waits until its process has let go.
func (r *remote) stop() error {
	if err := r.c.Stop(); err != nil {
		return err
	}
	lock, err := lockSession(r.c.Name(), r.folder, endWait)
	if err != nil {
		return fmt.Errorf("after it was stopped: %w", err)
	}
	return lock.Unlock()
}
