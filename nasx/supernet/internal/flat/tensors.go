package flat

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"naslab.dev/nasx/search"
)

// Tensor converts values to an element type, Float32 or Float64.
func Tensor(dtype dtypes.DType, values []float64, dims ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dims...)
}

// Floats reads a tensor of either width as float64.
func Floats(t *tensors.Tensor) []float64 {
	var out []float64
	t.MustConstFlatData(func(flat any) {
		switch values := flat.(type) {
		case []float64:
			out = append(out, values...)
		case []float32:
			out = make([]float64, len(values))
			for i, v := range values {
				out[i] = float64(v)
			}
		}
	})
	return out
}

// Scalar reads a [] tensor.
func Scalar(t *tensors.Tensor) float64 { return Floats(t)[0] }

// IsFinite says whether a loss can be learned from.
func IsFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Images are what a network takes: their size, and the number of classes.
type Images struct{ Height, Width, Channels, Classes int }

// Fit fails where batches hold other images.
func (im Images) Fit(batches search.Batches) error {
	height, width, channels, classes := batches.Dims()
	if (Images{height, width, channels, classes}) != im {
		return fmt.Errorf("images are %dx%dx%d of %d classes, want %dx%dx%d of %d as in the network",
			height, width, channels, classes, im.Height, im.Width, im.Channels, im.Classes)
	}
	return nil
}

// Shapes lists the shapes of what [Images.Tensors] returns for a batch.
func (im Images) Shapes(batch int) (pixels, labels shapes.Shape) {
	return shapes.Make(dtypes.Float32, batch, im.Height, im.Width, im.Channels), shapes.Make(dtypes.Int32, batch)
}

// Tensors checks a batch and brings it to the device.
//
//	pixels  [batch, height, width, channels]
//	labels  [batch]
func (im Images) Tensors(pixels []float32, labels []int32) (images, classes *tensors.Tensor, err error) {
	if want := len(labels) * im.Height * im.Width * im.Channels; len(pixels) != want || want == 0 {
		return nil, nil, fmt.Errorf("batch of %d labels has %d pixel values, want %d (%dx%dx%d each)",
			len(labels), len(pixels), want, im.Height, im.Width, im.Channels)
	}
	for i, label := range labels {
		if label < 0 || int(label) >= im.Classes {
			return nil, nil, fmt.Errorf("label %d of image %d is outside 0 to %d", label, i, im.Classes-1)
		}
	}
	return tensors.FromFlatDataAndDimensions(pixels, len(labels), im.Height, im.Width, im.Channels),
		tensors.FromFlatDataAndDimensions(labels, len(labels)), nil
}
