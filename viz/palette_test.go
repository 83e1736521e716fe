package viz

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"math"
	"testing"
)

// contrast is the ratio of WCAG 2 between two colours.
func contrast(a, b Hex) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestLuminance(t *testing.T) {
	// Black on white is 21:1 and #777777 on white 4.48:1, the best-known values of WCAG.
	if got := contrast("#000000", "#ffffff"); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white: got %v, want 21", got)
	}
	if got := contrast("#777777", "#ffffff"); math.Abs(got-4.48) > 0.005 {
		t.Errorf("#777777 on white: got %v, want 4.48", got)
	}
}

func TestPaletteReadsOnBothGrounds(t *testing.T) {
	for _, dark := range []bool{false, true} {
		tok := Palette.Tokens(dark)
		for _, op := range Palette.Ops {
			if got := contrast(op.Color.On(dark), tok.Bg); got < 3 {
				t.Errorf("dark %v: %s stands out by %.2f, want 3", dark, op.Key, got)
			}
			if n := len([]rune(op.Head)); n > 5 {
				t.Errorf("%s: head has %d letters, want at most 5", op.Key, n)
			}
		}
		for _, m := range Palette.Methods {
			if got := contrast(m.Color.On(dark), tok.Bg); got < 4.5 {
				t.Errorf("dark %v: %s reads at %.2f, want 4.5", dark, m.Key, got)
			}
		}
		for name, c := range map[string]Hex{"ink": tok.Ink, "ink2": tok.Ink2, "ink3": tok.Ink3} {
			if got := contrast(c, tok.Bg); got < 4.5 {
				t.Errorf("dark %v: %s reads at %.2f, want 4.5", dark, name, got)
			}
		}
	}
}

func TestPaletteJSONIsTheTable(t *testing.T) {
	var got Table
	if err := json.Unmarshal(PaletteJSON(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Ops) != len(Palette.Ops) || got.Ops[4].Color.Dark != "#6dcbff" || got.Light.Sel != "#ffe27a" {
		t.Errorf("got %+v", got)
	}
	if bytes.ContainsAny(PaletteJSON(), "<>&") {
		t.Error("the JSON is not safe in a script element")
	}
}

func TestUnknownNamesKeepTheirOwn(t *testing.T) {
	op := Palette.Op("sep_conv_7x7_with_a_long_name")
	if op.Label != "sep conv 7x7 …" || op.Head != "sep …" || op.Color.Light != Palette.Light.Ink3 {
		t.Errorf("got %+v", op)
	}
	if m := Palette.Method("mine"); m.Label != "mine" || m.Color.Light != Palette.Light.Ink {
		t.Errorf("got %+v", m)
	}
}

func TestToneIsEmptyAtChanceAndFullFromSixtyPerCent(t *testing.T) {
	for _, tc := range []struct{ p, chance, want float64 }{
		{0.125, 0.125, 0},
		{0.05, 0.125, 0},
		{0.6, 0.125, 1},
		{0.9, 0.125, 1},
		{0.3625, 0.125, math.Pow(0.5, 0.65)}, // halfway
		{0.9, 1, 0},                          // one choice: nothing to decide
	} {
		if got := Tone(tc.p, tc.chance); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("Tone(%v, %v): got %v, want %v", tc.p, tc.chance, got, tc.want)
		}
	}
}

func TestPalettedKeepsColoursThatFillAnArea(t *testing.T) {
	const n = 400 // more colours than a palette holds
	img := image.NewRGBA(image.Rect(0, 0, n, 20))
	for x := range n {
		for y := range 20 {
			c := color.RGBA{R: 255, G: 255, B: 255, A: 255}
			switch {
			case y < 4: // neighbours among the greys of a heat map
				c = color.RGBA{R: 240 + uint8(y), G: 240, B: 240, A: 255}
			case y == 4: // a rim: every pixel another shade
				c = color.RGBA{R: uint8(x % 256), G: uint8(x / 2), B: uint8(255 - x/2), A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	out := paletted(img)
	if len(out.Palette) > 256 {
		t.Errorf("%d colours, want at most 256", len(out.Palette))
	}
	for _, y := range []int{0, 1, 2, 3, 19} {
		if got, want := color.RGBAModel.Convert(out.At(7, y)), img.At(7, y); got != want {
			t.Errorf("row %d: got %v, want %v", y, got, want)
		}
	}
}
