package paneltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const maxBody = 1 << 16 // bytes of a command

type body struct {
	N      int     `json:"n"`
	Speed  float64 `json:"speed"`
	Step   int     `json:"step"`
	Name   string  `json:"name"`
	Seed   uint64  `json:"seed"`
	Method string  `json:"method"`
	Knob   string  `json:"knob"`
	Value  float64 `json:"value"`
}

func (s *Session) command(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	var b body
	if err == nil {
		err = json.Unmarshal(raw, &b)
	}
	if err != nil || r.Header.Get("Content-Type") != "application/json" {
		refuse(w, http.StatusBadRequest, errors.New("a command is a JSON object"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	verb := r.PathValue("verb")
	s.posts = append(s.posts, verb+" "+string(raw))
	out, err := s.do(verb, b)
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	s.tell()
	answer(w, out)
}

// do carries out a command under the lock.
func (s *Session) do(verb string, b body) (any, error) {
	none := map[string]any{}
	switch verb {
	case "step":
		if s.status.State == "running" || s.status.State == "ended" {
			return nil, fmt.Errorf("step: the session is %s", s.status.State)
		}
		from := s.status.Step + 1
		s.advance(b.N)
		s.status.State = "paused"
		return map[string]int{"from": from, "to": s.status.Step}, nil
	case "run":
		s.status.State, s.status.Speed = "running", b.Speed
		go s.run()
	case "speed":
		s.status.Speed = b.Speed
	case "pause", "cancel":
		s.status.State = "paused"
	case "set":
		return none, s.set(b)
	case "reset":
		s.goTo(0, fmt.Sprintf("reset-%d", b.Seed))
		s.status.State = "empty"
	case "at":
		s.status.Step = b.Step
	case "fork":
		s.goTo(b.Step, b.Name)
	case "back":
		return none, s.back()
	case "stop":
		s.status.State, s.status.Message = "ended", "The session was stopped."
	default:
		return nil, fmt.Errorf("no command %q", verb)
	}
	return none, nil
}

func (s *Session) set(b body) error {
	for _, m := range s.status.Methods {
		for _, k := range m.Knobs {
			if m.ID != b.Method || k.Name != b.Knob {
				continue
			}
			if b.Value < k.Min || b.Value > k.Max {
				return fmt.Errorf("set: %s must be from %g to %g, not %g", k.Label, k.Min, k.Max, b.Value)
			}
			m.Pending[b.Knob] = b.Value
			return nil
		}
	}
	return fmt.Errorf("set: %s has no knob %q", b.Method, b.Knob)
}

// goTo branches: a new run directory with the recorded steps up to step.
func (s *Session) goTo(step int, name string) {
	s.branch++
	left := trunk{s.status.Head, map[string]string{}, map[string]uint64{}}
	for _, m := range s.status.Methods {
		left.runs[m.ID], left.seeds[m.ID] = m.Run, s.models[m.ID].seed
	}
	if step > 0 {
		s.trunks = append(s.trunks, left)
	}
	for _, m := range s.status.Methods {
		m.Run = fmt.Sprintf("runs/%s-%s-%d", name, m.ID, s.branch)
		if step > 0 {
			m.Forks = append(m.Forks, Fork{step, name})
		}
		m.Step, m.Checkpoints = step, checkpoints(step)
		s.models[m.ID].seed += uint64(s.branch)
	}
	s.status.Step, s.status.Head = step, step
}

// back leaves the latest branch; the trunk ended at the step it remembers.
func (s *Session) back() error {
	if len(s.trunks) == 0 {
		return errors.New("back: the session is on no branch")
	}
	last := s.trunks[len(s.trunks)-1]
	s.trunks = s.trunks[:len(s.trunks)-1]
	s.branch--
	for _, m := range s.status.Methods {
		m.Run, m.Forks = last.runs[m.ID], m.Forks[:len(m.Forks)-1]
		m.Step, m.Checkpoints = last.head, checkpoints(last.head)
		s.models[m.ID].seed = last.seeds[m.ID]
	}
	s.status.Step, s.status.Head = last.head, last.head
	return nil
}

// trunk is what a branch left.
type trunk struct {
	head  int
	runs  map[string]string
	seeds map[string]uint64
}

func (s *Session) advance(n int) {
	if s.status.Step < s.status.Head {
		s.goTo(s.status.Step, fmt.Sprintf("from-%d", s.status.Step))
	}
	s.status.Step = min(s.status.Step+n, Steps)
	s.status.Head = s.status.Step
	for _, m := range s.status.Methods {
		m.Step, m.Checkpoints = s.status.Step, checkpoints(s.status.Step)
		m.Knobs = s.models[m.ID].knobs(s.status.Step)
		for i, k := range m.Knobs {
			if v, ok := m.Pending[k.Name]; ok {
				m.Knobs[i].Value = v
			}
		}
		m.Pending = map[string]float64{}
	}
}

func (s *Session) run() {
	for {
		s.mu.Lock()
		if s.status.State != "running" {
			s.mu.Unlock()
			return
		}
		s.advance(1)
		if s.status.Step >= Steps {
			s.status.State = "paused"
		}
		wait := 20 * time.Millisecond
		if s.status.Speed > 0 {
			wait = time.Duration(float64(time.Second) / s.status.Speed)
		}
		s.tell()
		s.mu.Unlock()
		time.Sleep(wait)
	}
}
