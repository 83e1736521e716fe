package run

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

// A power cut cannot be rehearsed here, so the settings that survive one are
// looked up.
func TestEveryCommitReachesTheDisk(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "a #?%20b"), search.Description{Method: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000", "user_version": "1",
	} {
		var got string
		if err := w.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("PRAGMA %s is %s, %v, want %s", pragma, got, err, want)
		}
	}
	if _, err := w.read.Exec("DELETE FROM run"); err == nil {
		t.Error("a reader could write")
	}
}

// FuzzDecode: whatever stands in a row, it is refused, or it is a value that
// encodes and decodes to itself and fits the run.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"step":1,"phase":"search","arch":[1],"probs":[[0.5,0.5]],"credit":[-1],"scalars":{"loss":2}}`,
		`{"step":1,"grad":[[2,2]],"credit":[1],"terms":[{"symbol":"R","meaning":"","row":"credit"}],"formula":"g = R*2"}`,
		`{"method":"walk","seed":18446744073709551615,"config":{"rate":1e999},"decisions":[{"choices":["a"]}]}`,
		`{"step":1,"grad":[],"terms":[],"formula":"a = 0"}`, `{"name":"rate","value":3}`,
		`{"step":1,"scalars":{"loss":1e999}}`, "null", "[", "",
	} {
		f.Add([]byte(seed))
	}
	decisions := []space.Decision{{Name: "0→2", Choices: []string{"a", "b"}}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if trace, err := decodeTrace(1, raw, decisions); err == nil {
			first, err := encodeTrace(trace)
			if err != nil {
				t.Fatal(err)
			}
			again, err := decodeTrace(1, first, decisions)
			if err != nil {
				t.Fatal(err)
			}
			second, err := encodeTrace(again)
			if err != nil || !bytes.Equal(first, second) {
				t.Errorf("encoded twice: %s and %s, %v", first, second, err)
			}
			if err := compare(again, trace); err != nil || checkFinite(trace, decisions) != nil {
				t.Errorf("%s is not itself: %v", first, err)
			}
		}
		if d, err := decodeDescription(raw); err == nil {
			again, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			e, err := decodeDescription(again)
			if err != nil {
				t.Fatal(err)
			}
			if err := sameSearch(e, d); err != nil {
				t.Error(err)
			}
		}
		if change, err := decodeKnob(raw); err == nil && change.Name == "" {
			t.Errorf("%s is a knob change", raw)
		}
	})
}
