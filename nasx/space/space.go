// Package space describes what is searched: operations, cells, decisions,
// architectures and genotypes.
//
// Everything here is a plain Go value that can be printed, compared and encoded
// as JSON. Nothing imports GoMLX: an architecture can be read, plotted or
// written by hand in a test without a backend.
//
// References are listed in package nasx.
package space

// Decision is one choice that a search method makes.
type Decision struct {
	Name    string   `json:"name"`    // for an edge "0→2", from node 0 to node 2
	Cell    string   `json:"cell"`    // "normal", "reduce", or "" where there is only one
	Choices []string `json:"choices"` // what can be chosen, at least one
}

// Space is a search space with a fixed list of decisions.
type Space interface {
	// Name identifies the space in files, for example "darts".
	Name() string

	// Decisions lists what is decided, in the order of an [Arch].
	Decisions() []Decision
}

// Arch is one architecture of a [Space]: the index of the choice for each
// decision.
type Arch []int
