package supernet_test

import (
	"strings"
	"testing"

	"naslab.dev/nasx/supernet"
)

// A configuration that cannot be is one sentence that names the field, before any
// memory is taken.
func TestImpossibleNetworksAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*supernet.Config)
		want   string
	}{
		{"no cells", func(c *supernet.Config) { c.Cells = 0 }, "Cells is 0"},
		{"too many nodes", func(c *supernet.Config) { c.Nodes = 33 }, "Nodes is 33"},
		{"odd channels", func(c *supernet.Config) { c.Channels = 7 }, "Channels is 7"},
		{"too many weights", func(c *supernet.Config) { c.Channels = 4096 }, "weights"},
		{"unknown operation", func(c *supernet.Config) { c.Ops = []string{"conv_9x9"} }, `"conv_9x9" is unknown`},
		{"operation twice", func(c *supernet.Config) { c.Ops = append(c.Ops[:7:7], c.Ops[0]) }, "listed twice"},
		{"odd image", func(c *supernet.Config) { c.Height = 7 }, "images of 7x8"},
		{"reduction outside", func(c *supernet.Config) { c.Reductions = []int{3} }, "reductions are [3]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := supernet.DefaultConfig()
			tc.change(&cfg)
			_, err := supernet.New(cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one about %q", err, tc.want)
			}
		})
	}
}
