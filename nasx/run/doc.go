// Package run keeps a search on disk: every step's trace, checkpoints of the
// state, what a person changed on the way, and how to come back to any step.
//
// A run is a directory:
//
//	run.db                  SQLite (WAL, synchronous FULL), schema 1
//	checkpoints/STEP/       state.safetensors and state.json
//	figures/                pictures that belong to the run
//	writer.lock             held by the one process that writes
//
// A [Writer] steps a searcher and stores the step in one transaction: a step
// that [Writer.Step] returned survives kill -9. A [Reader] needs no lock and no
// GoMLX, and any number of them may look while the run goes on. [Resume],
// [Reader.At] and [Reader.Fork] rebuild a searcher from the nearest checkpoint
// and replay the steps after it, with the knob changes made between them, and
// hold the replayed traces against the stored ones.
//
// The package knows no method. Whoever resumes a run passes a [Build] that
// makes the searcher from the run's description.
package run
