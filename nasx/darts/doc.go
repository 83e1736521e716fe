// Package darts searches cells by mixing all operations with softmax weights
// and alternating two gradient steps, one on architecture logits with the loss
// of one half of the training images, one on network weights with that of the
// other half [DARTS].
//
// A [Searcher] has logits α [2E, K]; the network is multiplied by p = softmax(α)
// and answers with g = ∂L/∂p. Everything on the architecture's side is float64
// in package relax; everything on the network's side stays on the device. First
// and second order differ in one function, and neither changes a weight in
// place to look at another one.
//
// One step is one update of the weights. Steps that fail leave the state as it
// was before them.
package darts
