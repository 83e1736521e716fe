package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"naslab.dev/nasx/backend"
	"naslab.dev/nasx/supernet"
)

// timeFloorCmd says how fast a weights step could be at best: it counts the multiply-adds
// and the bytes that the step cannot do without, and measures what this machine makes
// of them through the same backend.
type timeFloorCmd struct {
	jsonFlag
	sizeFlags
	Steps int  `default:"0" help:"Measure as many steps of weights too, and say how far they are from the floor."`
	Count bool `help:"Only count, measure nothing."`
}

// floor is the result. What was not measured is 0 and left out.
type floor struct {
	MultiplyAdds      float64 `json:"multiply_adds"`       // of a step, see supernet.Work
	MultiplyAddsDense float64 `json:"multiply_adds_dense"` // with dense convolutions
	Bytes             float64 `json:"bytes"`               // read and written by a step
	KeptBytes         float64 `json:"kept_bytes"`          // of all feature maps

	ConvRate    float64 `json:"dense_conv_multiply_adds_per_second,omitempty"`
	ProductRate float64 `json:"product_multiply_adds_per_second,omitempty"` // of two square matrices
	CopyRate    float64 `json:"copy_bytes_per_second,omitempty"`            // read and written
	CopyBytes   float64 `json:"copy_array_bytes,omitempty"`                 // what is read and written again and again

	MultiplyAddSeconds float64 `json:"multiply_add_seconds,omitempty"` // at the faster of the two rates
	CopySeconds        float64 `json:"copy_seconds,omitempty"`
	FloorSeconds       float64 `json:"floor_seconds,omitempty"` // the larger of the two
	Backend            string  `json:"backend,omitempty"`

	Step       *timing `json:"step,omitempty"`
	TimesFloor float64 `json:"times_floor,omitempty"` // the median step over the floor
}

// Validate is called by kong.
func (c timeFloorCmd) Validate() error {
	if c.Steps < 0 {
		return fmt.Errorf("--steps is %d, want 0 or more", c.Steps)
	}
	if c.Count && c.Steps > 0 {
		return errors.New("--count measures nothing: leave out --steps")
	}
	return c.checkBatch()
}

// Run counts and measures.
func (c timeFloorCmd) Run(ctx context.Context, s std) error {
	net, err := supernet.New(c.network())
	if err != nil {
		return usage("%w", err)
	}
	work := net.Work(c.Batch)
	f := floor{
		MultiplyAdds: work.MultiplyAdds, MultiplyAddsDense: work.DenseMultiplyAdds,
		Bytes: work.Bytes, KeptBytes: work.Kept,
	}
	if !c.Count {
		if err := f.measure(ctx, s.err); err != nil {
			return err
		}
	}
	if c.Steps > 0 {
		if err := c.step(ctx, s, &f); err != nil {
			return err
		}
	}
	return c.print(s.out, f, f.text)
}

// measure finds out what this machine can do, and the floor that follows.
func (f *floor) measure(ctx context.Context, log io.Writer) error {
	if err := backend.NeedXLA("the floor of a search network"); err != nil {
		return err
	}
	b, err := backend.Open()
	if err != nil {
		return err
	}
	if f.Backend, err = backendName(); err != nil {
		return err
	}
	copied := copyLoop(f.KeptBytes)
	f.CopyBytes = copied.units / 2
	for _, rate := range []struct {
		to   *float64
		loop loop
	}{{&f.ConvRate, convLoop()}, {&f.ProductRate, productLoop()}, {&f.CopyRate, copied}} {
		fmt.Fprintln(log, "measuring", rate.loop.name)
		if *rate.to, err = rate.loop.perSecond(ctx, b); err != nil {
			return fmt.Errorf("measuring %s: %w", rate.loop.name, err)
		}
	}
	f.MultiplyAddSeconds = f.MultiplyAdds / max(f.ConvRate, f.ProductRate)
	f.CopySeconds = f.Bytes / f.CopyRate
	f.FloorSeconds = max(f.MultiplyAddSeconds, f.CopySeconds)
	return nil
}

// step measures the step itself.
func (c timeFloorCmd) step(ctx context.Context, s std, f *floor) error {
	timed := timeSupernetCmd{sizeFlags: c.sizeFlags, Steps: c.Steps, Method: "weights"}
	step, t, first, err := timed.start(s)
	if err != nil {
		return err
	}
	if err := timed.steps(ctx, step, &t, first); err != nil {
		return err
	}
	f.Step, f.TimesFloor = &t, t.Median/f.FloorSeconds
	return nil
}

func (f floor) text(w io.Writer) {
	fmt.Fprintf(w, "a step of weights: %.1f million multiply-adds (%.1f as dense convolutions), %.1f MB read and written\n",
		f.MultiplyAdds/1e6, f.MultiplyAddsDense/1e6, f.Bytes/1e6)
	if f.FloorSeconds > 0 {
		fmt.Fprintf(w, "this machine: %.3g billion multiply-adds a second in a dense convolution, %.3g in a matrix product, "+
			"%.3g GB a second read and written in an array of %.0f MB, %s\n",
			f.ConvRate/1e9, f.ProductRate/1e9, f.CopyRate/1e9, f.CopyBytes/1e6, f.Backend)
		fmt.Fprintf(w, "floor: %.3g ms, the larger of %.3g ms for multiply-adds and %.3g ms for bytes\n",
			1e3*f.FloorSeconds, 1e3*f.MultiplyAddSeconds, 1e3*f.CopySeconds)
	}
	if f.Step != nil {
		f.Step.text(w)
		fmt.Fprintf(w, "that is %.1f times the floor\n", f.TimesFloor)
	}
}
