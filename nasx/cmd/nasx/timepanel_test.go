package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"naslab.dev/viz/panel/browser"
)

func TestTimePanelClicksInABrowser(t *testing.T) {
	if browser.Find() == "" {
		if os.Getenv("NASX_REQUIRE_BROWSER") != "" {
			t.Fatal("no Chromium found, and NASX_REQUIRE_BROWSER is set")
		}
		t.Skip("no Chromium on this machine")
	}
	out := must(t, t.TempDir(), "time", "panel", "--steps", "3", "--own", "200ms", "--json").out
	checkForm(t, "nasx time panel", []byte(out))
	var got panelTiming
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Steps != 3 || got.P95 != got.Slowest || got.Slowest < got.Median || got.Curves <= got.Median {
		t.Errorf("of 3 clicks: %+v, want the slowest as p95, and the curves after the rest", got)
	}
	if !(got.Fastest > 0.001 && got.Median < 0.2) { // two steps of 200 ms are none of it
		t.Errorf("fastest %.3f s, median %.3f s, want the time beyond the steps", got.Fastest, got.Median)
	}
	if !strings.Contains(got.Browser, "Chrom") {
		t.Errorf("browser is %q, want its name", got.Browser)
	}
}

func TestTimePanelWithoutABrowser(t *testing.T) {
	cmd := command(t, t.TempDir(), "time", "panel")
	cmd.Env = append(cmd.Env, "PATH=/nonexistent", "NASX_BROWSER=")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d (%v), want %d", code, err, exitFailed)
	}
	if text := string(out); !strings.Contains(text, "install chromium") || strings.Count(text, "\n") != 1 {
		t.Errorf("it says %q, want one sentence with what to install", text)
	}
}

func TestNearestRank(t *testing.T) {
	twenty := make([]float64, 20)
	for i := range twenty {
		twenty[i] = float64(i + 1)
	}
	for _, tc := range []struct {
		of   []float64
		want float64
	}{
		{twenty, 19},               // 19 of 20 are 95 in 100
		{twenty[:19], 19},          // 18 of 19 are fewer
		{[]float64{7}, 7},          // of one there is only one
		{[]float64{1, 2, 3, 4}, 4}, // 3 of 4 are fewer
	} {
		if got := nearest(tc.of, 0.95); got != tc.want {
			t.Errorf("p95 of %d numbers is %g, want %g", len(tc.of), got, tc.want)
		}
	}
}
