package tabular_test

import (
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/searchtest"
	"naslab.dev/nasx/search/tabular"
)

func TestResumesBitForBit(t *testing.T) {
	searchtest.Resumes(t, func(t *testing.T) search.Searcher {
		table, err := bench.NewSynthetic(bench.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		c, err := tabular.New(table.Space(), tabular.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		d := search.Drive(c, table)
		if got := d.Describe().Method; got != "tabular" {
			t.Fatalf("method is %q, want tabular", got)
		}
		return d
	})
}
