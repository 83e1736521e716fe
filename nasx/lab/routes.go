package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

const haltWait = 2 * time.Second // Pause waits so long for the present step

// server answers for one engine.
type server struct {
	e    *engine
	stop func() // ends the process's part of the session; called once, after the answer
}

// routes returns the session's handler, below the token.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/session", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.e.status()) })
	mux.HandleFunc("GET /api/traces", s.traces)
	mux.HandleFunc("GET /api/curves", s.curves)
	mux.HandleFunc("GET /api/text", s.text)
	mux.HandleFunc("GET /api/snapshot.png", s.snapshot)
	mux.HandleFunc("GET /events", s.events)
	s.commands(mux)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		if posted := r.Clone(r.Context()); posted.Method != http.MethodPost {
			posted.Method = http.MethodPost
			if _, pattern := mux.Handler(posted); strings.HasPrefix(pattern, "POST ") {
				w.Header().Set("Allow", "POST")
				refuse(w, http.StatusMethodNotAllowed, "a command changes the session, so it takes POST only")
				return
			}
		}
		refuse(w, http.StatusNotFound, "a session has nothing called "+strconv.Quote(r.Method+" "+r.URL.Path))
	})
	page := s.e.opts.page
	if page == nil {
		page = http.HandlerFunc(plainPage)
	}
	mux.Handle("/", page)
	return onlyKnownMethods(mux)
}

// commands adds what changes a session.
func (s *server) commands(mux *http.ServeMux) {
	e := s.e
	type nothing struct{}
	type speed struct {
		Speed float64 `json:"speed"`
	}
	post(mux, "step", func(ctx context.Context, in struct {
		N int `json:"n"`
	},
	) (any, error) {
		return e.step(ctx, in.N)
	})
	post(mux, "run", func(_ context.Context, in speed) (any, error) { return nil, e.run(in.Speed) })
	post(mux, "speed", func(_ context.Context, in speed) (any, error) { return nil, e.setSpeed(in.Speed) })
	halt := func(ctx context.Context, _ nothing) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, haltWait)
		defer cancel()
		return nil, e.halt(ctx)
	}
	post(mux, "pause", halt)
	post(mux, "cancel", halt)
	post(mux, "set", func(_ context.Context, in struct {
		Method string   `json:"method"`
		Knob   string   `json:"knob"`
		Value  *float64 `json:"value"`
	},
	) (any, error) {
		if in.Value == nil {
			return nil, errors.New("set takes method, knob and value: the value is missing")
		}
		return nil, e.set(in.Method, in.Knob, *in.Value)
	})
	s.travels(mux)
	post(mux, "stop", func(context.Context, nothing) (any, error) {
		err := e.close("it was stopped")
		go s.stop()
		return nil, err
	})
}

// travels adds the commands that go to another step.
func (s *server) travels(mux *http.ServeMux) {
	e := s.e
	post(mux, "reset", func(ctx context.Context, in struct {
		Seed *uint64 `json:"seed"`
	},
	) (any, error) {
		return nil, e.reset(ctx, in.Seed)
	})
	post(mux, "fork", func(ctx context.Context, in struct {
		Step *int   `json:"step"`
		Name string `json:"name"`
	},
	) (any, error) {
		if in.Step == nil {
			return nil, errors.New("fork takes step and name: the step is missing")
		}
		return nil, e.fork(ctx, *in.Step, in.Name)
	})
	post(mux, "back", func(ctx context.Context, _ struct{}) (any, error) { return nil, e.back(ctx) })
	post(mux, "at", func(ctx context.Context, in struct {
		Step *int `json:"step"`
	},
	) (any, error) {
		if in.Step == nil {
			return nil, errors.New("at takes a step: it is missing")
		}
		return nil, e.at(ctx, *in.Step)
	})
}

// post adds a command: it takes JSON and answers with JSON.
func post[In any](mux *http.ServeMux, name string, do func(ctx context.Context, in In) (any, error)) {
	mux.HandleFunc("POST /api/"+name, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if !readJSON(w, r, &in) {
			return
		}
		out, err := do(r.Context(), in)
		if err != nil {
			refuse(w, codeOf(err), err.Error())
			return
		}
		if out == nil {
			out = struct{}{}
		}
		answer(w, out)
	})
}

// codeOf returns the HTTP status of an error: a conflict with the present
// state, a step that failed, or a request that asks for what does not exist.
func codeOf(err error) int {
	var c conflict
	var failed *stepError
	switch {
	case errors.As(err, &c):
		return http.StatusConflict
	case errors.As(err, &failed):
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// onlyKnownMethods refuses every HTTP method that an address does not take.
func onlyKnownMethods(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		_, pattern := mux.Handler(r)
		if read || (r.Method == http.MethodPost && strings.HasPrefix(pattern, "POST ")) {
			mux.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "this address of a session takes GET only")
	})
}

// traces answers with stored traces.
func (s *server) traces(w http.ResponseWriter, r *http.Request) {
	from, err := intOf(r, "from")
	to, err2 := intOf(r, "to")
	if err := errors.Join(err, err2); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	raw, err := s.e.rawTraces(r.URL.Query().Get("method"), from, to)
	if err != nil {
		refuse(w, codeOf(err), err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
}

// intOf reads a whole number of a query.
func intOf(r *http.Request, name string) (int, error) {
	text := r.URL.Query().Get(name)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is %.40q, want a whole number", name, text)
	}
	return n, nil
}

func (s *server) curves(w http.ResponseWriter, r *http.Request) {
	curves, err := s.e.curves(r.URL.Query().Get("method"))
	if err != nil {
		refuse(w, codeOf(err), err.Error())
		return
	}
	answer(w, curves)
}

func (s *server) text(w http.ResponseWriter, r *http.Request) {
	step, err := intOf(r, "step")
	if err == nil {
		var table string
		if table, err = s.e.text(step); err == nil {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte(table))
			return
		}
	}
	refuse(w, codeOf(err), err.Error())
}

func (s *server) snapshot(w http.ResponseWriter, _ *http.Request) {
	picture, err := s.e.snapshot()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(picture)
}

// plainPage stands where no page was given.
func plainPage(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Session</title>` +
		`<p>This session has no page. Its state is <a href="api/session">here</a>.`))
}

// decodeTraces reads stored traces back.
func (e *engine) decodeTraces(methodID string, from, to int) ([]search.Trace, error) {
	var all []search.Trace
	for first, last := range client.Spans(from, to) {
		var part []search.Trace
		err := e.reading(methodID, func(r *run.Reader) (err error) {
			part, err = r.Traces(first, last)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(part) == 0 {
			break
		}
		all = append(all, part...)
	}
	return all, nil
}
