package viz

import (
	"math"
	"strings"
	"testing"
)

// testGrowth doubles with the size in one panel and fourfolds in the other.
func testGrowth() Growth {
	g := Growth{Caption: Caption{Repro: "make growth"}}
	for power, name := range []string{"batch", "channels", "cells", "nodes"} {
		p := GrowthPanel{Name: name, Sizes: []int{4, 8, 16, 32}}
		for _, size := range p.Sizes {
			step := 0.01 * math.Pow(float64(size)/8, float64(power))
			p.Step = append(p.Step, TimeSpread{step, 0.8 * step, 1.5 * step})
			p.Compile = append(p.Compile, TimeSpread{4, 3.5, 5})
			p.Counted = append(p.Counted, 0.01*float64(size)/8)
		}
		g.Panels = append(g.Panels, p)
	}
	return g
}

func TestGrowthSaysItsMediansInWords(t *testing.T) {
	alt := testGrowth().Alt()
	for _, want := range []string{
		"channels from 4 to 32: a step from 5 ms to 40 ms, compilation from 4 s to 4 s",
		"nodes from 4 to 32: a step from 1.25 ms to 640 ms",
	} {
		if !strings.Contains(alt, want) {
			t.Errorf("got %q, want %q in it", alt, want)
		}
	}
}

// On logarithmic axes a power law is a straight line. The panels' steps grow with powers
// 0, 1, 2 and 3 of the size: each rises so many times as steeply as that of power 1.
func TestGrowthIsStraightOnItsAxes(t *testing.T) {
	lines := strokes(t, testGrowth(), 2.4)
	if len(lines) != 4 {
		t.Fatalf("got %d thick lines, want one in each of four panels", len(lines))
	}
	rise := func(panel, i int) float64 { return float64(lines[panel][i+1].Pos.Y - lines[panel][i].Pos.Y) }
	unit := rise(1, 0)
	for panel := range lines {
		for i := range 3 {
			if got := rise(panel, i); !(unit > 1 && math.Abs(got-float64(panel)*unit) <= 1e-6) {
				t.Errorf("power %d rises by %g pixels after point %d, want %d times %g", panel, got, i, panel, unit)
			}
		}
	}
}

func TestGrowthRefusesWhatItCannotDraw(t *testing.T) {
	for want, change := range map[string]func(g *Growth){
		"0 panels":        func(g *Growth) { g.Panels = nil },
		"that rise":       func(g *Growth) { g.Panels[0].Sizes = []int{4, 2, 8, 16} },
		"as many of each": func(g *Growth) { g.Panels[0].Step = g.Panels[0].Step[1:] },
		"at 8":            func(g *Growth) { g.Panels[0].Compile[1].Median = math.NaN() },
		"at 16":           func(g *Growth) { g.Panels[0].Counted[2] = 0 },
	} {
		g := testGrowth()
		change(&g)
		if _, err := g.sheet(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one about %q", err, want)
		}
	}
}

func TestSecondsText(t *testing.T) {
	for seconds, want := range map[float64]string{
		0.001: "1 ms", 0.0314: "31 ms", 0.9: "900 ms", 0.9999: "1 s", 3.14159: "3.14 s", 100: "100 s", 2000: "2,000 s",
	} {
		if got := secondsText(seconds); got != want {
			t.Errorf("%g s: got %q, want %q", seconds, got, want)
		}
	}
}
