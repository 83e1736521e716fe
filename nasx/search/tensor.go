package search

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Element types of a [Tensor], named as in the safetensors format.
const (
	F32 = "F32"
	F64 = "F64"
	I64 = "I64"
)

// Tensor is a named piece of a method's state as it is stored: little-endian
// elements in row-major order.
type Tensor struct {
	DType string // F32, F64 or I64
	Shape []int  // empty for a scalar
	Data  []byte // little-endian
}

// Float64Tensor encodes values; shape defaults to their number.
func Float64Tensor(values []float64, shape ...int) Tensor {
	if len(shape) == 0 {
		shape = []int{len(values)}
	}
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return Tensor{DType: F64, Shape: shape, Data: data}
}

// Float32Tensor encodes values; shape defaults to their number.
func Float32Tensor(values []float32, shape ...int) Tensor {
	if len(shape) == 0 {
		shape = []int{len(values)}
	}
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Tensor{DType: F32, Shape: shape, Data: data}
}

// Int64Tensor encodes whole numbers; shape defaults to their number.
func Int64Tensor(values []int64, shape ...int) Tensor {
	if len(shape) == 0 {
		shape = []int{len(values)}
	}
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return Tensor{DType: I64, Shape: shape, Data: data}
}

// Float64s decodes an F64 tensor.
func (t Tensor) Float64s() ([]float64, error) {
	if err := t.check(F64, 8); err != nil {
		return nil, err
	}
	out := make([]float64, len(t.Data)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return out, nil
}

// Float32s decodes an F32 tensor.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.check(F32, 4); err != nil {
		return nil, err
	}
	out := make([]float32, len(t.Data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return out, nil
}

// Int64s decodes an I64 tensor.
func (t Tensor) Int64s() ([]int64, error) {
	if err := t.check(I64, 8); err != nil {
		return nil, err
	}
	out := make([]int64, len(t.Data)/8)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return out, nil
}

// check holds the element type and the number of bytes to the shape.
func (t Tensor) check(dtype string, width int) error {
	if t.DType != dtype {
		return fmt.Errorf("search: tensor is %s, want %s", t.DType, dtype)
	}
	n := width
	for _, dim := range t.Shape {
		n *= dim
	}
	if n != len(t.Data) {
		return fmt.Errorf("search: tensor of shape %v and type %s has %d bytes, want %d", t.Shape, dtype, len(t.Data), n)
	}
	return nil
}
