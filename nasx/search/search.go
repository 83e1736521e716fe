// Package search holds the contracts that all search methods share.
//
// A [Searcher] advances by one update at a time and explains each as a [Trace]
// of plain values; the loop belongs to whoever calls it. A [Controller] learns
// from rewards only; [Drive] turns it and an [Evaluator] into a Searcher. What
// a method can do beyond that it says with small optional interfaces:
// [Stateful], [Tunable], [Deriver], [Tester], [Describer].
//
// Nothing here imports GoMLX, and no method is known by name.
package search

import "naslab.dev/nasx/space"

// Searcher is a search method that the caller advances one step at a time.
type Searcher interface {
	// Step makes one update and explains it. After an error the Searcher
	// must not be stepped again, unless the error's text says otherwise.
	Step() (Trace, error)

	// Best decodes the architecture that the method would return now.
	Best() (space.Arch, error)
}

// Controller is a search method that learns from rewards only.
type Controller interface {
	// Propose samples the architecture to try at the given step, from 1.
	Propose(step int) (space.Arch, error)

	// Learn updates the controller with the reward of an architecture
	// that it proposed, and explains the update.
	Learn(step int, arch space.Arch, reward float64) (Trace, error)

	// Best decodes the architecture that the controller would return now.
	Best() (space.Arch, error)
}

// Evaluator says what an architecture is worth.
type Evaluator interface {
	// Evaluate returns the reward of an architecture, usually a validation
	// accuracy as a fraction. The step keys whatever noise it has.
	Evaluate(step int, arch space.Arch) (reward float64, err error)
}

// Parts of a data set that [Batches] hands out.
const (
	PartTrain      = "train"      // all training images
	PartHalfA      = "half-a"     // the half of them that trains weights in bilevel methods
	PartHalfB      = "half-b"     // the half that trains the architecture in bilevel methods
	PartValidation = "validation" // held out: curves, rewards and choices
	PartTest       = "test"       // held out: final figures only
)

// Batches hands out minibatches as a pure function of its arguments: every
// epoch has one keyed permutation of the training images, and minibatch t of
// any training part is the t-th window over that part in this order, wrapping
// around at its end so that all minibatches have the same size.
type Batches interface {
	// Dims returns the size of one image and the number of classes.
	Dims() (height, width, channels, classes int)

	// Schedule returns the images per minibatch and the minibatches per
	// epoch, which is the number of training images over the size of a
	// minibatch, rounded up, for every training part alike.
	Schedule() (batchSize, perEpoch int)

	// Batch returns minibatch index (from 0) of an epoch (from 0).
	// pixels is [batchSize, height, width, channels], labels [batchSize].
	Batch(part string, epoch, index int) (pixels []float32, labels []int32, err error)

	// Held returns all images of a held-out part in their fixed order.
	Held(part string) (pixels []float32, labels []int32, err error)
}

// Stateful is a Searcher whose state can be saved and restored. Loading a state
// into a Searcher of the same configuration continues it bit for bit.
type Stateful interface {
	State() (map[string]Tensor, error)
	SetState(map[string]Tensor) error
}

// Knob is a number of a method that a person may change between two steps.
type Knob struct {
	Name  string  `json:"name"`  // unique in the method, for example "temperature"
	Label string  `json:"label"` // short, as shown: "temperature λ"
	Value float64 `json:"value"` // what the next step will use
	Min   float64 `json:"min"`   // smallest value allowed
	Max   float64 `json:"max"`   // largest value allowed
	Unit  string  `json:"unit"`  // "" where there is none
}

// Tunable is a Searcher with knobs. A scheduled value that is set stays as set
// from then on.
type Tunable interface {
	Knobs() []Knob
	Set(name string, value float64) error
}

// Rules of derivation, see [Deriver].
const (
	RuleDARTS  = "darts"  // the two strongest inputs per node, none excluded
	RuleArgmax = "argmax" // the likeliest operation on every edge, none included
)

// Deriver is a Searcher that can name the network its present state stands for.
type Deriver interface {
	// Derive returns the genotype under [RuleDARTS] or [RuleArgmax].
	Derive(rule string) (space.Genotype, error)
}

// Tester is a Searcher that can measure itself on the test images.
type Tester interface {
	// Test returns accuracies as fractions under [ScalarSearchAccuracy] and
	// [ScalarChildDARTS], [ScalarChildArgmax]; children inherit weights.
	Test() (map[string]float64, error)
}

// Description says what a run is, so that it can be repeated.
type Description struct {
	Method        string           `json:"method"` // "darts", "snas", …
	Label         string           `json:"label"`  // as shown: "DARTS"
	Note          string           `json:"note"`   // a few words: "first order, mixes all operations"
	Seed          uint64           `json:"seed"`
	Data          string           `json:"data"`            // its name, with "partial copy" or "unverified" where it applies
	Steps         int              `json:"steps"`           // planned steps, 0 where there is no plan
	StepsPerEpoch int              `json:"steps_per_epoch"` // 0 where there are no epochs
	ImagesPerStep int              `json:"images_per_step"` // images a step looks at, 0 where there are none
	Config        any              `json:"config"`          // the method's configuration, encoded as JSON
	Space         string           `json:"space"`
	Decisions     []space.Decision `json:"decisions"`
}

// Describer is a Searcher that can say what it is.
type Describer interface {
	Describe() Description
}
