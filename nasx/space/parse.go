package space

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

const maxGenotypeBytes = 64 << 10 // a cell of 32 nodes with all edges fits twice

// ParseGenotype reads a genotype in its JSON form or in the Python form of the
// references:
//
//	Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=[2, 3, 4, 5])
//
// A name and "=" may stand in front. Where edges or the space are not said they
// are inferred: the number of nodes is the highest concatenated one less 1. The
// result is valid; in space "darts" its operations are among [DefaultOps].
func ParseGenotype(data []byte) (Genotype, error) {
	if len(data) > maxGenotypeBytes {
		return Genotype{}, fmt.Errorf("space: genotype has %d bytes, want at most %d", len(data), maxGenotypeBytes)
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return Genotype{}, errors.New("space: genotype is empty, want JSON or Genotype(normal=…)")
	}
	read := parseLiteral
	if data[0] == '{' {
		read = parseJSON
	}
	g, err := read(data)
	if err != nil {
		return Genotype{}, err
	}
	if g.Space == "" {
		g.Space = NameDARTS
	}
	if g.Edges == "" {
		g.Edges = inferEdges(g)
	}
	if err := g.Validate(); err != nil {
		return Genotype{}, err
	}
	if g.Space == NameDARTS {
		if err := g.CheckOps(DefaultOps()); err != nil {
			return Genotype{}, err
		}
	}
	return g, nil
}

// parseJSON reads the JSON form without checking what it says.
func parseJSON(data []byte) (Genotype, error) {
	var g Genotype
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&g); err != nil {
		return Genotype{}, fmt.Errorf("space: genotype in JSON, near byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Genotype{}, fmt.Errorf("space: genotype in JSON: text follows at byte %d, want the end", dec.InputOffset())
	}
	return g, nil
}

// inferEdges tells two links per node from one per earlier node. Both may fit
// the number of links; then the concatenation decides, and a "none" among the
// two links of a single node.
func inferEdges(g Genotype) string {
	last := 0
	for _, node := range g.NormalConcat {
		last = max(last, node)
	}
	top2, all := g, g
	top2.Edges, all.Edges = EdgesTop2, EdgesAll
	switch {
	case top2.Nodes() == 1 && all.Nodes() == 1:
		if slices.ContainsFunc(g.Normal, isNone) || slices.ContainsFunc(g.Reduce, isNone) {
			return EdgesAll
		}
		return EdgesTop2
	case all.Nodes() > 0 && all.Nodes()+inputs-1 == last:
		return EdgesAll
	case top2.Nodes() == 0 && all.Nodes() > 0:
		return EdgesAll
	}
	return EdgesTop2
}

func isNone(l Link) bool { return l.Op == OpNone }
