// Package oneshot holds what the searches with gradients have in common, and
// nothing of what tells them apart: one network that contains all architectures,
// logits beside its weights, the optimizer of each, the accuracies at the end of
// an epoch, state and knobs. A method adds how it mixes or samples operations
// and what gradient its logits get; see packages darts and snas.
package oneshot
