package nb

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
	"io"
	"strings"

	"naslab.dev/viz"
)

const maxPicture = 8 << 20 // bytes of a PNG that goes into a notebook

// Drawing is anything that can be drawn both ways.
type Drawing interface {
	SVG(w io.Writer) error
	PNG(w io.Writer) error
}

// described is a Drawing with a text alternative: its title and the numbers that
// it rests on.
type described interface{ Alt() string }

// charted is a Drawing that can also be a live chart.
type charted interface{ Live() (viz.Live, error) }

// Figure shows a figure as a PNG with its text alternative.
func Figure(f Drawing) error {
	var data bytes.Buffer
	if err := f.PNG(&data); err != nil {
		return fmt.Errorf("nb: figure: %w", err)
	}
	alt := altOf(f)
	tag, err := img(data.Bytes(), alt)
	if err != nil {
		return err
	}
	output.html(`<div class="nas-figure">`+tag+`</div>`, alt)
	return nil
}

// Chart shows a figure as a live chart if it can be one and $NASX_OUTPUT
// allows it, else like [Figure]. The notebook's first cell must have shown
// [Header]; where it did not, the PNG stays.
func Chart(f Drawing) error {
	c, ok := f.(charted)
	allowed, err := live()
	if err != nil {
		return err
	}
	if !ok || !allowed {
		return Figure(f)
	}
	chart, err := c.Live()
	if err != nil {
		return fmt.Errorf("nb: chart: %w", err)
	}
	output.html(chart.HTML(), altOf(f))
	return nil
}

// Header gives the notebook's page the library of live charts, once, from
// this program; no network is used. It shows nothing where $NASX_OUTPUT is
// static.
func Header() error {
	allowed, err := live()
	if err != nil || !allowed {
		return err
	}
	output.html(viz.Header(), "")
	return nil
}

func altOf(f Drawing) string {
	if d, ok := f.(described); ok && d.Alt() != "" {
		return d.Alt()
	}
	return "figure without a description"
}

// img returns an HTML image of a PNG at half its size in pixels, as all our
// pictures have two for each of the page's.
func img(data []byte, alt string) (string, error) {
	if len(data) > maxPicture {
		return "", fmt.Errorf("nb: a picture has %d bytes, at most %d go into a notebook", len(data), maxPicture)
	}
	head, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("nb: a picture is no PNG: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<img alt="%s" title="%s" width="%d" style="max-width:100%%;height:auto" `,
		html.EscapeString(alt), html.EscapeString(firstSentence(alt)), (head.Width+1)/2)
	fmt.Fprintf(&b, `src="data:image/png;base64,%s">`, base64.StdEncoding.EncodeToString(data))
	return b.String(), nil
}

// firstSentence returns s up to its first full stop that ends a sentence.
func firstSentence(s string) string {
	if at := strings.Index(s, ". "); at > 0 {
		return s[:at]
	}
	return s
}
