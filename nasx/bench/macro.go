package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"naslab.dev/nasx/space"
)

// Shape of NAS-Bench-Macro [NBMacro].
const (
	macroName   = "nbmacro"
	macroLayers = 8
	macroSize   = 6561 // 3⁸
	macroRuns   = 3    // trainings of every architecture
)

// Columns of a NAS-Bench-Macro table. Accuracies are those of the CIFAR-10 test
// images after each of three trainings; the benchmark has no validation ones.
const (
	ColumnMacroMean   = "mean_acc"
	ColumnMacroParams = "params"
	ColumnMacroFLOPs  = "flops"
)

// macroRun names the column of a training, from 0.
func macroRun(run int) string { return "test_acc_" + strconv.Itoa(run+1) }

func macroColumns() []Column {
	var columns []Column
	for run := range macroRuns {
		columns = append(columns, Column{macroRun(run), UnitPercent, percentDecimals})
	}
	return append(columns, Column{ColumnMacroMean, UnitPercent, percentDecimals},
		Column{Name: ColumnMacroParams}, Column{Name: ColumnMacroFLOPs})
}

// Macro returns the search space of NAS-Bench-Macro: the block of each of eight
// layers, where MB3_K3 is a MobileNetV2 block with kernel 3 and expansion 3.
func Macro() *space.Fixed {
	var decisions []space.Decision
	for layer := range macroLayers {
		decisions = append(decisions, space.Decision{
			Name: "layer " + strconv.Itoa(layer+1), Choices: []string{"Identity", "MB3_K3", "MB6_K5"},
		})
	}
	s, _ := space.NewFixed(macroName, decisions) //nolint:errcheck // fails only without a name or choices
	return s
}

// ParseMacro reads an architecture of NAS-Bench-Macro: eight digits from 0 to 2,
// one per layer. [FormatMacro] is its inverse.
func ParseMacro(text string) (space.Arch, error) {
	if len(text) != macroLayers {
		return nil, fmt.Errorf("bench: architecture %.20q has %d characters, want %d digits from 0 to 2",
			text, len(text), macroLayers)
	}
	arch := make(space.Arch, macroLayers)
	for i := range arch {
		if text[i] < '0' || text[i] > '2' {
			return nil, fmt.Errorf("bench: architecture %.20q, layer %d: %q, want a digit from 0 to 2", text, i+1, text[i])
		}
		arch[i] = int(text[i] - '0')
	}
	return arch, nil
}

// FormatMacro writes an architecture as [ParseMacro] reads it. It fails where
// the architecture is none of [Macro].
func FormatMacro(arch space.Arch) (string, error) {
	if err := space.Check(Macro(), arch); err != nil {
		return "", fmt.Errorf("bench: %w", err)
	}
	text := make([]byte, len(arch))
	for i, k := range arch {
		text[i] = byte('0' + k)
	}
	return string(text), nil
}

// ImportMacro reads the benchmark's JSON file.
func ImportMacro(r io.Reader, source string) (*Table, error) {
	k, err := kindOf(macroName)
	if err != nil {
		return nil, err
	}
	var entries map[string]struct {
		Test   []float64 `json:"test_acc"`
		Mean   float64   `json:"mean_acc"`
		Params float64   `json:"params"`
		FLOPs  float64   `json:"flops"`
	}
	if err := json.NewDecoder(io.LimitReader(r, fileLimit)).Decode(&entries); err != nil {
		return nil, fmt.Errorf("bench: the JSON of NAS-Bench-Macro cannot be read: %w", err)
	}
	t := newTable(k, source, macroColumns())
	for text, e := range entries {
		arch, err := ParseMacro(text)
		if err != nil {
			return nil, err
		}
		index, err := t.Index(arch)
		if err != nil {
			return nil, err
		}
		if len(e.Test) != macroRuns {
			return nil, fmt.Errorf("bench: architecture %s has %d accuracies, want %d", text, len(e.Test), macroRuns)
		}
		for c, v := range append(e.Test, e.Mean, e.Params, e.FLOPs) {
			if percent := t.columns[c].Unit == UnitPercent; !(v >= 0) || percent && v > 100 {
				return nil, fmt.Errorf("bench: architecture %s: %s is %g, want an accuracy in percent or a number",
					text, t.columns[c].Name, v)
			}
			if err := t.set(c, index, v); err != nil {
				return nil, fmt.Errorf("bench: architecture %s: %w", text, err)
			}
		}
	}
	return t, t.check()
}
