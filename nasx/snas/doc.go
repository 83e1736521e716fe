// Package snas searches cells by sampling: every step draws one relaxed one-hot
// row per decision from the Concrete distribution of the architecture logits,
// runs the network with it, and sends one backward pass to weights and logits
// alike [SNAS].
//
// A [Searcher] has logits a [2E, K]. With Gumbel noise G the network is
// multiplied by Z = softmax((a + G)/λ) and answers with g = ∂L/∂Z, so that
//
//	∂L/∂a_k = Z_k (g_k − R)/λ,   R = Σ_l Z_l g_l
//
// where R is the credit of a decision: each gets its own from the first step
// on. The temperature λ falls over the epochs until samples are nearly one-hot,
// which is why the child keeps the accuracy of the search network. A resource
// penalty can be added to the loss by three estimators, see [Config].
//
// One step is one update of the weights. Steps that fail leave the state as it
// was before them.
package snas
