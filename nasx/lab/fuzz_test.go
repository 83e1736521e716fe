package lab_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
)

func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"n":1}`, `{"speed":1e308}`, `{"method":"a","knob":"rate","value":0.1}`, `{"step":-1,"name":"x"}`,
		`{"seed":18446744073709551616}`, `null`, `[]`, `{"n":1e3}`, "\xff", `{"step":0}`,
	} {
		for command := range uint8(8) {
			f.Add(command, seed)
		}
	}
	commands := []string{"step", "run", "speed", "pause", "cancel", "set", "reset", "fork", "at"}
	dir := f.TempDir()
	f.Setenv("NASX_RUNS", dir)
	f.Setenv("NASX_CACHE", dir)
	f.Setenv("NASX_DRIVER", lab.DriverInProcess)
	s, err := lab.TryOpen("fuzz", func() ([]search.Searcher, error) {
		one := newFake("a", lab.Seed(1))
		one.steps = 20
		return []search.Searcher{one}, nil
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Stop() })
	base, err := s.URL()
	if err != nil {
		f.Fatal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	f.Fuzz(func(t *testing.T, command uint8, body string) {
		name := commands[int(command)%len(commands)]
		code, answer, _ := ask(t, "POST", base+"api/"+name, body, header)
		if code != 200 && code != 400 && code != 409 && code != 413 {
			t.Errorf("%s %q: %d %s", name, body, code, answer)
		}
		if !json.Valid([]byte(answer)) {
			t.Errorf("%s %q: answer %q is not JSON", name, body, answer)
		}
	})
}
