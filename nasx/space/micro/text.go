package micro

import (
	"fmt"
	"strconv"
	"strings"

	"naslab.dev/nasx/space"
)

const maxText = 4096 // bytes of a cell's text; 32 blocks need some 400

// Parse reads two cells as the published code prints them: per block the numbers
// index, operation, index, operation, separated by spaces; bars and line breaks
// count as spaces.
func (s Space) Parse(normal, reduce string) (space.Arch, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	var cells [2][]Block
	for i, text := range []string{normal, reduce} {
		if len(text) > maxText {
			return nil, fmt.Errorf("micro: cell %d is a text of %d bytes, want at most %d", i, len(text), maxText)
		}
		fields := strings.Fields(strings.ReplaceAll(text, "|", " "))
		if len(fields) != s.PerCell() {
			return nil, fmt.Errorf("micro: cell %d has %d numbers, want %d for %d blocks", i, len(fields), s.PerCell(), s.Blocks)
		}
		var numbers []int
		for place, field := range fields {
			n, err := strconv.Atoi(field)
			if err != nil {
				return nil, fmt.Errorf("micro: cell %d has %.20q at place %d, want a number", i, field, place)
			}
			numbers = append(numbers, n)
		}
		for at := 0; at < len(numbers); at += PerBlock {
			cells[i] = append(cells[i], Block{
				In: [2]int{numbers[at], numbers[at+2]}, Op: [2]int{numbers[at+1], numbers[at+3]},
			})
		}
	}
	return s.Arch(cells[0], cells[1])
}

// Format is the inverse of [Space.Parse], with a bar between blocks.
func (s Space) Format(arch space.Arch) (normal, reduce string, err error) {
	cells := [2][]Block{}
	if cells[0], cells[1], err = s.Cells(arch); err != nil {
		return "", "", err
	}
	var texts [2]string
	for i, cell := range cells {
		var blocks []string
		for _, b := range cell {
			blocks = append(blocks, fmt.Sprintf("%d %d %d %d", b.In[0], b.Op[0], b.In[1], b.Op[1]))
		}
		texts[i] = strings.Join(blocks, " | ")
	}
	return texts[0], texts[1], nil
}

// Published returns the best cells that the authors of [ENAS] published for
// CIFAR-10, in the space of [Default].
func Published() (normal, reduce string) {
	return "0 2 0 0 | 0 4 0 1 | 0 4 1 1 | 1 0 0 1 | 0 2 1 1", "1 0 1 0 | 0 3 0 2 | 1 1 3 1 | 1 0 0 4 | 0 3 1 1"
}
