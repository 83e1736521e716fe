// Package relax holds the mathematics of relaxed choices: softmax mixtures, the
// Concrete distribution with its gradients and score, entropies, and the small
// optimizer and schedules that move architecture logits.
//
// A relaxed choice is a row of K numbers that sum to 1; one row per decision
// makes a matrix [decisions, K]. These matrices are tiny (18 by 8 for a
// three-node cell pair), so everything here is float64 on plain slices and
// nothing imports GoMLX: the network side differentiates with respect to z and
// this package carries the gradient from there to the logits.
//
// Functions keep no state and draw no noise of their own; noise is an argument.
// References are listed in package nasx.
package relax
