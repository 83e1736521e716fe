package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	redraw     = 100 * time.Millisecond // at most ten events of a kind a second, in the long run
	burst      = 4                      // so many go out at once, so that a command is seen without delay
	settle     = 2 * time.Millisecond   // what changes within it is told together: a step of two methods and its end
	writeLimit = 10 * time.Second       // a listener that takes nothing for so long is dropped
)

// events streams changes of the session, and finished steps, as they come. It
// begins with the present status; steps before that are api/traces' matter.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	stream := &stream{w: w, control: http.NewResponseController(w)}
	next, shown := s.e.feed.head(), ^uint64(0)
	var paced pace
	beat := time.NewTicker(s.e.opts.beat)
	defer beat.Stop()
	for {
		entries, upTo, version, wake := s.e.feed.since(next)
		next = upTo
		if len(entries) > 0 {
			stream.send("step", entries)
		}
		if version != shown {
			shown = version
			stream.send("session", s.e.status())
		}
		if stream.err != nil {
			return
		}
		if !s.pause(r, wake, beat.C, stream, &paced) {
			return
		}
	}
}

// pace spaces events: a burst at once, later ones a redraw apart.
type pace struct{ due time.Time }

// rest returns how long the next event has to wait, and counts it.
func (p *pace) rest(now time.Time) time.Duration {
	if earliest := now.Add(-burst * redraw); p.due.Before(earliest) {
		p.due = earliest
	}
	p.due = p.due.Add(redraw)
	return max(0, p.due.Sub(now))
}

// pause waits for the next change and for its turn. It returns false when the
// stream shall end; what came until then is sent first.
func (s *server) pause(
	r *http.Request, wake <-chan struct{}, beat <-chan time.Time, stream *stream, paced *pace,
) bool {
	for waiting := true; waiting; {
		select {
		case <-wake:
			waiting = false
		case <-beat:
			if stream.comment("here"); stream.err != nil {
				return false
			}
		case <-r.Context().Done():
			return false
		case <-s.e.done:
			s.last(stream)
			return false
		}
	}
	select {
	case <-time.After(max(settle, paced.rest(time.Now()))):
	case <-r.Context().Done():
		return false
	case <-s.e.done:
		s.last(stream)
		return false
	}
	return true
}

// last tells a listener how the session ended.
func (s *server) last(stream *stream) { stream.send("session", s.e.status()) }

// stream writes server-sent events until an error.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (s *stream) send(event string, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		s.err = err
		return
	}
	s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data))
}

func (s *stream) comment(text string) { s.write(": " + text + "\n\n") }

func (s *stream) write(text string) {
	if s.err != nil {
		return
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(writeLimit)) // not all writers have one
	if _, s.err = s.w.Write([]byte(text)); s.err == nil {
		s.err = s.control.Flush()
	}
}
