package main

import (
	"context"
	"encoding/json"
	"os"

	"naslab.dev/nasx/enas"
	"naslab.dev/nasx/space/micro"
)

// updateFlags measure one update of the ENAS controller on its own.
type updateFlags struct {
	Update bool   `help:"Time the bare REINFORCE update of the ENAS controller: 40 decisions, hidden 64, batch 1."`
	Dump   string `placeholder:"FILE" help:"With --update: write weights, architecture, loss and gradient of the first."`
}

// dumped is one update for a comparison with another implementation.
type dumped struct {
	Shape     map[string]int `json:"shape"` // blocks, ops, hidden
	Theta     []float64      `json:"theta"` // before the update
	Arch      []int          `json:"arch"`
	Advantage []float64      `json:"advantage"`
	Loss      float64        `json:"loss"`
	Gradient  []float64      `json:"gradient"` // in the order of theta
}

// write stores the update in a file; nothing for "".
func (d dumped) write(path string) error {
	if path == "" {
		return nil
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// timeUpdate measures updates of the published controller.
func timeUpdate(ctx context.Context, steps int, dump string) (timing, error) {
	t := timing{What: "one REINFORCE update of the ENAS controller"}
	space, cfg := micro.Default(), enas.DefaultConfig()
	cfg.Policy, cfg.Shape, cfg.Rate = enas.PolicyMicro, enas.MicroShape(), 0.0035
	c, err := enas.New(space, cfg, nil)
	if err != nil {
		return t, err
	}
	arch, err := c.Propose(1)
	if err != nil {
		return t, err
	}
	first := dumped{
		Shape: map[string]int{"blocks": space.Blocks, "ops": len(space.Ops), "hidden": cfg.Shape.Hidden},
		Arch:  arch, Advantage: make([]float64, len(arch)),
	}
	for d := range arch { // different ones, so that a wrong order shows
		first.Advantage[d] = 0.5 - 0.02*float64(d)
	}
	first.Theta, _ = c.Parameters()
	t.Parameters = len(first.Theta)
	if first.Loss, err = c.Ascend(arch, first.Advantage); err != nil {
		return t, err
	}
	_, first.Gradient = c.Parameters()
	if err := first.write(dump); err != nil {
		return t, err
	}
	seconds, err := timeEach(ctx, steps, func() error {
		_, err := c.Ascend(arch, first.Advantage)
		return err
	})
	if err != nil {
		return t, err
	}
	t.summarize(seconds)
	return t, nil
}
