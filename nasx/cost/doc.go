// Package cost counts what an operation, an edge or a whole network costs:
// parameters, multiply-adds, memory accesses, and measured seconds.
//
// Counts come from formulas on the geometry of the network ([Net]), so a child
// can be priced without building it. [Penalty] turns the counts of one edge
// into the resource term of [SNAS], with its gradient in z.
//
// Everything is plain Go; the package knows neither backends nor weights.
// Auxiliary heads are not part of any count. References are listed in package
// nasx.
package cost
