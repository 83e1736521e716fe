// Package bench holds tabular benchmarks: search spaces in which the worth of
// every architecture is a number that need not be trained for. They are
// [search.Evaluator]s, and they tell what the noise hides.
package bench
