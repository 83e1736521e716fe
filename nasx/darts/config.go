package darts

import (
	"errors"
	"fmt"
	"math"

	"naslab.dev/nasx/relax"
)

// Config are the settings of a search. The zero value is not valid; start from
// [DefaultConfig].
type Config struct {
	Seed        uint64 `json:"seed"`         // of weights, logits and order of images
	Epochs      int    `json:"epochs"`       // length of the schedules, ≥ 1; published 50
	SecondOrder bool   `json:"second_order"` // differentiate through one virtual weight step; published both
	// Reach is how far the weights are moved to either side for the second-order
	// term, as an L2 norm, > 0; published 0.01. Shorter is nearer to the derivative
	// in float64; in float32 rounding then shows.
	Reach float64 `json:"reach"`

	Rate     float64 `json:"rate"`     // of the weights, in the first epoch; published 0.025
	RateEnd  float64 `json:"rate_end"` // end of the cosine schedule; published 0.001
	Momentum float64 `json:"momentum"` // of the weights, in [0, 1); published 0.9
	Decay    float64 `json:"decay"`    // of the weights, added to the gradient after clipping; published 3e-4
	Clip     float64 `json:"clip"`     // largest L2 norm of the weights' gradient, 0 for none; published 5

	ArchRate float64          `json:"arch_rate"` // of the logits; published 3e-4
	Adam     relax.AdamConfig `json:"adam"`      // of the logits; published betas 0.5 and 0.999, decay 1e-3
	ArchInit float64          `json:"arch_init"` // standard deviation of the first logits; published 1e-3
}

// DefaultConfig returns preset digits: rates for 50 short epochs on 8×8 digits.
// The fields' comments have the published values for CIFAR-10.
func DefaultConfig() Config {
	return Config{
		Seed: 1, Epochs: 50, Reach: 0.01,
		Rate: 0.05, RateEnd: 0.001, Momentum: 0.9, Decay: 3e-4, Clip: 5,
		ArchRate: 1e-2, Adam: relax.DARTSAdam(), ArchInit: 1e-3,
	}
}

// check returns one sentence about the first value that cannot be.
func (c Config) check() error {
	if c.Epochs < 1 {
		return fmt.Errorf("darts: Epochs is %d, want at least 1", c.Epochs)
	}
	for _, field := range []struct {
		name  string
		value float64
	}{
		{"Rate", c.Rate},
		{"RateEnd", c.RateEnd},
		{"Momentum", c.Momentum},
		{"Decay", c.Decay},
		{"Clip", c.Clip},
		{"ArchRate", c.ArchRate},
		{"ArchInit", c.ArchInit},
		{"Reach", c.Reach},
	} {
		if !(field.value >= 0) || math.IsInf(field.value, 0) {
			return fmt.Errorf("darts: %s is %g, want 0 or more", field.name, field.value)
		}
	}
	if c.Reach == 0 {
		return errors.New("darts: Reach is 0, want more")
	}
	if c.Momentum >= 1 {
		return fmt.Errorf("darts: Momentum is %g, want below 1", c.Momentum)
	}
	if err := c.Adam.Check(); err != nil {
		return fmt.Errorf("darts: %w", err)
	}
	return nil
}
