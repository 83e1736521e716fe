package main

import (
	"os"
	"slices"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/supernet"
)

// dump makes the first step and writes everything that another implementation
// needs to repeat it, as one safetensors file:
//
//	before/NAME, after/NAME  the state on either side of the step: weights/…, momentum/…, arch/logits
//	images, labels           the minibatch of the weights, [batch, h, w, c] and [batch]
//	arch_images, arch_labels that of the architecture (DARTS)
//	z                        [2E, K], the step's mixing weights
//	loss, op_grad            of images at z and the weights before: [], [2E, K] = ∂loss/∂z
//	gradient/NAME            ∂loss/∂weights
//	temperature              [], of SNAS
//
// The noise of a sample is not in it: z and the logits fix λ·ln z − a, which gives
// the same sample, since a softmax does not see what all of a row have in common.
func dump(path string, engine *supernet.Engine, images *noise, step stated) error {
	before, err := step.State()
	if err != nil {
		return err
	}
	trace, err := step.Step()
	if err != nil {
		return err
	}
	after, err := step.State()
	if err != nil {
		return err
	}
	file := map[string]search.Tensor{}
	for name, t := range before {
		file["before/"+name] = t
	}
	for name, t := range after {
		file["after/"+name] = t
	}
	images.write(file)
	if err := writeGradients(file, engine, images, before, trace.Z); err != nil {
		return err
	}
	if temperature, found := trace.Scalars[search.ScalarTemperature]; found {
		file["temperature"] = search.Float64Tensor([]float64{temperature})
	}
	data, err := run.EncodeTensors(file)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// write adds both minibatches.
func (n *noise) write(file map[string]search.Tensor) {
	for prefix, part := range map[string]string{"": search.PartTrain, "arch_": search.PartHalfB} {
		file[prefix+"images"] = search.Float32Tensor(
			n.pixels[part], n.batch, n.cfg.Height, n.cfg.Width, n.cfg.InputChannels)
		wide := make([]int64, n.batch)
		for i, label := range n.labels[part] {
			wide[i] = int64(label)
		}
		file[prefix+"labels"] = search.Int64Tensor(wide, n.batch)
	}
}

// writeGradients adds loss and gradients of the training minibatch at a state.
func writeGradients(
	file map[string]search.Tensor, engine *supernet.Engine, images *noise, state map[string]search.Tensor, z [][]float64,
) error {
	weights, err := engine.Restore(state)
	if err != nil {
		return err
	}
	g, err := engine.Grad(weights, images.pixels[search.PartTrain], images.labels[search.PartTrain], z)
	if err != nil {
		return err
	}
	file["loss"] = search.Float64Tensor([]float64{g.Loss})
	file["z"], file["op_grad"] = matrix(z), matrix(g.OpGrad)
	flat := g.Weights()
	for _, p := range engine.Network().Params() {
		file["gradient/"+p.Name] = search.Float64Tensor(flat[p.Offset:p.Offset+p.Size()], p.Shape...)
	}
	return nil
}

// matrix turns rows of one length into a tensor.
func matrix(rows [][]float64) search.Tensor {
	flat := slices.Concat(rows...)
	return search.Float64Tensor(flat, len(rows), len(flat)/max(len(rows), 1))
}
