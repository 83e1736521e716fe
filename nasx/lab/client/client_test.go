package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"naslab.dev/nasx/lab/client"
)

// session answers like a session of the name "s" under the token "t".
func session(t *testing.T, answer http.HandlerFunc) *client.Session {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return client.Dial("s", server.URL+"/t")
}

func TestCommandsAreTheContract(t *testing.T) {
	var got string
	s := session(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), body)
		_, _ = io.WriteString(w, "{}")
	})
	for want, do := range map[string]func() error{
		`POST /t/api/step application/json {"n":3}`: func() error {
			_, err := s.Step(context.Background(), 3)
			return err
		},
		`POST /t/api/run application/json {"speed":2.5}`:                               func() error { return s.Run(2.5) },
		`POST /t/api/speed application/json {"speed":0}`:                               func() error { return s.Speed(0) },
		`POST /t/api/pause application/json {}`:                                        s.Pause,
		`POST /t/api/cancel application/json {}`:                                       s.Cancel,
		`POST /t/api/stop application/json {}`:                                         s.Stop,
		`POST /t/api/at application/json {"step":4}`:                                   func() error { return s.At(4) },
		`POST /t/api/back application/json {}`:                                         s.Back,
		`POST /t/api/fork application/json {"name":"x","step":4}`:                      func() error { return s.Fork(4, "x") },
		`POST /t/api/reset application/json {"seed":18446744073709551615}`:             func() error { return s.Reset(1<<64 - 1) },
		`POST /t/api/set application/json {"knob":"rate","method":"snas","value":0.1}`: func() error { return s.Set("snas", "rate", 0.1) },
		`GET /t/api/curves?method=a%26b  `: func() error {
			_, err := s.Curves("a&b")
			return err
		},
	} {
		if err := do(); err != nil || got != want {
			t.Errorf("sent %q, %v, want %q", got, err, want)
		}
	}
}

func TestTracesAreAskedForInParts(t *testing.T) {
	var asked []string
	s := session(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("from")+"-"+r.URL.Query().Get("to"))
		fmt.Fprintf(w, `[{"step":%s,"scalars":{"loss":1},"grad":[[2]]}]`, r.URL.Query().Get("from"))
	})
	traces, err := s.Traces("a", 1, 4001)
	if err != nil || strings.Join(asked, " ") != "1-2000 2001-4000 4001-4001" {
		t.Errorf("asked for %v, %v", asked, err)
	}
	if len(traces) != 3 || traces[2].Step != 4001 || traces[0].Scalars["loss"] != 1 {
		t.Errorf("traces = %+v", traces)
	}
	if !strings.Contains(string(traces[1].Raw), `"grad":[[2]]`) {
		t.Errorf("raw trace %s has lost its gradient", traces[1].Raw)
	}
}

func TestTracesEndWithTheRecordedSteps(t *testing.T) {
	const steps = 2500
	asked := 0
	s := session(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		to, _ := strconv.Atoi(r.URL.Query().Get("to"))
		var list []string
		for step := from; step <= min(to, steps); step++ {
			list = append(list, fmt.Sprintf(`{"step":%d}`, step))
		}
		fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
	})
	traces, err := s.Traces("a", 1, 1_000_000_000) // "all there are": no list of its parts is made
	if err != nil || len(traces) != steps || asked > 3 {
		t.Errorf("%d traces with %d requests, %v, want %d with at most 3", len(traces), asked, err, steps)
	}
	if traces, err = s.Traces("a", math.MaxInt-1, math.MaxInt); err != nil || len(traces) != 0 {
		t.Errorf("the last of all numbers: %d traces, %v", len(traces), err)
	}
}

func TestErrorsAreTheSessionsSentence(t *testing.T) {
	s := session(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"error":"session s is running: pause it first"}`)
	})
	err := s.Pause()
	var refusal *client.Refusal
	if !errors.As(err, &refusal) || refusal.Code != 409 || err.Error() != "session s is running: pause it first" {
		t.Errorf("error = %v", err)
	}
	cut := session(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{") })
	if _, err := cut.Status(); err == nil || strings.Contains(err.Error(), "/t/") {
		t.Errorf("an answer cut short gave %v, want an error without the address", err)
	}
}

func TestAttachSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("NASX_STATE", dir)
	if _, err := client.Attach("s"); !errors.Is(err, client.ErrNotRunning) || !strings.Contains(err.Error(), `lab.Open("s"`) {
		t.Errorf("no session: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "s"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "s", client.AddressFile), `{"pid":1,"port":1}`) // nobody answers on port 1
	write(t, filepath.Join(dir, "s", client.TokenFile), "0123")
	if _, err := client.Attach("s"); !errors.Is(err, client.ErrNotRunning) || strings.Contains(err.Error(), "0123") {
		t.Errorf("dead session: %v", err)
	}
	list, err := client.List()
	if err != nil || len(list) != 1 || list[0].State != client.StateEnded {
		t.Errorf("List = %+v, %v, want one that has ended", list, err)
	}
	for _, name := range []string{"", "..", "a/b", ".hidden", strings.Repeat("a", 65)} {
		if _, err := client.Folder(name); err == nil {
			t.Errorf("a session may be named %q", name)
		}
	}
}

func TestAnotherProgramOnTheSamePortIsNotAsked(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	ended := exec.Command(os.Args[0], "-test.run=^$") // this test binary without a test
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NASX_STATE", t.TempDir())
	folder, err := client.Folder("s")
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(other.URL, "http://"), ":")
	write(t, filepath.Join(folder, client.AddressFile), fmt.Sprintf(`{"pid":%d,"port":%s}`, ended.Process.Pid, port))
	write(t, filepath.Join(folder, client.TokenFile), "0123")
	if _, err := client.Attach("s"); !errors.Is(err, client.ErrNotRunning) || asked != 0 {
		t.Errorf("Attach = %v after %d requests with the token, want ErrNotRunning after none", err, asked)
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	if got := client.Memory(os.Getpid()); got < 1<<20 {
		t.Errorf("this process takes %d bytes, want more than 1 MiB", got)
	}
	if got := client.Memory(1 << 30); got != 0 {
		t.Errorf("no process takes %d bytes", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func FuzzAddress(f *testing.F) {
	f.Add([]byte(`{"pid":1,"port":80,"started":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"pid":-1,"port":80}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		folder := t.TempDir()
		write(t, filepath.Join(folder, client.AddressFile), string(data))
		write(t, filepath.Join(folder, client.TokenFile), "t")
		address, _, err := client.ReadAddress(folder)
		if err == nil && (address.PID < 1 || address.Port < 1 || address.Port > 65535) {
			t.Errorf("%q is the address %+v", data, address)
		}
	})
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte(`{"step":1,"probs":[[0.5]],"scalars":{"loss":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var trace client.Trace
		if json.Unmarshal(data, &trace) == nil && string(data) != "null" && len(trace.Raw) == 0 {
			t.Errorf("%q lost its bytes", data)
		}
	})
}
