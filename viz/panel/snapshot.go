package panel

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
	"naslab.dev/viz"
)

const mostCells = 8 // pictures in one snapshot: four methods with two cells each

// Snapshot returns the panel's static twin as a PNG: the cells of every method
// at the step the session stands at, one below the other. Decisions that are no
// edges become a table, and a method without decisions the list of its scalars.
// It fits lab.SnapshotPNG. The error says which method cannot be drawn, or that
// there is no step yet.
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
		more, err := drawMethod(about, list[0], i == len(status.Methods)-1)
		if err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", m.ID, err)
		}
		parts = append(parts, more...)
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
	for _, d := range about.Decisions {
		if !slices.Contains(names, d.Cell) {
			names = append(names, d.Cell)
		}
	}
	return names
}

// drawMethod draws what a method has: its cells, or its scalars. Only the last
// cell of the last method carries the legend of operations.
func drawMethod(about search.Description, t search.Trace, last bool) ([]*image.Paletted, error) {
	var figures []viz.Figure
	probs := probsOf(about, t)
	cells := cellsOf(about)
	if probs == nil || len(cells) == 0 {
		cells, figures = nil, append(figures, scalarsOf(about, t))
	}
	for i, cell := range cells {
		drawn, err := viz.CellOfProbs(about.Decisions, cell, probs)
		if err != nil { // its decisions are no edges
			figures = append(figures, tableOf(about, t, cell, probs))
			continue
		}
		drawn.Title, drawn.Repro = title(about, t, cell), viz.ReproOf(about)
		if !last || i < len(cells)-1 {
			drawn.Ops = nil
		}
		figures = append(figures, drawn)
	}
	var parts []*image.Paletted
	for _, f := range figures {
		part, err := picture(f)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// probsOf returns the probabilities of a trace. A method that has none sampled
// an architecture, which is shown as if it were certain; nil without either.
func probsOf(about search.Description, t search.Trace) [][]float64 {
	if t.Probs != nil || t.Arch == nil {
		return t.Probs
	}
	return space.OneHot(about.Decisions, t.Arch)
}

// title names a method, one of its cells and the step.
func title(about search.Description, t search.Trace, cell string) string {
	name := map[string]string{"": "", space.CellNormal: ", normal cell", space.CellReduce: ", reduction cell"}
	shown, ok := name[cell]
	if !ok {
		shown = ", " + cell
	}
	sampled := ""
	if t.Probs == nil && t.Arch != nil {
		sampled = " (sampled)"
	}
	return fmt.Sprintf("%s%s at step %s%s", cmp.Or(about.Label, about.Method), shown, viz.Count(t.Step), sampled)
}

// picture draws a figure.
func picture(f viz.Figure) (*image.Paletted, error) {
	var buffer bytes.Buffer
	if err := f.PNG(&buffer); err != nil {
		return nil, err
	}
	drawn, err := png.Decode(&buffer)
	if err != nil {
		return nil, err
	}
	flat, ok := drawn.(*image.Paletted)
	if !ok {
		return nil, fmt.Errorf("a picture has no palette, but %T", drawn)
	}
	return flat, nil
}

// stack puts pictures below each other on a white ground.
func stack(parts []*image.Paletted) ([]byte, error) {
	if len(parts) == 0 {
		return nil, errors.New("the session has no method to draw")
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

func rgba(c color.Color) color.RGBA {
	return color.RGBAModel.Convert(c).(color.RGBA) //nolint:forcetypeassert // what the model gives
}

func packed(c color.RGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}
