package supernet

import "naslab.dev/nasx/space"

// Work is what one weights step of a network takes on a minibatch: the forward pass
// and the gradients for weights and feature maps. It follows from the geometry, not
// from how the step is computed. Counts are float64, since those of networks that
// nobody can run do not fit into an int64; they are whole numbers, exact up to 2⁵³.
type Work struct {
	MultiplyAdds      float64 // separable convolutions as they are defined, k·k·C + C·C for a pixel
	DenseMultiplyAdds float64 // each as one dense convolution, k·k·C·C for a pixel
	Bytes             float64 // of feature maps and their gradients, read and written
	Kept              float64 // bytes of the feature maps, each counted once
}

// Work counts one weights step on a minibatch of the given number of images.
//
// Multiply-adds are those of convolutions and of the classifier, with the products by
// padding. A pass forward, the gradient for the weights and the gradient for the input
// take the same number; images get no gradient.
//
// Bytes are counted for a program that computes nothing twice and keeps what is
// elementwise (ReLU, normalising, mixing, adding) in registers. What it must store are
// the maps before which all pixels or channels of the batch have to be there:
//
//   - what a convolution or pooling makes, before its normalisation, whose statistics
//     need the whole batch; pools and stride-1 skips are the same for all edges that
//     leave a node, the others are there for each edge;
//   - a node, which is a sum; the last cell's last node, only averaged, is not stored.
//
// A map is read whole, once a pass, for everything that one pass can make of it: all
// operations on all edges that leave a node are one reader, each later cell is another.
//
//	map                               value                           gradient
//	with k readers                    written, read k times forward   written k times, read k−1 times
//	                                  and k times backward            to add, twice to normalise or to pass on
//	that only goes into a node's sum  written, read; twice backward   that of the node
//
// The gradient of a node is read twice, first for the statistics that the gradient of a
// normalisation needs; for a normalised map with readers these come up while its
// gradient is written, and map and gradient are read once more instead. Either way a
// map takes 2 + 4k passes, or 4. Images are read twice. Weights, statistics and the
// update are left out: there are far fewer weights than pixels.
func (n *Network) Work(batch int) Work {
	cfg := n.cfg
	pixels := float64(cfg.Height * cfg.Width)
	input, stem := float64(cfg.InputChannels), float64(cfg.Stem)
	t := tally{passes: 2 * pixels * input}
	t.addMap(pixels*stem, min(2, cfg.Cells))
	for _, c := range n.cells {
		n.addWork(&t, c)
	}
	last := n.cells[len(n.cells)-1]
	t.multiply(float64(cfg.Nodes * last.channels * cfg.Classes))
	once := 2 * 9 * input * stem * pixels // forward and for the weights
	images, size := float64(batch), float64(cfg.DType.Size())
	return Work{
		MultiplyAdds:      images * (3*t.products + once),
		DenseMultiplyAdds: images * (3*t.dense + once),
		Bytes:             images * size * t.passes,
		Kept:              images * size * t.kept,
	}
}

// tally adds up the work of one image.
type tally struct {
	products, dense float64 // multiply-adds of a forward pass, in either form
	passes          float64 // numbers read and written in the whole step
	kept            float64 // numbers in feature maps
}

// multiply adds products that both forms have.
func (t *tally) multiply(products float64) {
	t.products += products
	t.dense += products
}

// separable adds depthwise and pointwise convolutions from as many channels to as many.
func (t *tally) separable(kernel, channels int, pixels float64) {
	area, c := float64(kernel*kernel), float64(channels)
	t.products += pixels * (area*c + c*c)
	t.dense += pixels * area * c * c
}

// addMap adds a feature map with some readers; one without is not stored.
func (t *tally) addMap(size float64, readers int) {
	if readers > 0 {
		t.passes += size * float64(2+4*readers)
		t.kept += size
	}
}

// addTerm adds a feature map that only goes into a node's sum.
func (t *tally) addTerm(size float64) {
	t.passes += 4 * size
	t.kept += size
}

// addWork adds a cell.
func (n *Network) addWork(t *tally, c cell) {
	inPixels := float64(c.height * c.width)
	height, width := c.outSize()
	pixels, channels := float64(height*width), float64(c.channels)
	t.multiply(inPixels * float64(c.in0+c.in1) * channels)
	t.addMap(inPixels*channels, 1) // both inputs, preprocessed
	t.addMap(inPixels*channels, 1)
	later := min(2, len(n.cells)-1-c.index) // cells that read this one
	for from := range n.cfg.Nodes + 2 {
		edges := n.cfg.Nodes - max(0, from-1) // that leave the node
		if from >= 2 {
			t.addMap(pixels*channels, min(1, edges)+later)
		}
		for _, op := range n.cfg.Ops {
			if edges > 0 && (op == space.OpMaxPool || op == space.OpAvgPool) {
				t.addTerm(pixels * channels)
			}
			for range edges {
				t.addOp(op, c.channels, pixels, c.stride(from))
			}
		}
	}
}

// addOp adds an operation that every edge has for itself.
func (t *tally) addOp(op string, channels int, pixels float64, stride int) {
	size := pixels * float64(channels)
	switch {
	case isConv(op):
		t.separable(kernelOf(op), channels, pixels)
		if isSep(op) {
			t.separable(kernelOf(op), channels, pixels)
			t.addMap(size, 1)
		}
		t.addTerm(size)
	case isSkip(op) && stride == 2:
		t.multiply(size * float64(channels))
		t.addTerm(size)
	}
}
