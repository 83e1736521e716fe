package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// local drives an engine in this process.
type local struct {
	e      *engine
	saving bool // every verb saves: the checkpoint driver
	free   func()

	mu    sync.Mutex
	serve *http.Server
	base  string
}

func (l *local) step(ctx context.Context, n int) (Range, error) {
	made, err := l.e.step(ctx, n)
	return made, errors.Join(err, l.save())
}

func (l *local) run(ctx context.Context, speed float64) error {
	if !l.saving {
		return l.e.run(speed)
	}
	for ctx.Err() == nil {
		if err := l.e.run(speed); err != nil {
			return errors.Join(err, l.save())
		}
		if l.e.waitForPause(ctx) {
			break
		}
	}
	return errors.Join(l.e.halt(context.Background()), l.save())
}

// waitForPause waits until Run has ended and says whether that was before ctx.
func (e *engine) waitForPause(ctx context.Context) bool {
	for {
		_, _, _, wake := e.feed.since(0)
		e.mu.Lock()
		running := e.running
		e.mu.Unlock()
		if !running {
			return true
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return false
		}
	}
}

// save records the present state where every verb does.
func (l *local) save() error {
	if !l.saving {
		return nil
	}
	return l.e.do(context.Background(), func() error {
		l.e.applyKnobs()
		for _, m := range l.e.methods {
			if m.step > 0 && m.step == m.head && !m.bad {
				if err := l.e.save(m); err != nil {
					return err
				}
			}
		}
		return l.e.keep()
	})
}

func (l *local) speed(speed float64) error      { return l.e.setSpeed(speed) }
func (l *local) halt(ctx context.Context) error { return l.e.halt(ctx) }

func (l *local) set(method, knob string, value float64) error {
	if err := l.e.set(method, knob, value); err != nil {
		return err
	}
	return l.save()
}

func (l *local) reset(ctx context.Context, seed *uint64) error { return l.e.reset(ctx, seed) }
func (l *local) at(ctx context.Context, step int) error        { return l.e.at(ctx, step) }

func (l *local) fork(ctx context.Context, step int, name string) error {
	return l.e.fork(ctx, step, name)
}

func (l *local) back(ctx context.Context) error { return l.e.back(ctx) }

func (l *local) status() (Status, error) { return l.e.status(), nil }

func (l *local) traces(method string, from, to int) ([]search.Trace, error) {
	return l.e.decodeTraces(method, from, to)
}

func (l *local) curves(method string) (client.Curves, error) { return l.e.curves(method) }
func (l *local) text(step int) (string, error)               { return l.e.text(step) }
func (l *local) snapshot() ([]byte, error)                   { return l.e.snapshot() }

func (l *local) url() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.serve != nil {
		return l.base, nil
	}
	token, err := newToken()
	if err != nil {
		return "", err
	}
	listener, err := listen(0)
	if err != nil {
		return "", err
	}
	l.serve = newServer(l.e, token, func() {})
	l.base = fmt.Sprintf("http://%s/%s/", listener.Addr(), token)
	go func() { _ = l.serve.Serve(listener) }() // ends with stop
	return l.base, nil
}

func (l *local) stop() error {
	err := l.e.close("it was stopped")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.serve != nil {
		shutdown(l.serve)
		l.serve = nil
	}
	if l.free != nil {
		l.free()
		l.free = nil
	}
	return err
}

// newToken returns 128 random bits in hex.
func newToken() (string, error) {
	bits := make([]byte, 16)
	if _, err := rand.Read(bits); err != nil {
		return "", fmt.Errorf("lab: no random bits for a token: %w", err)
	}
	return hex.EncodeToString(bits), nil
}

// listen opens a port on this machine's own address: the given one if it is
// free, else any.
func listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil && port != 0 {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("lab: no port on 127.0.0.1 for the session: %w", err)
	}
	return listener, nil
}

// newServer returns the HTTP server of an engine. Its own messages go to the
// log without the token. Its time limits are those of requests; an answer may
// take as long as its steps do.
func newServer(e *engine, token string, stop func()) *http.Server {
	s := &server{e: e, stop: stop}
	return &http.Server{
		Handler:           guard(token, s.routes()),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(redactor{os.Stderr, token}, "session "+e.name+": ", log.LstdFlags),
	}
}

// shutdown lets answers in progress finish for a moment.
func shutdown(s *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if s.Shutdown(ctx) != nil {
		_ = s.Close()
	}
}
