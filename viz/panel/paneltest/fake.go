// Package paneltest stands in for a session: a server that answers the panel's
// HTTP interface with synthetic traces. It is for tests and for working on the
// page; nothing is searched here.
package paneltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"naslab.dev/nasx/search"
)

// Steps is the plan of a fake session.
const Steps = 800

const maxTraces = 2000 // of one request, as in the contract

// Method mirrors one method of the session's status.
type Method struct {
	ID          string             `json:"id"`
	Description search.Description `json:"description"`
	Step        int                `json:"step"`
	Run         string             `json:"run"`
	Knobs       []search.Knob      `json:"knobs"`
	Pending     map[string]float64 `json:"pending"`
	Checkpoints []int              `json:"checkpoints"`
	Forks       []Fork             `json:"forks"`
}

// Fork mirrors a branch of a run.
type Fork struct {
	Step int    `json:"step"`
	Name string `json:"name"`
}

// Compiling mirrors what takes so long.
type Compiling struct {
	What        string  `json:"what"`
	Seconds     float64 `json:"seconds"`
	LastSeconds float64 `json:"last_seconds"`
	Alike       bool    `json:"alike"`
}

// Status mirrors the answer to api/session.
type Status struct {
	Name      string         `json:"name"`
	State     string         `json:"state"`
	Message   string         `json:"message"`
	Compiling *Compiling     `json:"compiling"`
	Step      int            `json:"step"`
	Head      int            `json:"head"`
	Steps     int            `json:"steps"`
	Speed     float64        `json:"speed"`
	StepMS    float64        `json:"step_ms"`
	Methods   []*Method      `json:"methods"`
	Events    []any          `json:"events"`
	Versions  map[string]any `json:"versions"`
}

// Session is a fake session. Its zero value is not ready; use [New].
type Session struct {
	mu     sync.Mutex
	status Status
	models map[string]*model
	posts  []string
	pulse  chan struct{} // closed and replaced at every change
	branch int
	trunks []trunk // that branches left, the latest last
}

// New returns a session of SNAS and DARTS on the cell space with the given
// number of inner nodes, standing at a step, with one checkpoint in 160 steps.
func New(nodes, step int) *Session {
	s := &Session{models: map[string]*model{}, pulse: make(chan struct{})}
	state := "paused"
	if step == 0 {
		state = "empty"
	}
	s.status = Status{
		Name: "digits-nrn", State: state, Step: step, Head: step, Steps: Steps, Speed: 10, StepMS: 142,
		Events: []any{}, Versions: map[string]any{"go": "go", "gomlx": "", "backend": "none: synthetic traces"},
	}
	for _, name := range []string{"darts", "snas"} {
		m := newModel(name, nodes, 1)
		s.models[name] = m
		s.status.Methods = append(s.status.Methods, &Method{
			ID: name, Description: m.describe(), Step: step, Run: "runs/digits-nrn-" + name,
			Knobs: m.knobs(step), Pending: map[string]float64{}, Checkpoints: checkpoints(step), Forks: []Fork{},
		})
	}
	return s
}

func checkpoints(step int) []int {
	out := []int{}
	for c := 160; c <= step; c += 160 {
		out = append(out, c)
	}
	return out
}

// Change edits the status under the session's lock and tells the listeners.
func (s *Session) Change(edit func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.status)
	s.tell()
}

// Status returns a copy of the status; the methods are shared.
func (s *Session) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Posts returns the commands received so far, as "verb body".
func (s *Session) Posts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

// Trace returns the trace that a method has at a step.
func (s *Session) Trace(method string, step int) search.Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.models[method].trace(step)
}

func (s *Session) tell() {
	close(s.pulse)
	s.pulse = make(chan struct{})
}

// Handler serves page at "/" and the interface under "/api/" and "/events".
func (s *Session) Handler(page http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.HandleFunc("GET /api/session", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		answer(w, s.status)
	})
	mux.HandleFunc("GET /api/traces", s.traces)
	mux.HandleFunc("GET /api/curves", s.curves)
	mux.HandleFunc("GET /api/text", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "step %s\nedge operation probability\n", r.FormValue("step"))
	})
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("POST /api/{verb}", s.command)
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader may be gone
}

func refuse(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

func (s *Session) traces(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.models[r.FormValue("method")]
	from, err1 := strconv.Atoi(r.FormValue("from"))
	to, err2 := strconv.Atoi(r.FormValue("to"))
	if m == nil || err1 != nil || err2 != nil || from < 1 || to-from >= maxTraces {
		refuse(w, http.StatusBadRequest, errors.New("traces: method, from and to must name recorded steps"))
		return
	}
	list := []search.Trace{}
	for step := from; step <= min(to, s.status.Head); step++ {
		list = append(list, m.trace(step))
	}
	answer(w, list)
}

func (s *Session) curves(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.models[r.FormValue("method")]
	if m == nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("curves: no method %q", r.FormValue("method")))
		return
	}
	steps, scalars := []int{}, map[string][]*float64{}
	for step := 1; step <= s.status.Head; step++ {
		steps = append(steps, step)
		for key, v := range m.scalars(step) {
			if scalars[key] == nil {
				scalars[key] = make([]*float64, s.status.Head)
			}
			scalars[key][step-1] = &v
		}
	}
	seconds := []float64{}
	for _, step := range steps {
		seconds = append(seconds, m.seconds(step))
	}
	answer(w, map[string]any{"steps": steps, "seconds": seconds, "scalars": scalars})
}

// events streams the status and every new step, like a session.
func (s *Session) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	sent := s.Status().Head
	for {
		s.mu.Lock()
		status, pulse := s.status, s.pulse
		steps := s.newSteps(sent)
		data, _ := json.Marshal(status)
		s.mu.Unlock()
		if len(steps) > 0 {
			list, _ := json.Marshal(steps)
			fmt.Fprintf(w, "event: step\ndata: %s\n\n", list)
		}
		sent = status.Head
		fmt.Fprintf(w, "event: session\ndata: %s\n\n", data)
		if flush.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-pulse:
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Session) newSteps(sent int) []any {
	var out []any
	for step := sent + 1; step <= s.status.Head; step++ {
		for _, m := range s.status.Methods {
			model := s.models[m.ID]
			out = append(out, map[string]any{"method": m.ID, "trace": model.trace(step), "seconds": model.seconds(step)})
		}
	}
	return out
}
