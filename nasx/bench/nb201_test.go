package bench_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/space"
)

func ExampleParseNB201() {
	arch, err := bench.ParseNB201("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(arch, bench.NB201Params(arch, 10), bench.Connected(arch))
	// Output: [3 0 3 1 0 1] 559386 true
}

// everyNB201 calls f for each of the 15,625 architectures.
func everyNB201(t *testing.T, f func(index int, arch space.Arch)) {
	t.Helper()
	all, err := space.Enumerate(bench.NB201(), 15625)
	if err != nil {
		t.Fatal(err)
	}
	index := 0
	for arch := range all {
		f(index, arch)
		index++
	}
	if index != 15625 {
		t.Fatalf("%d architectures, want 5⁶ = 15625", index)
	}
}

func TestEveryArchitectureIsPrintedAndParsed(t *testing.T) {
	seen := map[string]bool{}
	everyNB201(t, func(_ int, arch space.Arch) {
		text, err := bench.FormatNB201(arch)
		if err != nil {
			t.Fatal(err)
		}
		back, err := bench.ParseNB201(text)
		if err != nil || !cmp.Equal(arch, back) {
			t.Fatalf("%v is printed as %s and parsed as %v, error %v", arch, text, back, err)
		}
		seen[text] = true
	})
	if len(seen) != 15625 {
		t.Errorf("%d different texts, want 15625", len(seen))
	}
	for _, arch := range []space.Arch{nil, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 5}} {
		if _, err := bench.FormatNB201(arch); err == nil {
			t.Errorf("%v is printed, want an error", arch)
		}
	}
}

// The edges stand in the benchmark's order: node by node, inputs from 0.
func TestEdgesAreInTheOrderOfTheBenchmark(t *testing.T) {
	got, err := bench.FormatNB201(space.Arch{0, 1, 2, 3, 4, 0})
	want := "|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|"
	if err != nil || got != want {
		t.Errorf("got %s, error %v, want %s", got, err, want)
	}
	var names []string
	for _, d := range bench.NB201().Decisions() {
		names = append(names, d.Name)
	}
	if diff := cmp.Diff([]string{"0→1", "0→2", "1→2", "0→3", "1→3", "2→3"}, names); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]int{{0}, {1, 2}, {3, 4, 5}}, bench.NodeGroups()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func FuzzParseNB201(f *testing.F) {
	f.Add("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")
	f.Add("|none~1|+||+|")
	f.Add("|none~00|+|none~0|none~1|+|none~0|none~1|none~2|")
	f.Fuzz(func(t *testing.T, text string) {
		arch, err := bench.ParseNB201(text)
		if err != nil {
			return
		}
		if back, err := bench.FormatNB201(arch); err != nil || back != text {
			t.Errorf("%q is parsed as %v, which prints as %q, error %v", text, arch, back, err)
		}
	})
}

// The count that the benchmark lists for this architecture, 0.129306 million,
// and the sum behind it.
func TestParametersAreThoseOfTheBenchmark(t *testing.T) {
	arch, err := bench.ParseNB201("|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+" +
		"|nor_conv_1x1~0|skip_connect~1|skip_connect~2|")
	if err != nil {
		t.Fatal(err)
	}
	want := 464 + 5*2*(16*16+32) + 14464 + 5*2*(32*32+64) + 57600 + 5*2*(64*64+128) + 128 + 650
	if got := bench.NB201Params(arch, 10); got != want || got != 129306 {
		t.Errorf("got %d parameters, want %d", got, want)
	}
	if got := bench.NB201Params(arch, 100) - want; got != 90*65 {
		t.Errorf("90 classes more are %d parameters more, want %d", got, 90*65)
	}
}

// Another count of the unconnected: an architecture is one where for every path
// from 0 to 3 some edge is none. Paths as sets of edges: 03; 01,13; 02,23;
// 01,12,23.
func TestConnectedLooksForAPath(t *testing.T) {
	paths := [][]int{{3}, {0, 4}, {1, 5}, {0, 2, 5}}
	everyNB201(t, func(_ int, arch space.Arch) {
		want := false
		for _, path := range paths {
			open := true
			for _, d := range path {
				open = open && arch[d] != 0
			}
			want = want || open
		}
		if got := bench.Connected(arch); got != want {
			t.Fatalf("%v is connected: %v, want %v", arch, got, want)
		}
	})
}

// The count is the benchmark's own. Two cells that compute the same may have two
// names, but never may two that differ share one.
func TestSixThousandArchitecturesDiffer(t *testing.T) {
	classes := map[string]bool{}
	everyNB201(t, func(_ int, arch space.Arch) { classes[bench.Canonical(arch)] = true })
	if len(classes) != 6466 {
		t.Errorf("%d different architectures, want 6466 as the benchmark counts them", len(classes))
	}
	for _, tc := range []struct {
		name string
		a, b space.Arch
		same bool
	}{
		{"node 1 copies node 0, so inputs swap", space.Arch{1, 3, 2, 0, 0, 1}, space.Arch{1, 2, 3, 0, 0, 1}, true},
		{"node 1 computes something", space.Arch{2, 3, 2, 0, 0, 1}, space.Arch{2, 2, 3, 0, 0, 1}, false},
		{"what reads a zero does not matter", space.Arch{0, 1, 2, 1, 3, 1}, space.Arch{0, 1, 4, 1, 2, 1}, true},
		{"nobody reads node 2", space.Arch{3, 1, 2, 1, 3, 0}, space.Arch{3, 4, 3, 1, 3, 0}, true},
	} {
		if got := bench.Canonical(tc.a) == bench.Canonical(tc.b); got != tc.same {
			t.Errorf("%s: equal is %v, want %v", tc.name, got, tc.same)
		}
	}
}
