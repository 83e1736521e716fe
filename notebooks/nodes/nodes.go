// Package nodes is what lesson 12 searches: the micro space of ENAS on the digits,
// and the finished searches that it shows.
package nodes

import (
	_ "embed" // the recorded searches
	"encoding/json"
	"fmt"

	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	cellspace "naslab.dev/nasx/space/micro"
	"naslab.dev/viz"
)

// Space is the lesson's: cells of three nodes, five operations.
func Space() cellspace.Space { return cellspace.Space{Blocks: 3, Ops: cellspace.DefaultOps()} }

// Search is one finished search of preset digits with its measurements: fractions of
// the images, entropies in nats per decision.
type Search struct {
	Seed    uint64  `json:"seed"`
	Updates int     `json:"updates"` // of the shared weights
	Rewards int     `json:"rewards"` // architectures that the policy learned from
	Curve   []Epoch `json:"curve"`

	Likeliest space.Arch  `json:"likeliest"` // argmax of the policy, choice by choice
	Probs     [][]float64 `json:"probs"`     // of the policy along it
	Tried     space.Arch  `json:"tried"`     // the best of ten samples by the validation images

	Argmax  float64   `json:"argmax"`  // test accuracy of Likeliest
	Best    float64   `json:"best"`    // test accuracy of Tried
	Samples []float64 `json:"samples"` // test accuracies of architectures from the policy
	Uniform []float64 `json:"uniform"` // of architectures chosen evenly, same weights
	BestOf  float64   `json:"best_of"` // the best of ten even ones by the validation images, on the test images
}

// Epoch is what a search measured of itself after an epoch, on validation images.
type Epoch struct {
	Update  int     `json:"update"`
	Samples float64 `json:"samples"` // mean accuracy of five samples of the policy
	Child   float64 `json:"child"`   // accuracy of the likeliest architecture
	Normal  float64 `json:"normal"`  // entropy of the normal cell
	Reduce  float64 `json:"reduce"`  // of the reduction cell
}

//go:embed searches.json
var recorded []byte

// Searches returns the finished searches: Learned by REINFORCE, and Frozen with the
// policy left as it began. Both are made by this package's test with -update.
func Searches() (both struct{ Learned, Frozen []Search }, err error) {
	if err := json.Unmarshal(recorded, &both); err != nil {
		return both, fmt.Errorf("nodes: searches.json: %w", err)
	}
	return both, nil
}

// Run is the search as pictures of runs take it: one trace per epoch, with
// accuracies and entropies.
func (s Search) Run() viz.Run {
	r := viz.Run{About: search.Description{
		Method: "enas-micro", Label: fmt.Sprintf("seed %d", s.Seed), Seed: s.Seed, Data: "digits",
		Steps: s.Updates, StepsPerEpoch: s.Updates / max(1, len(s.Curve)), Decisions: Space().Decisions(),
	}}
	for _, e := range s.Curve {
		r.Traces = append(r.Traces, search.Trace{Step: e.Update, Phase: search.PhaseSearch, Scalars: map[string]float64{
			search.ScalarSearchAccuracy: e.Samples, search.ScalarChildArgmax: e.Child,
			search.ScalarEntropyNormal: e.Normal, search.ScalarEntropyReduce: e.Reduce,
		}})
	}
	return r
}
