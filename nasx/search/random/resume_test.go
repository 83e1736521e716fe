package random_test

import (
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/searchtest"
)

func TestResumesBitForBit(t *testing.T) {
	searchtest.Resumes(t, func(t *testing.T) search.Searcher {
		table, err := bench.NewSynthetic(bench.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		c, err := random.New(table.Space(), random.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		d := search.Drive(c, table)
		if got := d.Describe().Method; got != "random" {
			t.Fatalf("method is %q, want random", got)
		}
		return d
	})
}
