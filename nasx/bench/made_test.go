package bench_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/space"
)

// madeNames are the columns of the compiled table, in its order.
var madeNames = strings.Fields("index arch c10valid_train_200 c10valid_val_200 c10valid_test_200 c10_test_200 " +
	"c100_train_200 c100_val_200 c100_test_200 in16_train_200 in16_val_200 in16_test_200 " +
	"c10_test_12 c10_val_12 c100_test_12 c100_val_12 in16_test_12 in16_val_12")

// madeValue is what the table that stands in for the real one says: the
// synthetic accuracy in percent, shifted by column, and chance where no path
// leads through the cell.
func madeValue(column int, accuracy float64, connected bool) float64 {
	if !connected {
		return 10
	}
	return 100*accuracy - float64(column)/2
}

// madeSeconds adds up over the edges, so that a fit must find it exactly.
func madeSeconds(arch space.Arch) (train, test float64) {
	train, test = 100, 5
	for d, k := range arch {
		train += float64((d + 1) * k * 2)
		test += float64(k) / 4
	}
	return train, test
}

// madeFiles returns the two files that stand in for the real ones.
var madeFiles = sync.OnceValues(func() (accuracies, times string) {
	s, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		panic(err)
	}
	all, err := space.Enumerate(bench.NB201(), 20000)
	if err != nil {
		panic(err)
	}
	var a, b strings.Builder
	fmt.Fprintln(&a, strings.Join(madeNames, ","))
	fmt.Fprintln(&b, "index,arch,c10_train_seconds_12,c10_test_seconds_12")
	table, rng, row := s.Accuracies(), key.Rand(1, "times", 0, 0), 0
	for arch := range all {
		text, err := bench.FormatNB201(arch)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&a, "%d,%s", len(table)-1-row, text)
		for c := 2; c < len(madeNames); c++ {
			fmt.Fprintf(&a, ",%.4f", madeValue(c, table[row], bench.Connected(arch)))
		}
		fmt.Fprintln(&a)
		if rng.IntN(20) == 0 {
			train, test := madeSeconds(arch)
			fmt.Fprintf(&b, "%d,%s,%.3f,%.3f\n", row, text, train, test)
		}
		row++
	}
	return a.String(), b.String()
})

// made imports the stand-in.
func made(t testing.TB) *bench.Table {
	t.Helper()
	accuracies, times := madeFiles()
	table, err := bench.ImportNB201(strings.NewReader(accuracies), strings.NewReader(times), "made for a test")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// tables returns the stand-in and, where it is here, the table of published
// numbers: what holds for any table is tested on both.
func tables(t *testing.T) map[string]*bench.Table {
	t.Helper()
	out := map[string]*bench.Table{"made": made(t)}
	if table := published(t, "nas-bench-201", importNB201); table != nil {
		out["published"] = table
	}
	return out
}
