// Package estimator measures how well search methods estimate the gradient of
//
//	E[L] = Σ_Z p_a(Z) L(Z),    p_a(Z) = Π_d softmax(a_d)[Z_d]
//
// the expected loss of an architecture drawn from independent decisions, in
// their logits a. On a [Problem] small enough to enumerate the gradient is known
// exactly ([Enumerate]); every method's [Estimator] can be held against it:
// REINFORCE with its baselines and with any rule of credit, the first step of
// PPO, the reparametrised and the score gradient of SNAS at any temperature, the
// straight-through gradient, and the relaxation of DARTS. [Measure] says by how
// much each is wrong on average (bias) and how much single estimates scatter
// (variance), for every decision and choice, with standard errors.
//
// All estimators see the same draws: the noise of sample n is a function of the
// seed and n, a hard architecture is its argmax, a relaxed one its softmax.
//
// A loss is something to be lowered, in the unit of the problem; the reward that
// a controller sees is −L. Everything is float64 on plain slices, nothing imports
// GoMLX, and the formulas are those of packages relax, policy and credit.
// References are listed in package nasx.
package estimator
