package nodes_test

import (
	"testing"

	"naslab.dev/notebooks/nodes"
)

// A run of a recorded search has its accuracies where pictures look for them.
func TestRunOfARecordedSearch(t *testing.T) {
	s := nodes.Search{Seed: 3, Updates: 32, Curve: []nodes.Epoch{{Update: 16, Samples: 0.5}, {Update: 32, Samples: 0.75}}}
	r := s.Run()
	if r.About.StepsPerEpoch != 16 || len(r.Traces) != 2 || r.Traces[1].Scalars["search_accuracy"] != 0.75 {
		t.Errorf("got %+v", r)
	}
}
