package viz

import (
	"bytes"
	"fmt"
	"html"
	"image/png"
	"io"
	"math"
	"regexp"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is what every picture of this package can do.
type Figure interface {
	// SVG writes the figure as a standalone SVG document.
	SVG(w io.Writer) error
	// PNG writes it with two pixels per CSS pixel.
	PNG(w io.Writer) error
	// Alt says in words what the figure shows, for those who cannot see it;
	// it is "" where the figure cannot be drawn.
	Alt() string
}

// Caption is what surrounds a drawing. Empty fields get a neutral default or
// are left out.
type Caption struct {
	Title string // the finding, in one sentence
	Note  string // what is drawn and from how much data
	Repro string // the line that reproduces it: command, seed, versions
	Dark  bool   // dark ground
}

// Measures of a sheet.
const (
	bodyWidth  = 900.0 // width of the drawing
	margin     = 16.0
	titleSize  = 15.0
	noteSize   = 12.0
	labelSize  = 11.0
	lineHeight = 1.35 // in em
	pngDPI     = 144  // two pixels per CSS pixel
	mostPixels = 20000
)

// sheet is a figure ready to be drawn.
type sheet struct {
	caption Caption // with defaults filled in
	notes   [][]span
	legend  []string // operations
	height  float64  // of the body
	alt     string
	body    func(s *sketch, at point) // draws into bodyWidth × height
}

// newSheet fills in a caption. Notes given as spans replace those of the
// caption.
func newSheet(c Caption, title, note string) *sheet {
	if c.Title == "" {
		c.Title = title
	}
	if c.Note == "" {
		c.Note = note
	}
	sh := &sheet{caption: c}
	tok := Palette.Tokens(c.Dark)
	for _, l := range wrap(c.Note, noteSize, bodyWidth) {
		sh.notes = append(sh.notes, []span{{l, false, tok.Ink2}})
	}
	return sh
}

// render draws the sheet on a canvas that open makes.
func (sh *sheet) render(open func(w, h float64) vg.Canvas) (*sketch, error) {
	tok := Palette.Tokens(sh.caption.Dark)
	titles := wrap(sh.caption.Title, titleSize*1.06, bodyWidth)
	repro := wrap(sh.caption.Repro, labelSize, bodyWidth)
	legend := legendRows(sh.legend)
	const gap = 10.0
	top := margin + float64(len(titles))*titleSize*lineHeight + float64(len(sh.notes))*noteSize*lineHeight + gap
	h := top + sh.height + gap + float64(len(legend))*18 + margin - 4
	if len(repro) > 0 {
		h += float64(len(repro))*labelSize*lineHeight + 4
	}
	h = math.Ceil(h)
	if !(h < mostPixels) {
		return nil, fmt.Errorf("viz: figure %q is %.0f pixels high, want less than %d",
			clip(sh.caption.Title, 60), h, mostPixels)
	}
	w := bodyWidth + 2*margin
	s := &sketch{c: open(w, h), height: h, tok: tok, dark: sh.caption.Dark}
	s.rect(box{0, 0, w, h}, 0, tok.Bg)
	y := margin
	for _, l := range titles {
		s.text(point{margin, y + titleSize}, l, titleSize, true, tok.Ink, left)
		y += titleSize * lineHeight
	}
	for _, l := range sh.notes {
		y += noteSize * lineHeight
		s.spans(point{margin, y - 2}, l, noteSize, left)
	}
	sh.body(s, point{margin, top})
	y = top + sh.height + gap
	for _, row := range legend {
		drawLegend(s, point{margin, y + 9}, row)
		y += 18
	}
	y += 4
	for _, l := range repro {
		y += labelSize * lineHeight
		s.text(point{margin, y - 2}, l, labelSize, false, tok.Ink3, left)
	}
	return s, nil
}

// legendRows breaks the legend of operations into rows that fit.
func legendRows(ops []string) [][]OpStyle {
	var rows [][]OpStyle
	x := 0.0
	for _, key := range ops {
		op := Palette.Op(key)
		w := legendEntry(op)
		if len(rows) == 0 || x+w > bodyWidth {
			rows, x = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], op)
		x += w
	}
	return rows
}

func legendEntry(op OpStyle) float64 { return 14 + textWidth(op.Name, labelSize, false) + 14 }

func drawLegend(s *sketch, at point, ops []OpStyle) {
	for _, op := range ops {
		swatch(s, point{at.x + 4.5, at.y - 4}, 9, op, s.opColor(op))
		s.text(point{at.x + 14, at.y}, op.Name, labelSize, false, s.tok.Ink2, left)
		at.x += legendEntry(op)
	}
}

// swatch draws the colour of an operation; none is a dashed square.
func swatch(s *sketch, at point, size float64, op OpStyle, c Hex) {
	b := centred(at, size, size)
	if op.Key == noOp {
		s.frame(b.grown(-0.5), 1.5, 1, c, 2, 1.5)
		return
	}
	s.rect(b, 1.5, c)
}

// noOp is the operation that means "no edge".
const noOp = "none"

func (s *sketch) opColor(op OpStyle) Hex { return op.Color.On(s.dark) }

// writePNG draws a sheet with two pixels per CSS pixel.
func writePNG(w io.Writer, sh *sheet, err error) error {
	if err != nil {
		return err
	}
	var canvas *vgimg.Canvas
	_, err = sh.render(func(w, h float64) vg.Canvas {
		canvas = vgimg.NewWith(vgimg.UseWH(vg.Length(w), vg.Length(h)), vgimg.UseDPI(pngDPI))
		return canvas
	})
	if err != nil {
		return err
	}
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err := enc.Encode(w, paletted(canvas.Image())); err != nil {
		return fmt.Errorf("viz: write PNG: %w", err)
	}
	return nil
}

var (
	svgHead   = regexp.MustCompile(`(?s)^.*?<svg width="([0-9.]+)pt" height="([0-9.]+)pt" viewBox="([^"]*)"[^>]*>`)
	svgFamily = regexp.MustCompile(`style="font-family:Liberation Sans;font-variant:none;`)
)

// writeSVG draws a sheet as SVG: sized in pixels, with its alternative text and
// with fonts to fall back on, none of which vgsvg writes.
func writeSVG(w io.Writer, sh *sheet, err error) error {
	if err != nil {
		return err
	}
	var canvas *vgsvg.Canvas
	_, err = sh.render(func(w, h float64) vg.Canvas {
		canvas = vgsvg.New(vg.Length(w), vg.Length(h))
		return canvas
	})
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	if _, err := canvas.WriteTo(&raw); err != nil {
		return fmt.Errorf("viz: write SVG: %w", err)
	}
	m := svgHead.FindSubmatchIndex(raw.Bytes())
	if m == nil {
		return fmt.Errorf("viz: write SVG: the canvas wrote no svg element")
	}
	part := func(i int) []byte { return raw.Bytes()[m[2*i]:m[2*i+1]] }
	_, err = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="%s" `+
		`role="img" aria-label="%s"><title>%s</title>`,
		part(1), part(2), part(3), html.EscapeString(sh.alt), html.EscapeString(sh.caption.Title))
	if err == nil {
		family := []byte(`style="font-family:'Liberation Sans',Arimo,Arial,Helvetica,sans-serif;`)
		_, err = w.Write(svgFamily.ReplaceAll(raw.Bytes()[m[1]:], family))
	}
	if err != nil {
		return fmt.Errorf("viz: write SVG: %w", err)
	}
	return nil
}

// altOf returns the alternative text of a sheet.
func altOf(sh *sheet, err error) string {
	if err != nil {
		return ""
	}
	return sh.alt
}
