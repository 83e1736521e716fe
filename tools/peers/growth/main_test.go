package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// sample is a base with two sizes varied. The stem follows the channels; the last network
// differs in two sizes, and the one before took too long.
const sample = `{"processor": "P", "threads": 2, "rounds": 3, "growth": [{"base": "digits", "title": "T", "points": [
{"sizes": {"channels": 8, "stem": 16, "batch": 64}, "multiply_adds": 100, %[1]s},
{"sizes": {"channels": 16, "stem": 32, "batch": 64}, "multiply_adds": 300, %[1]s},
{"sizes": {"channels": 4, "stem": 8, "batch": 64}, "multiply_adds": 50, %[1]s},
{"sizes": {"channels": 8, "stem": 16, "batch": 128}, "multiply_adds": 200, %[1]s},
{"sizes": {"channels": 8, "stem": 16, "batch": 256}, "multiply_adds": 400},
{"sizes": {"channels": 32, "stem": 64, "batch": 32}, "multiply_adds": 7, %[1]s}]}]}`

const seconds = `"step_seconds": {"median": 0.02, "min": 0.01, "max": 0.03}, "compile_seconds": {"median": 4, "min": 3, "max": 5}`

func TestAPanelHasWhatDiffersInItsSizeAlone(t *testing.T) {
	var r results
	if err := json.Unmarshal(fmt.Appendf(nil, sample, seconds), &r); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range r.figure(r.Growth[0]).Panels {
		got = append(got, fmt.Sprintf("%s %v %v", p.Name, p.Sizes, p.Counted))
	}
	want := "channels C [4 8 16] [0.01 0.02 0.06], images of a batch [64 128] [0.02 0.04]"
	if joined := strings.Join(got, ", "); joined != want {
		t.Errorf("got panels %s, want %s", joined, want)
	}
}

func TestPicturesOfABase(t *testing.T) {
	got, err := draw(strings.NewReader(fmt.Sprintf(sample, seconds)))
	if err != nil || len(got) != 2 || !bytes.HasPrefix(got["growth-digits.png"], []byte("\x89PNG")) ||
		!bytes.HasPrefix(got["growth-digits.svg"], []byte("<svg")) {
		t.Errorf("got %d pictures and %v, want a PNG and an SVG of digits", len(got), err)
	}
	if _, err := draw(strings.NewReader(`{"growth": [{"base": "../x"}]}`)); err == nil {
		t.Error("a base with dots and strokes: got no error")
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(fmt.Sprintf(sample, seconds))
	f.Add(`{"growth": [{"base": "x", "points": []}]}`)
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = draw(strings.NewReader(text)) // must not panic
	})
}
