// Package micro is the weight-sharing network of the micro space of [ENAS]: cells
// in which every node picks two earlier nodes and an operation for each.
//
// As in package supernet a [Network] is a pure function of (weights, images,
// architecture): it owns no variables, all weights live in one flat vector [P] in
// the order of [Network.Params], and an [Engine] holds what was compiled. The
// architecture is an input of the compiled program, never a reason for another
// one: indices and operations are one-hot rows, loose ends a mask.
//
// What is shared are weight rows: in every cell, for every node, for each of its
// two branches and for every earlier node that the branch may read there is one
// row, and in it the weights of both separable convolutions. The index chosen picks
// the row, the operation a part of it. One cell's output is a 1×1 convolution with
// C rows for every node, of which the loose ends' are used. An update moves what
// the architecture uses, and nothing else: not by decay and not by momentum.
//
// Where this differs from the published code: padding is k/2 on both sides, not
// "same" (they differ at stride 2 only, and here no convolution of a cell has one);
// normalisations in cells have neither gain nor offset; the factorised reduction
// begins with a ReLU everywhere. Batch normalisation uses the statistics of the
// batch at hand in training and evaluation alike, as it does there during a search.
//
// References are listed in package nasx.
package micro
