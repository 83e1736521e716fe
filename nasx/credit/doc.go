// Package credit says how much every decision of an architecture earned.
//
// Building an architecture is a decision process: the decisions made so far are
// the state, the next choice is the action, and the only reward, the accuracy
// of the finished network, comes after the last one. Which decision was it
// that helped? The package holds the rules that answer this, from Monte Carlo
// and TD(0) to TD(λ), each as a formula on plain numbers and as an [Assigner]
// that a controller can use; the exact values that they estimate, by
// enumeration; and two tasks on which the rules can be timed. Package rudder
// adds return decomposition.
//
// Indices follow one convention: reward t belongs to action t, so the reward of
// an architecture is that of its last decision. Nothing here knows a space, a
// network or a search method. References are listed in package nasx.
package credit
