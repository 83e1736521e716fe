package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"naslab.dev/nasx/search"
)

func TestDifferencesNameTheValue(t *testing.T) {
	config := func(rate float64, ops ...string) search.Description {
		return search.Description{Method: "snas", Config: map[string]any{"search": map[string]any{"rate": rate, "ops": ops}}}
	}
	recorded, err := mirror(config(0.5, "skip", "none"))
	if err != nil {
		t.Fatal(err)
	}
	rec := &record{Version: "1", Methods: []recordedMethod{{ID: "snas", Description: recorded}}}
	for _, tc := range []struct {
		name, version, id string
		desc              search.Description
		want              []string
	}{
		{"nothing", "1", "snas", config(0.5, "skip", "none"), nil},
		{"a number", "1", "snas", config(0.25, "skip", "none"), []string{"config.search.rate of snas is 0.25 here and 0.5 there"}},
		{"a list's length", "1", "snas", config(0.5, "skip"), []string{`config.search.ops.1 of snas is absent here and "none" there`}},
		{"the version", "2", "snas", config(0.5, "skip", "none"), []string{`the version is "2" here and "1" there`}},
		{"the method", "1", "darts", config(0.5, "skip", "none"), []string{"the methods are darts here and snas there"}},
	} {
		got, err := differences(rec, tc.version, []string{tc.id}, []search.Description{tc.desc})
		if err != nil || strings.Join(got, "|") != strings.Join(tc.want, "|") {
			t.Errorf("%s: got %q, %v, want %q", tc.name, got, err, tc.want)
		}
	}
}

func TestLogsDoNotHoldTheToken(t *testing.T) {
	var out strings.Builder
	n, err := redactor{&out, "secret"}.Write([]byte("GET /secret/api: EOF"))
	if err != nil || n != 20 || out.String() != "GET /TOKEN/api: EOF" {
		t.Errorf("wrote %q, %d, %v", out.String(), n, err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"name":"s","methods":[{"id":"a","run":"/x","description":{"config":{"a":[1]}}}]}`))
	f.Add([]byte(`{"methods":null}`))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, recordFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
		rec, err := readRecord(dir)
		if err != nil {
			if !strings.Contains(err.Error(), recordFile) {
				t.Errorf("error %v does not name the file", err)
			}
			return
		}
		if _, err := differences(rec, "", []string{"a"}, []search.Description{{Method: "a"}}); err != nil {
			t.Error(err)
		}
	})
}
