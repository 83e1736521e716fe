// Package client talks to a running laboratory session. It is what a cell that
// only looks needs: it links neither a method nor XLA, so such a cell is built
// and answered in a fraction of a second.
//
// It knows the session's folder, its HTTP contract and nothing else of ours;
// the types here are the JSON of that contract. Package lab opens sessions and
// serves the same types.
package client
