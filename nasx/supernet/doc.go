// Package supernet builds weight-sharing networks: cells in which every edge
// carries all candidate operations at once, mixed by a row z.
//
// A [Network] is a pure function of (weights, images, z): it owns no variables.
// All weights live in one flat vector [P] in the order of [Network.Params], so an
// optimizer is one vector operation, a virtual step w − ξ∇L is one more, and
// second-order DARTS needs to change nothing in place. An [Engine] holds what was
// compiled for a Network on a backend; it has no weights either, so several
// searches share one compilation.
//
// z has one row per decision of [Network.Space]: the edges of the normal cell,
// then those of the reduction cell, [2E, K]. Cells of one type share their rows.
// A mixture is a softmax, SNAS feeds a Concrete sample, a child is the same
// network with one-hot rows. The gradient ∂L/∂z[e][k] = <∂L/∂x_j, O_k(x_i)>,
// summed over the cells of a type, is all that architecture learning needs.
//
// There are several forms. [Plain] is the definition, written operation by operation in
// GoMLX; [Fast] computes the same function with the operations of package kernels, and with
// gradients of its own. All use the same weights by name, shape and place; tests hold them
// equal.
//
// The package does not know how z is chosen or what a search method is.
package supernet
