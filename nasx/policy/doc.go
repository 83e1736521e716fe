// Package policy holds the formulas of learning by reward: what a policy's
// logits say (probabilities, entropy, score), what REINFORCE and PPO minimise
// and how that slopes in the logits, what is subtracted from a reward, and the
// optimizer that moves the parameters.
//
// A policy answers one decision with a row of logits [K]. All gradients here end
// at such a row; whoever computed it, a table or a recurrent network, carries
// them further. One formula is one function: it keeps no state and draws no
// noise. Everything is float64 on plain slices, nothing imports GoMLX.
//
// A loss is a sum over the decisions of an episode and a mean over episodes. A
// mean over decisions would make the gradient smaller by their number, which
// changes more than the speed: a clipped norm and Adam's epsilon notice it.
// References are listed in package nasx.
package policy
