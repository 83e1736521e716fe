package panel

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/png"
	"maps"
	"slices"

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
	var parts []*image.Paletted
	for i, m := range status.Methods {
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
			last := i == len(status.Methods)-1 && cell == about.Decisions[len(about.Decisions)-1].Cell
			part, err := drawCell(about, list[0], cell, last)
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

// drawCell draws one cell; only the last one carries the legend of operations.
func drawCell(about search.Description, t search.Trace, cell string, legend bool) (*image.Paletted, error) {
	c, err := viz.CellOfTrace(about, t, cell)
	if err != nil {
		return nil, err
	}
	name := map[string]string{"normal": "normal cell", "reduce": "reduction cell"}[cell]
	if name == "" {
		name = "cell"
	}
	c.Title = fmt.Sprintf("%s, %s at step %s", about.Label, name, viz.Count(t.Step))
	if !legend {
		c.Ops = nil
	}
	var buffer bytes.Buffer
	if err := c.PNG(&buffer); err != nil {
		return nil, err
	}
	picture, err := png.Decode(&buffer)
	if err != nil {
		return nil, err
	}
	return flat(picture), nil
}

// stack puts pictures below each other on a white ground.
func stack(parts []*image.Paletted) ([]byte, error) {
	if len(parts) == 0 {
		return nil, errors.New("the session has no method with a cell to draw")
	}
	var size image.Point
	for _, p := range parts {
		size.X = max(size.X, p.Bounds().Dx())
		size.Y += p.Bounds().Dy()
	}
	all := image.NewPaletted(image.Rectangle{Max: size}, commonest(parts))
	at := 0
	for _, p := range parts {
		copyInto(all, p, at)
		at += p.Bounds().Dy()
	}
	var buffer bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&buffer, all); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return buffer.Bytes(), nil
}

// commonest returns white and the most frequent colours of the pictures, 256 in
// all: flat drawings have few, and one byte a pixel keeps notebooks small.
func commonest(parts []*image.Paletted) color.Palette {
	count := map[color.RGBA]int{}
	for _, p := range parts {
		var uses [256]int
		for _, index := range p.Pix {
			uses[index]++
		}
		for index, c := range p.Palette {
			count[rgba(c)] += uses[index]
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(packed(a), packed(b)))
	})
	out := color.Palette{color.RGBA{255, 255, 255, 255}}
	for _, c := range colours[:min(len(colours), 255)] {
		out = append(out, c)
	}
	return out
}

// copyInto copies a picture to row at, each colour to the nearest of the palette.
func copyInto(all, p *image.Paletted, at int) {
	var nearest [256]uint8
	for index, c := range p.Palette {
		nearest[index] = uint8(all.Palette.Index(c))
	}
	for y := range p.Rect.Dy() {
		row := all.Pix[(at+y)*all.Stride:]
		for x, index := range p.Pix[y*p.Stride : y*p.Stride+p.Rect.Dx()] {
			row[x] = nearest[index]
		}
	}
}

// flat returns a picture with a palette; those of package viz have one.
func flat(p image.Image) *image.Paletted {
	if flat, ok := p.(*image.Paletted); ok {
		return flat
	}
	out := image.NewPaletted(image.Rectangle{Max: p.Bounds().Size()}, palette.WebSafe)
	draw.Draw(out, out.Rect, p, p.Bounds().Min, draw.Src)
	return out
}

func rgba(c color.Color) color.RGBA {
	return color.RGBAModel.Convert(c).(color.RGBA) //nolint:forcetypeassert // what the model gives
}

func packed(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
