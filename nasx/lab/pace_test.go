package lab

import (
	"testing"
	"time"
)

// TestPaceLetsABurstThrough counts by hand: four events at once, the later ones
// 100 ms apart, and after a second of rest four at once again.
func TestPaceLetsABurstThrough(t *testing.T) {
	var p pace
	start := time.Unix(1000, 0)
	for _, tc := range []struct{ at, want time.Duration }{
		{0, 0},
		{0, 0},
		{0, 0},
		{0, 0},
		{0, 100 * time.Millisecond},
		{100 * time.Millisecond, 100 * time.Millisecond},
		{200 * time.Millisecond, 100 * time.Millisecond},
		{time.Second, 0},
		{time.Second, 0},
		{time.Second, 0},
		{time.Second, 0},
		{time.Second, 100 * time.Millisecond},
	} {
		if got := p.rest(start.Add(tc.at)); got != tc.want {
			t.Errorf("an event at %v waits %v, want %v", tc.at, got, tc.want)
		}
	}
}
