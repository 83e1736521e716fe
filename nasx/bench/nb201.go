package bench

import (
	"fmt"
	"slices"
	"strings"

	"naslab.dev/nasx/space"
)

// Shape of NAS-Bench-201's cell [NB201]: node 0 is its input, node 3 its output,
// every node reads all nodes before it and sums what the edges bring.
const (
	nb201Nodes = 4
	nb201Size  = 15625 // 5⁶
	nb201Name  = "nb201"
)

// Places of the operations in [NB201Ops].
const (
	nb201None = iota
	nb201Skip
	nb201Conv1
	nb201Conv3
)

// NB201Ops returns the operations of NAS-Bench-201 in its order. conv is ReLU,
// convolution, batch normalisation.
func NB201Ops() []string {
	return []string{"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}
}

// NB201 returns the search space of NAS-Bench-201: the six edges of its cell in
// the order 1←0, 2←0, 2←1, 3←0, 3←1, 3←2, five operations on each.
func NB201() *space.Fixed { return nb201Space }

var nb201Space = completeCell(nb201Name)

// completeCell is the space over all edges of a cell of four nodes. Its name is
// the only thing about it that a caller can choose, so it cannot be refused.
func completeCell(name string) *space.Fixed {
	var decisions []space.Decision
	for _, e := range nb201Edges() {
		decisions = append(decisions, space.Decision{Name: e.String(), Choices: NB201Ops()})
	}
	s, _ := space.NewFixed(name, decisions) //nolint:errcheck // fails only without a name or choices
	return s
}

// nb201Edges lists the edges in the order of the decisions.
func nb201Edges() []space.Edge {
	var edges []space.Edge
	for to := 1; to < nb201Nodes; to++ {
		for from := range to {
			edges = append(edges, space.Edge{From: from, To: to})
		}
	}
	return edges
}

// NodeGroups returns the decisions of a cell of four nodes by the node that
// their edge enters: a mutation may pick a node first, then one of its edges.
func NodeGroups() [][]int {
	groups := make([][]int, nb201Nodes-1)
	for d, e := range nb201Edges() {
		groups[e.To-1] = append(groups[e.To-1], d)
	}
	return groups
}

// maxNB201Text bounds an architecture's string, in bytes; the longest has 104.
const maxNB201Text = 128

// ParseNB201 reads an architecture of NAS-Bench-201 as the benchmark writes it,
//
//	|op~0|+|op~0|op~1|+|op~0|op~1|op~2|
//
// with one group for each of the nodes 1, 2 and 3 and the node read behind each
// operation. [FormatNB201] is its inverse.
func ParseNB201(text string) (space.Arch, error) {
	if len(text) > maxNB201Text {
		return nil, fmt.Errorf("bench: an architecture of %d bytes, want at most %d", len(text), maxNB201Text)
	}
	groups := strings.Split(text, "+")
	if len(groups) != nb201Nodes-1 {
		return nil, fmt.Errorf("bench: architecture %q has %d nodes, want %d joined by +", text, len(groups), nb201Nodes-1)
	}
	ops := NB201Ops()
	var arch space.Arch
	for i, group := range groups {
		parts := strings.Split(group, "|")
		if len(parts) != i+3 || parts[0] != "" || parts[i+2] != "" {
			return nil, fmt.Errorf("bench: architecture %q, node %d: %q, want %d operations between bars",
				text, i+1, group, i+1)
		}
		for from, part := range parts[1 : i+2] {
			name, read, _ := strings.Cut(part, "~")
			op := slices.Index(ops, name)
			if op < 0 || read != fmt.Sprint(from) {
				return nil, fmt.Errorf("bench: architecture %q, node %d: %q, want one of %s followed by ~%d",
					text, i+1, part, strings.Join(ops, ", "), from)
			}
			arch = append(arch, op)
		}
	}
	return arch, nil
}

// FormatNB201 writes an architecture as [ParseNB201] reads it. It fails where
// the architecture is none of [NB201].
func FormatNB201(arch space.Arch) (string, error) {
	if err := space.Check(NB201(), arch); err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	ops := NB201Ops()
	var b strings.Builder
	for d, e := range nb201Edges() {
		if e.From == 0 && d > 0 {
			b.WriteByte('+')
		}
		if e.From == 0 {
			b.WriteByte('|')
		}
		fmt.Fprintf(&b, "%s~%d|", ops[arch[d]], e.From)
	}
	return b.String(), nil
}

// Connected says whether the cell's output depends on its input: whether a path
// of edges other than none leads from node 0 to node 3. The others answer every
// image alike and are at chance. arch belongs to [NB201].
func Connected(arch space.Arch) bool {
	reached := [nb201Nodes]bool{true}
	for d, e := range nb201Edges() {
		reached[e.To] = reached[e.To] || reached[e.From] && arch[d] != nb201None
	}
	return reached[nb201Nodes-1]
}

// nb201Zero stands for an edge that brings nothing.
const nb201Zero = "#"

// Canonical names what the cell computes by the benchmark's own rule, under
// which 6,466 of the 15,625 architectures differ [NB201]: skip_connect copies,
// the terms of a sum are sorted, and an edge that is none or that reads a node
// which is nothing but one such edge is a zero term, which stays in the sum. A
// sum that is copied into another one stays one term of it, so a few cells that
// compute the same have different names, and the count depends on how terms are
// written, here as in the benchmark. arch belongs to [NB201].
func Canonical(arch space.Arch) string {
	ops := NB201Ops()
	terms := make([][]string, nb201Nodes)
	nodes := [nb201Nodes]string{"0"}
	for d, e := range nb201Edges() {
		source, term := nodes[e.From], nb201Zero
		switch {
		case arch[d] == nb201None || source == nb201Zero:
		case arch[d] == nb201Skip:
			term = source
		default:
			term = "(" + source + ")@" + ops[arch[d]]
		}
		if terms[e.To] = append(terms[e.To], term); e.From == e.To-1 { // the node's last edge
			slices.Sort(terms[e.To])
			nodes[e.To] = strings.Join(terms[e.To], "+")
		}
	}
	return nodes[nb201Nodes-1]
}

// Skeleton of the networks that NAS-Bench-201 trained [NB201].
const (
	nb201Repeat   = 5  // cells per stage
	nb201Channels = 16 // of the first stage; each of the other two doubles them
	nb201Stages   = 3
)

// NB201Params counts the parameters of the network that NAS-Bench-201 trained
// for an architecture of [NB201]: a 3×3 stem, three stages of five cells with
// residual blocks between them, and a linear layer for so many classes.
func NB201Params(arch space.Arch, classes int) int {
	const rgb = 3
	conv := func(side, in, out int) int { return side * side * in * out }
	norm := func(c int) int { return 2 * c } // scale and shift
	c := nb201Channels
	total := conv(3, rgb, c) + norm(c)
	for stage := range nb201Stages {
		if stage > 0 { // two convolutions beside a 1×1 one, which has no normalisation
			total += conv(3, c, 2*c) + norm(2*c) + conv(3, 2*c, 2*c) + norm(2*c) + conv(1, c, 2*c)
			c *= 2
		}
		for _, op := range arch {
			switch op {
			case nb201Conv1:
				total += nb201Repeat * (conv(1, c, c) + norm(c))
			case nb201Conv3:
				total += nb201Repeat * (conv(3, c, c) + norm(c))
			}
		}
	}
	return total + norm(c) + (c+1)*classes
}
