// Package rudder finds the credit of decisions by return decomposition
// [RUDDER]: a model learns to predict the return from the decisions, and the
// reward at the end is moved to where the prediction changes.
//
// A redistribution keeps the sum of the rewards of an episode, so what is worth
// doing stays the same, but no reward is delayed any more. There are two
// models, ridge regression on the choices ([Linear]) and a small LSTM written
// out by hand ([LSTM]), and two ways to read a prediction: its differences from
// one decision to the next, and integrated gradients.
package rudder
