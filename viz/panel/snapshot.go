package panel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
	"naslab.dev/viz"
)

const mostCells = 8 // pictures in one snapshot: four methods with two cells each

// Snapshot returns the panel's static twin as a PNG: the cells of every method
// at the step the session stands at, one below the other. It fits
// lab.SnapshotPNG. The error says which method cannot be drawn, or that there
// is no step yet.
func Snapshot(status client.Status, traces func(method string, from, to int) ([]search.Trace, error)) ([]byte, error) {
	if status.Step < 1 {
		return nil, errors.New("no step has been made")
	}
	var parts []image.Image
	for _, m := range status.Methods {
		about, err := describe(m)
		if err != nil {
			return nil, err
		}
		list, err := traces(m.ID, status.Step, status.Step)
		if err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", m.ID, err)
		}
		if len(list) != 1 {
			return nil, fmt.Errorf("snapshot of %s: step %d has %d traces, want one", m.ID, status.Step, len(list))
		}
		for _, cell := range cellsOf(about) {
			part, err := drawCell(about, list[0], cell)
			if err != nil {
				return nil, fmt.Errorf("snapshot of %s: %w", m.ID, err)
			}
			parts = append(parts, part)
		}
	}
	return stack(parts[:min(len(parts), mostCells)])
}

// describe turns the wire's description into the contract's.
func describe(m client.Method) (search.Description, error) {
	var about search.Description
	data, err := json.Marshal(m.Description)
	if err == nil {
		err = json.Unmarshal(data, &about)
	}
	if err != nil {
		return about, fmt.Errorf("snapshot of %s: its description: %w", m.ID, err)
	}
	return about, nil
}

// cellsOf returns the names of a method's cells in the order of its decisions.
func cellsOf(about search.Description) []string {
	var names []string
	for i, d := range about.Decisions {
		if i == 0 || d.Cell != names[len(names)-1] {
			names = append(names, d.Cell)
		}
	}
	return names
}

func drawCell(about search.Description, t search.Trace, cell string) (image.Image, error) {
	c, err := viz.CellOfTrace(about, t, cell)
	if err != nil {
		return nil, err
	}
	name := map[string]string{"normal": "normal cell", "reduce": "reduction cell"}[cell]
	if name == "" {
		name = "cell"
	}
	c.Title = fmt.Sprintf("%s, %s at step %s", about.Label, name, viz.Count(t.Step))
	var buffer bytes.Buffer
	if err := c.PNG(&buffer); err != nil {
		return nil, err
	}
	return png.Decode(&buffer)
}

// stack puts pictures below each other on a white ground.
func stack(parts []image.Image) ([]byte, error) {
	if len(parts) == 0 {
		return nil, errors.New("the session has no method with a cell to draw")
	}
	var size image.Point
	for _, p := range parts {
		size.X = max(size.X, p.Bounds().Dx())
		size.Y += p.Bounds().Dy()
	}
	all := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(all, all.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	at := 0
	for _, p := range parts {
		draw.Draw(all, image.Rect(0, at, p.Bounds().Dx(), at+p.Bounds().Dy()), p, p.Bounds().Min, draw.Over)
		at += p.Bounds().Dy()
	}
	var buffer bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&buffer, all); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return buffer.Bytes(), nil
}
