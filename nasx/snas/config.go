package snas

import (
	"fmt"
	"math"

	"naslab.dev/nasx/cost"
	"naslab.dev/nasx/relax"
)

// Estimators of the gradient of the resource penalty C in the logits.
const (
	// Reparametrization sends ∂C/∂Z through the sample, like the loss.
	Reparametrization = "reparametrization"
	// Discrete prices the probabilities instead of a sample; no noise.
	Discrete = "discrete"
	// Policy multiplies each decision's price with the score of its sample;
	// unbiased for any C, and the noisiest.
	Policy = "policy"
)

// Config are the settings of a search. The zero value is not valid; start from
// [DefaultConfig].
type Config struct {
	Seed   uint64 `json:"seed"`   // of weights, logits, noise and order of images
	Epochs int    `json:"epochs"` // length of the schedules, ≥ 1; published 150

	Temperature    float64 `json:"temperature"`     // λ before the first epoch, > 0; published 1
	TemperatureEnd float64 `json:"temperature_end"` // λ in the last epoch, > 0; published 0.03

	Rate     float64 `json:"rate"`     // of the weights, in the first epoch; published 0.025
	RateEnd  float64 `json:"rate_end"` // end of the cosine schedule; published 0.001
	Momentum float64 `json:"momentum"` // of the weights, in [0, 1); published 0.9
	Decay    float64 `json:"decay"`    // of the weights, added to the gradient after clipping; published 3e-4
	Clip     float64 `json:"clip"`     // largest L2 norm of the weights' gradient, 0 for none; published 5

	ArchRate float64          `json:"arch_rate"` // of the logits; published 3e-4
	Adam     relax.AdamConfig `json:"adam"`      // of the logits; published betas 0.5 and 0.999, decay 1e-3
	// ArchInit is the standard deviation of the first logits, published 0.01. Their
	// mean is 0; the published 1 has the same probabilities, but lets the decay
	// pull all logits down together.
	ArchInit float64 `json:"arch_init"`

	ResourceWeight float64 `json:"resource_weight"` // η, 0 for no penalty; published 1.5e-3 for the log form
	Penalty        string  `json:"penalty"`         // cost.Log or cost.Linear
	Estimator      string  `json:"estimator"`       // Reparametrization, Discrete or Policy
	Ratio          float64 `json:"ratio"`           // weight of the reduction cells in the penalty; published 1
}

// DefaultConfig returns preset digits: rates for 50 short epochs on 8×8 digits.
// The fields' comments have the published values for CIFAR-10.
func DefaultConfig() Config {
	return Config{
		Seed: 1, Epochs: 50, Temperature: 1, TemperatureEnd: 0.03,
		Rate: 0.05, RateEnd: 0.001, Momentum: 0.9, Decay: 3e-4, Clip: 5,
		ArchRate: 1e-2, Adam: relax.DARTSAdam(), ArchInit: 1e-2,
		Penalty: cost.Log, Estimator: Reparametrization, Ratio: 1,
	}
}

// check returns one sentence about the first value that cannot be.
func (c Config) check() error {
	if c.Epochs < 1 {
		return fmt.Errorf("snas: Epochs is %d, want at least 1", c.Epochs)
	}
	for _, field := range []struct {
		name  string
		value float64
	}{
		{"Temperature", c.Temperature},
		{"TemperatureEnd", c.TemperatureEnd},
		{"Rate", c.Rate},
		{"RateEnd", c.RateEnd},
		{"Momentum", c.Momentum},
		{"Decay", c.Decay},
		{"Clip", c.Clip},
		{"ArchRate", c.ArchRate},
		{"ArchInit", c.ArchInit},
		{"ResourceWeight", c.ResourceWeight},
	} {
		if !(field.value >= 0) || math.IsInf(field.value, 0) {
			return fmt.Errorf("snas: %s is %g, want 0 or more", field.name, field.value)
		}
	}
	if c.Momentum >= 1 {
		return fmt.Errorf("snas: Momentum is %g, want below 1", c.Momentum)
	}
	if low := math.Min(c.Temperature, c.TemperatureEnd); low < minTemperature {
		return fmt.Errorf("snas: a temperature is %g, want at least %g", low, minTemperature)
	}
	switch c.Estimator {
	case Reparametrization, Discrete, Policy:
	default:
		return fmt.Errorf("snas: Estimator is %.20q, want %q, %q or %q",
			c.Estimator, Reparametrization, Discrete, Policy)
	}
	if err := c.Adam.Check(); err != nil {
		return fmt.Errorf("snas: %w", err)
	}
	return nil
}

const minTemperature = 1e-3 // below it 1/λ makes gradients of rounding errors
