package network_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/supernet/micro"
	"naslab.dev/notebooks/nodes/network"
)

// Two weights are moved by hand: the first of node 3's row for input 2 in branch 2
// and the last of all.
func TestMovedNamesTheRow(t *testing.T) {
	cfg := micro.DefaultConfig()
	cfg.Cells, cfg.Blocks, cfg.Channels, cfg.Stem, cfg.Reductions = 1, 2, 2, 2, []int{}
	net, err := micro.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	before, after := make([]float64, net.Size()), make([]float64, net.Size())
	after[net.Size()-1] = 1
	for _, p := range net.Params() {
		if p.Name == "cell0/node3/rows" {
			after[p.Offset+(1*3+2)*p.Shape[2]] = 1
		}
	}
	var got [][]string
	rows := network.Moved(net, before, after)
	for _, row := range rows {
		if row[2] != "0" {
			got = append(got, row[:3])
		}
	}
	want := [][]string{{"node 3, branch 2", "reads node 2", "1"}, {"stem and classifier", "", "1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(rows) != 2*2+2*3+4+1 {
		t.Errorf("%d lines, want 15", len(rows))
	}
}
