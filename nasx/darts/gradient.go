package darts

import "naslab.dev/nasx/relax"

// network is what the architecture gradient asks of a search network whose
// weights are W and whose gradients are G; [supernet.Engine] is one. No call
// changes its arguments.
type network[W, G any] interface {
	Grad(w W, pixels []float32, labels []int32, z [][]float64) (G, error)
	GradZ(w W, pixels []float32, labels []int32, z [][]float64) (loss float64, opGrad [][]float64, err error)
	Virtual(w W, g G, xi, momentum, decay float64) (W, error)
	Shift(w W, g G, eps float64) (W, error)
}

// batch is one minibatch.
type batch struct {
	pixels []float32 // [size, height, width, channels]
	labels []int32   // [size]
}

// curvature is the second-order term of the architecture gradient.
type curvature struct {
	rows [][]float64 // [2E, K], h = ∂²L_train/∂α∂w · ∂L_val/∂w', to be multiplied by −ξ
	xi   float64     // ξ, length of the virtual step
}

// unrolled returns the gradient of the validation loss one virtual weight step
// ahead, and the term that this step adds to the gradient in α ([DARTS]
// section 2.3):
//
//	w' = w − ξ(μv + ∇_w L_train(w, α) + decay·w),   v0 = ∇_w' L_val(w', α)
//	h  = (∇_α L_train(w + ε v0, α) − ∇_α L_train(w − ε v0, α)) / 2ε,   ε = reach/‖v0‖
//
// so that ∂L/∂α = ∇_α L_val(w', α) − ξ h. For ‖v0‖ = 0 the term is 0.
//
//	probs   [2E, K], p = softmax(α)
//	norm    L2 norm of a gradient over all weights
func unrolled[W, G any](
	net network[W, G], norm func(G) float64, w W, train, val batch, probs [][]float64, xi, momentum, decay, reach float64,
) (atVal G, term curvature, err error) {
	step, err := net.Grad(w, train.pixels, train.labels, probs)
	if err != nil {
		return atVal, term, err
	}
	ahead, err := net.Virtual(w, step, xi, momentum, decay)
	if err != nil {
		return atVal, term, err
	}
	if atVal, err = net.Grad(ahead, val.pixels, val.labels, probs); err != nil {
		return atVal, term, err
	}
	term = curvature{rows: zerosLike(probs), xi: xi}
	length := norm(atVal)
	if length == 0 {
		return atVal, term, nil
	}
	eps := reach / length
	var sides [2][][]float64
	for i, sign := range []float64{1, -1} {
		beside, err := net.Shift(w, atVal, sign*eps)
		if err != nil {
			return atVal, term, err
		}
		if _, sides[i], err = net.GradZ(beside, train.pixels, train.labels, probs); err != nil {
			return atVal, term, err
		}
	}
	for d, p := range probs {
		plus, minus := relax.SoftmaxGrad(p, sides[0][d]), relax.SoftmaxGrad(p, sides[1][d])
		for k := range p {
			term.rows[d][k] = (plus[k] - minus[k]) / (2 * eps)
		}
	}
	return atVal, term, nil
}

// zerosLike returns a matrix of zeros in the shape of rows.
func zerosLike(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for d, row := range rows {
		out[d] = make([]float64, len(row))
	}
	return out
}
