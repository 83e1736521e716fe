package main

import (
	"strings"
	"testing"
)

// In a table ENAS names an architecture and no network; it goes on from its folder
// with the policy that it began with.
func TestENASGoesOnInATable(t *testing.T) {
	for _, tc := range []struct{ method, policy string }{
		{"enas", "lstm"}, {"enas", "logits"}, {"enas-ppo", "lstm"}, {"enas-ppo", "logits"},
	} {
		t.Run(tc.method+" "+tc.policy, func(t *testing.T) {
			dir := t.TempDir()
			args := func(steps, out string) []string {
				return []string{
					"search", "--method", tc.method, "--policy", tc.policy, "--data", "synthetic", "--steps", steps, "--out", out,
				}
			}
			must(t, dir, args("13", "parts")...)
			must(t, dir, "resume", "parts", "--steps", "25")
			said := must(t, dir, args("25", "whole")...).out
			if export(t, dir, "parts") != export(t, dir, "whole") {
				t.Error("13 steps and 12 more differ from 25 without a break")
			}
			if !strings.Contains(said, "best reward") || strings.Contains(said, "child") {
				t.Errorf("got %q, want an architecture with its reward and no child", said)
			}
		})
	}
}

func TestENASRefusesAnUnknownPolicy(t *testing.T) {
	dir := t.TempDir()
	for _, data := range []string{"synthetic", "digits"} {
		r := call(t, dir, "search", "--method", "enas", "--policy", "crystal ball", "--data", data)
		if r.code != 2 || !strings.Contains(r.err, "lstm or logits") {
			t.Errorf("on %s: exit code %d and %q, want 2 and what there is", data, r.code, r.err)
		}
	}
}
