package lab_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// listener reads a session's event stream.
type listener struct {
	sessions chan client.Status
	steps    chan int // of method a
	beats    chan bool
}

func listen(ctx context.Context, t *testing.T, base string) *listener {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("events are %s", kind)
	}
	l := &listener{make(chan client.Status, 1000), make(chan int, 1000), make(chan bool, 1000)}
	go func() {
		defer resp.Body.Close()
		defer close(l.sessions)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<24)
		event := ""
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "":
				if value != "" {
					l.beats <- true
				}
			case "event":
				event = value
			case "data":
				l.take(t, event, value)
			}
		}
	}()
	return l
}

func (l *listener) take(t *testing.T, event, data string) {
	switch event {
	case "session":
		var st client.Status
		if err := json.Unmarshal([]byte(data), &st); err != nil {
			t.Errorf("session event: %v", err)
		}
		l.sessions <- st
	case "step":
		var all []struct {
			Method string       `json:"method"`
			Trace  search.Trace `json:"trace"`
		}
		if err := json.Unmarshal([]byte(data), &all); err != nil {
			t.Errorf("step event: %v", err)
		}
		for _, one := range all {
			if one.Method == "a" {
				l.steps <- one.Trace.Step
			}
		}
	}
}

func TestEventsBringEveryStepOnceAndHeartbeats(t *testing.T) {
	s, base := served(t, lab.HeartbeatForTest(20*time.Millisecond))
	must(t, lab.Range{})(second(s.Step(2))) // before anyone listens
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := listen(ctx, t, base)
	if first := <-l.sessions; first.Step != 2 {
		t.Fatalf("first session event is of step %d, want 2", first.Step)
	}
	must(t, lab.Range{})(second(s.Step(40)))
	for want := 3; want <= 42; want++ {
		select {
		case got := <-l.steps:
			if got != want {
				t.Fatalf("step event %d where %d is due", got, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("no event of step %d", want)
		}
	}
	select {
	case <-l.beats:
	case <-time.After(5 * time.Second):
		t.Error("no heartbeat")
	}
	must(t, 0)(s.Stop())
	var last client.Status
	for st := range l.sessions {
		last = st
	}
	if last.State != client.StateEnded || last.Step != 42 {
		t.Errorf("last session event is %s at step %d, want ended at 42", last.State, last.Step)
	}
}

func TestEventsAreAtMostTenASecond(t *testing.T) {
	s, base := served(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := listen(ctx, t, base)
	began := time.Now()
	must(t, lab.Range{})(second(s.Step(200)))
	cancel()
	n := 0
	for range l.sessions {
		n++
	}
	const first = 1 + 4 // the present status and a burst
	if most := first + int(time.Since(began)/(100*time.Millisecond)); n > most {
		t.Errorf("%d session events in %v, want at most %d", n, time.Since(began), most)
	}
}
