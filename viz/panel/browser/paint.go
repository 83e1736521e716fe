package browser

import (
	_ "embed"
)

//go:embed paint.js
var paint string

// Click is what followed a click on Step, in ms.
type Click struct {
	Step    int     `json:"step"`
	Painted float64 `json:"painted"` // until the frame was painted that shows the step in every column
	Curves  float64 `json:"curves"`  // until the curves had it too
	Own     float64 `json:"own"`     // the part that the methods' steps took
}

// ClickStep clicks Step on a panel at rest that shows the last step.
func (b *Browser) ClickStep() (Click, error) {
	var clicks []Click
	if err := b.Eval("("+paint+")(1)", &clicks); err != nil {
		return Click{}, err
	}
	return clicks[0], nil
}
