package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	answerLimit = 1 << 30          // bytes of an answer; 2,000 large traces are below
	quick       = 10 * time.Second // for calls that do not wait for steps
)

// Session is a connection to a running session. It is safe for concurrent use.
type Session struct {
	name string
	base string // http://127.0.0.1:PORT/TOKEN/
	http *http.Client
}

// Attach connects to the running session of that name. The error wraps
// [ErrNotRunning] if no resident answers.
func Attach(name string) (*Session, error) {
	folder, err := Folder(name)
	if err != nil {
		return nil, err
	}
	address, token, err := ReadAddress(folder)
	if err != nil {
		return nil, notRunning(name, err)
	}
	if ended(address.PID) {
		return nil, notRunning(name, ErrNotRunning)
	}
	s := Dial(name, fmt.Sprintf("http://127.0.0.1:%d/%s/", address.Port, token))
	if _, err := s.Status(); err != nil {
		return nil, err
	}
	return s, nil
}

// ended says whether a process is known to be no more: then its port may be
// another program's, which must not be sent the token.
func ended(pid int) bool {
	process, err := os.FindProcess(pid)
	return err != nil || errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// Dial returns a connection to a session whose address is known: base is
// "http://127.0.0.1:PORT/TOKEN/". Nothing is sent.
func Dial(name, base string) *Session {
	transport := &http.Transport{
		Proxy:       nil, // the address is this machine's
		DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
	}
	return &Session{name: name, base: strings.TrimSuffix(base, "/") + "/", http: &http.Client{Transport: transport}}
}

// notRunning adds the remedy to an error that wraps ErrNotRunning.
func notRunning(name string, err error) error {
	if !errors.Is(err, ErrNotRunning) {
		return err
	}
	return fmt.Errorf("session %s %w: the cell with lab.Open(%q, …) starts it", name, ErrNotRunning, name)
}

// Name returns the session's name.
func (s *Session) Name() string { return s.name }

// URL returns the address of the session's page. It holds the token: it is for
// the browser at run time, not for an output that is saved.
func (s *Session) URL() (string, error) { return s.base, nil }

// Status returns what the session is now.
func (s *Session) Status() (Status, error) {
	var status Status
	return status, s.get("api/session", &status)
}

// Step makes n steps of every method, 1 to 10,000, and waits for them. When
// ctx ends first, the session finishes the step it is in and stops there.
func (s *Session) Step(ctx context.Context, n int) (Range, error) {
	var made Range
	return made, s.post(ctx, "api/step", map[string]any{"n": n}, &made)
}

// Run makes steps until Pause or the end of the plan, speed of them a second;
// 0 means as fast as possible. It returns at once.
func (s *Session) Run(speed float64) error { return s.do("api/run", map[string]any{"speed": speed}) }

// Speed changes how many steps a second Run makes.
func (s *Session) Speed(speed float64) error {
	return s.do("api/speed", map[string]any{"speed": speed})
}

// Pause ends Run after the present step.
func (s *Session) Pause() error { return s.do("api/pause", map[string]any{}) }

// Cancel ends a Step or Run after the present step.
func (s *Session) Cancel() error { return s.do("api/cancel", map[string]any{}) }

// Set changes a knob of a method from the next step on.
func (s *Session) Set(method, knob string, value float64) error {
	return s.do("api/set", map[string]any{"method": method, "knob": knob, "value": value})
}

// Reset begins again at step 0 with the given seed, in new run directories.
func (s *Session) Reset(seed uint64) error {
	return s.post(context.Background(), "api/reset", map[string]any{"seed": seed}, nil)
}

// At restores every method to the state after the given step.
func (s *Session) At(step int) error {
	return s.post(context.Background(), "api/at", map[string]any{"step": step}, nil)
}

// Fork restores every method to the given step and goes on from there in new
// runs of the given name.
func (s *Session) Fork(step int, name string) error {
	return s.post(context.Background(), "api/fork", map[string]any{"step": step, "name": name}, nil)
}

// Back leaves the present branch: every method goes on where the run ends that
// its own was forked from. The branch stays on disk as a run.
func (s *Session) Back() error {
	return s.post(context.Background(), "api/back", map[string]any{}, nil)
}

// Stop saves and ends the session; opening it again resumes it.
func (s *Session) Stop() error {
	return s.post(context.Background(), "api/stop", map[string]any{}, nil)
}

// Traces returns the traces from..to of a method, both inclusive, from 1, as
// far as there are any.
func (s *Session) Traces(method string, from, to int) ([]Trace, error) {
	var all []Trace
	for first, last := range Spans(from, to) {
		var part []Trace
		query := url.Values{"method": {method}, "from": {strconv.Itoa(first)}, "to": {strconv.Itoa(last)}}
		if err := s.get("api/traces?"+query.Encode(), &part); err != nil {
			return nil, err
		}
		if len(part) == 0 {
			break
		}
		all = append(all, part...)
	}
	return all, nil
}

// Spans cuts from..to into requests of at most [MaxTraces] steps: their first
// and last ones, in order. Whoever meets one without traces can stop.
func Spans(from, to int) iter.Seq2[int, int] {
	return func(yield func(first, last int) bool) {
		for ; to-from >= MaxTraces; from += MaxTraces {
			if !yield(from, from+MaxTraces-1) {
				return
			}
		}
		yield(from, to)
	}
}

// MaxTraces is how many traces one request may ask for.
const MaxTraces = 2000

// Curves returns the scalars of all recorded steps of a method.
func (s *Session) Curves(method string) (Curves, error) {
	var curves Curves
	return curves, s.get("api/curves?"+url.Values{"method": {method}}.Encode(), &curves)
}

// Snapshot returns a PNG of the present state.
func (s *Session) Snapshot() ([]byte, error) { return s.raw("api/snapshot.png") }

// Text returns the numbers of a step as a plain table.
func (s *Session) Text(step int) (string, error) {
	data, err := s.raw("api/text?step=" + strconv.Itoa(step))
	return string(data), err
}

// do posts a command that is answered at once.
func (s *Session) do(path string, body any) error {
	ctx, cancel := context.WithTimeout(context.Background(), quick)
	defer cancel()
	return s.post(ctx, path, body, nil)
}

func (s *Session) post(ctx context.Context, path string, body, out any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("session %s: %s: %w", s.name, path, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, bytes.NewReader(data))
	if err != nil {
		return s.hide(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return s.send(req, out)
}

func (s *Session) get(path string, out any) error {
	data, err := s.raw(path)
	if err != nil {
		return err
	}
	return s.decode(data, out)
}

func (s *Session) raw(path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*quick)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, s.hide(err)
	}
	return s.answer(req)
}

func (s *Session) send(req *http.Request, out any) error {
	data, err := s.answer(req)
	if err != nil || out == nil {
		return err
	}
	return s.decode(data, out)
}

func (s *Session) decode(data []byte, out any) error {
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("session %s answered something else than its contract: %w", s.name, err)
	}
	return nil
}

// answer sends a request and returns the body of a good answer; the "error" of
// any other becomes the error.
func (s *Session) answer(req *http.Request) ([]byte, error) {
	resp, err := s.http.Do(req)
	if err != nil {
		var refused *net.OpError
		if errors.As(err, &refused) && refused.Op == "dial" {
			return nil, notRunning(s.name, ErrNotRunning)
		}
		return nil, s.hide(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return nil, s.hide(err)
	}
	if resp.StatusCode == http.StatusOK {
		return data, nil
	}
	var failure struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(data, &failure) != nil || failure.Error == "" {
		return nil, fmt.Errorf("session %s answered %s", s.name, resp.Status)
	}
	return nil, &Refusal{Code: resp.StatusCode, Sentence: failure.Error}
}

// Refusal is a session's own answer that it does not do what was asked.
type Refusal struct {
	Code     int    // HTTP status
	Sentence string // why
}

// Error returns the sentence.
func (r *Refusal) Error() string { return r.Sentence }

// hide takes the address with its token out of an error.
func (s *Session) hide(err error) error {
	var target *url.Error
	if errors.As(err, &target) {
		err = target.Err
	}
	return fmt.Errorf("session %s: %w", s.name, err)
}
