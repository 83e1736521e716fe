package viz

import (
	"math"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tc := range []struct{ name, got, want string }{
		{"accuracies have three places and no per cent", Accuracy(0.9933), "0.993"},
		{"a whole accuracy keeps its places", Accuracy(1), "1.000"},
		{"what is no number is a dash", Accuracy(nan), "–"},
		{"nor is infinity", Nats(inf), "–"},
		{"entropies have two places", Nats(2.0149), "2.01"},
		{"probabilities on edges have no leading zero", Prob(0.244), ".24"},
		{"near one is 1.0", Prob(0.996), "1.0"},
		{"just under is not", Prob(0.994), ".99"},
		{"nothing is .00", Prob(0), ".00"},
		{"cells hold whole per cent", Percent(0.236), "24"},
		{"credit is in thousandths with its sign", Credit(0.01151), "+11.5"},
		{"harm has a real minus sign", Credit(-0.0055), "−5.5"},
		{"a zero has no sign", Credit(-0.00001), "0.0"},
		{"reals have three digits", Real(0.5149), "0.515"},
		{"however large", Real(1234.5), "1,230"},
		{"and keep zeros that count", Real(2), "2.00"},
		{"rounding up moves the point", Real(9.999), "10.0"},
		{"small ones are powers", Real(-0.000585), "−5.85·10⁻⁴"},
		{"large ones too", Real(1.8e16), "1.80·10¹⁶"},
		{"zero is 0", Real(0), "0"},
		{"a thousandth is not yet a power", Real(0.001), "0.00100"},
		{"powers are raised", Power(-3), "10⁻³"},
		{"counts have commas", Count(1000), "1,000"},
		{"also negative ones", Count(-1234567), "−1,234,567"},
		{"but not below a thousand", Count(999), "999"},
		{"commas stay left of the point", Thousands("1234.5678"), "1,234.5678"},
		{"seconds have one place", Seconds(3140 * time.Millisecond), "3.1 s"},
		{"below a second milliseconds", Seconds(142300 * time.Microsecond), "142 ms"},
		{"edges have an arrow", EdgeName(0, 2), "0→2"},
		{"minus", Minus("-1.5"), "−1.5"},
		{"second", ordinal(2), "2nd"},
		{"eleventh", ordinal(11), "11th"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestParseEdgeReadsWhatEdgeNameWrites(t *testing.T) {
	from, to, err := ParseEdge(EdgeName(3, 12))
	if from != 3 || to != 12 || err != nil {
		t.Errorf("got %d, %d, %v, want 3, 12 and no error", from, to, err)
	}
	for _, name := range []string{"", "2", "0->2", "2→2", "3→1", "-1→2", "0→2→3", "0→100", "a→b"} {
		if _, _, err := ParseEdge(name); err == nil {
			t.Errorf("%q was taken for an edge", name)
		}
	}
}

func FuzzParseEdge(f *testing.F) {
	f.Add("0→2")
	f.Add("99→100")
	f.Fuzz(func(t *testing.T, name string) {
		from, to, err := ParseEdge(name)
		if err == nil && (from < 0 || to <= from || to > 99) {
			t.Errorf("%q: got %d→%d", name, from, to)
		}
	})
}

// Labels of an axis must not be rounded to another tick's place: a step of 0.25
// needs two places.
func TestTicksKeepTheirPlace(t *testing.T) {
	for step, want := range map[float64]int{5: 0, 2.5: 1, 1: 0, 0.5: 1, 0.25: 2, 0.2: 1, 0.05: 2, 0.025: 3} {
		if got := placesOf(step); got != want {
			t.Errorf("a step of %g: got %d places, want %d", step, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 0.25: "0.25", -2.5: "−2.5", 1000: "1,000", 1.0004: "1", 1e-5: "0.00001"} {
		if got := short(v); got != want {
			t.Errorf("%g: got %q, want %q", v, got, want)
		}
	}
}
