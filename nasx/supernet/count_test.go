package supernet_test

import (
	"testing"

	"naslab.dev/nasx/supernet"
)

// The references' CIFAR-10 search network has 1,930,618 weights: their log line
// "param size = 1.930618MB".
func TestWeightsOfTheReferenceSearchNetwork(t *testing.T) {
	cfg := supernet.DefaultConfig()
	cfg.Cells, cfg.Nodes, cfg.Channels, cfg.Stem = 8, 4, 16, 48
	cfg.Reductions = supernet.DefaultReductions(8)
	cfg.Height, cfg.Width, cfg.InputChannels = 32, 32, 3
	network, err := supernet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if network.Size() != 1_930_618 {
		t.Errorf("network has %d weights, want 1930618", network.Size())
	}
}
