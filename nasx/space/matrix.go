package space

import "fmt"

// OneHot writes an architecture as a matrix with one row per decision: 1 at the
// choice, 0 elsewhere. A choice that is missing or outside its decision, such
// as -1, gives a row of zeros.
func OneHot(decisions []Decision, arch Arch) [][]float64 {
	rows := make([][]float64, len(decisions))
	for d := range rows {
		rows[d] = make([]float64, len(decisions[d].Choices))
		if d < len(arch) && arch[d] >= 0 && arch[d] < len(rows[d]) {
			rows[d][arch[d]] = 1
		}
	}
	return rows
}

// Argmax reads a matrix of probabilities, logits or one-hot rows as an
// architecture: the largest entry of every row, the lowest index among equals.
// An empty row gives -1; an entry that is not a number never wins over one.
func Argmax(rows [][]float64) Arch {
	arch := make(Arch, len(rows))
	for d, row := range rows {
		arch[d] = largest(row, -1)
	}
	return arch
}

// largest returns the index of the largest entry other than skip, the lowest
// among equals, or -1 where there is none.
func largest(row []float64, skip int) int {
	best := -1
	for k, v := range row {
		if k == skip {
			continue
		}
		if best < 0 || v > row[best] || (row[best] != row[best] && v == v) {
			best = k
		}
	}
	return best
}

// Check says whether an architecture belongs to a space.
func Check(s Space, arch Arch) error {
	decisions := s.Decisions()
	if len(arch) != len(decisions) {
		return fmt.Errorf("space %s: architecture has %d choices, want %d", s.Name(), len(arch), len(decisions))
	}
	for d, k := range arch {
		if n := len(decisions[d].Choices); k < 0 || k >= n {
			return fmt.Errorf("space %s: choice %d at decision %d (%s), want 0 to %d",
				s.Name(), k, d, decisions[d].Label(), n-1)
		}
	}
	return nil
}

// CheckSpace says whether a space can be searched: it has at least one decision
// and every decision at least one choice.
func CheckSpace(s Space) error {
	decisions := s.Decisions()
	if len(decisions) == 0 {
		return fmt.Errorf("space %s has no decisions, want at least one", s.Name())
	}
	for i, d := range decisions {
		if len(d.Choices) == 0 {
			return fmt.Errorf("space %s: decision %d (%s) has no choices, want at least one", s.Name(), i, d.Label())
		}
	}
	return nil
}

// Label returns the decision's name with its cell, for example "normal 0→2".
func (d Decision) Label() string {
	if d.Cell == "" {
		return d.Name
	}
	return d.Cell + " " + d.Name
}
