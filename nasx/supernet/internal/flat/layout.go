// Package flat holds what all search networks do with their weights outside of
// graphs: they are one flat vector, cut into named parameters, with a momentum, on
// the device. Errors name no package; the callers do.
package flat

import (
	"fmt"
	"math"
	"strings"

	"naslab.dev/nasx/key"
)

// Param is one named piece of the flat weight vector.
type Param struct {
	Name   string // for example "cell0/0-2/sep_conv_3x3/depthwise1"
	Shape  []int
	Offset int // of its first element in the flat vector
	FanIn  int // inputs of one output; 0 for the gains and offsets of a normalisation
}

// Size returns the number of elements.
func (p Param) Size() int {
	size := 1
	for _, dim := range p.Shape {
		size *= dim
	}
	return size
}

// maxWeights is 256 MB in float32, as many again for momentum and gradient.
const maxWeights = 1 << 26

// Layout says which parameters a flat vector has, in order. The zero value is empty.
type Layout struct {
	params []Param
	byName map[string]int
	size   int
}

// Add appends one parameter.
func (l *Layout) Add(name string, fanIn int, shape ...int) {
	if l.byName == nil {
		l.byName = map[string]int{}
	}
	p := Param{Name: name, Shape: shape, Offset: l.size, FanIn: fanIn}
	l.byName[name] = len(l.params)
	l.params = append(l.params, p)
	l.size += p.Size()
}

// Check fails where there are more weights than memory is likely to hold. what names
// the part of the network that was added last.
func (l *Layout) Check(what string) error {
	if l.size > maxWeights {
		return fmt.Errorf("the network has more than %d weights by %s, want fewer channels, nodes or cells",
			maxWeights, what)
	}
	return nil
}

// Params lists the parameters in the order of the vector.
func (l *Layout) Params() []Param { return l.params }

// Size returns P, the number of weights.
func (l *Layout) Size() int { return l.size }

// Index returns where a parameter stands in [Layout.Params].
func (l *Layout) Index(name string) (i int, found bool) {
	i, found = l.byName[name]
	return i, found
}

// Of returns the part of a vector [P] that belongs to a parameter, which must exist.
func (l *Layout) Of(vector []float64, name string) []float64 {
	p := l.params[l.byName[name]]
	return vector[p.Offset : p.Offset+p.Size()]
}

// Initial returns first values of the flat weight vector [P]: uniform in
// ±1/√fan-in, which is what the references' framework drew by default, gains 1 and
// offsets 0. The draw is keyed by the parameter's name, so it does not depend on the
// number of cells or on the order of the operations.
func (l *Layout) Initial(seed uint64) []float64 {
	flat := make([]float64, l.size)
	for _, p := range l.params {
		values := flat[p.Offset : p.Offset+p.Size()]
		if p.FanIn == 0 {
			if strings.HasSuffix(p.Name, "/gain") {
				for i := range values {
					values[i] = 1
				}
			}
			continue
		}
		bound := 1 / math.Sqrt(float64(p.FanIn))
		rng := key.Rand(seed, "weights "+p.Name, 0, 0)
		for i := range values {
			values[i] = bound * (2*rng.Float64() - 1)
		}
	}
	return flat
}
