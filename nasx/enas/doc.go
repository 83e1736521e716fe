// Package enas searches with a controller that learns from rewards: a policy
// network makes one decision after the other, the finished architecture is
// tried, and what it was worth moves the network ([ENAS] with REINFORCE
// [Williams92], or with [PPO]).
//
// A [Policy] is a distribution over architectures: independent logits, an LSTM
// over the decisions of any space, or the controller of [ENAS] over indices and
// operations. A [Controller] samples it and updates it; it works wherever a
// reward comes from. A [Searcher] joins a Controller to a weight-sharing network:
// weights are trained on sampled architectures, rewards are accuracies of
// sampled architectures with those weights.
//
// Which decision earned how much of a reward says a credit.Assigner; without one
// every decision gets reward − baseline.
package enas
