package viz

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
)

func TestMixturesDivideABarByWeight(t *testing.T) {
	m := Mixtures{
		Ops: []string{"none", "skip_connect", "sep_conv_3x3"},
		Blocks: []Mixture{
			{Title: "mixed", Rows: [][]float64{{0, 0.25, 0.75}}},
			{Title: "chosen", Rows: [][]float64{{0, 1, 0}}},
		},
	}
	var data bytes.Buffer
	if err := m.PNG(&data); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&data)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{} // of the legend's swatches and of the bars
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			for _, key := range m.Ops[1:] {
				want := Palette.Op(key).Color.Light.RGBA()
				if uint8(r>>8) == want.R && uint8(g>>8) == want.G && uint8(b>>8) == want.B {
					counts[key]++
				}
			}
		}
	}
	ratio := float64(counts["skip_connect"]) / float64(counts["sep_conv_3x3"])
	if !(ratio > 1.6 && ratio < 1.75) { // 1.25 bars against 0.75
		t.Errorf("%d pixels of skip and %d of the convolution, want 5 to 3", counts["skip_connect"], counts["sep_conv_3x3"])
	}
	if alt := m.Alt(); !strings.Contains(alt, "mixed: the largest entry of a row is 0.75 on average") {
		t.Errorf("got %q", alt)
	}
}

func TestMixturesRefuseWhatDoesNotSumToOne(t *testing.T) {
	ops := []string{"none", "skip_connect"}
	for _, rows := range [][][]float64{nil, {{1}}, {{0.5, 0.4}}, {{1.5, -0.5}}} {
		if err := (Mixtures{Ops: ops, Blocks: []Mixture{{Rows: rows}}}).PNG(&bytes.Buffer{}); err == nil {
			t.Errorf("%v was drawn", rows)
		}
	}
	two := Mixtures{Ops: ops, Blocks: []Mixture{{Names: []string{"a", "b"}, Rows: [][]float64{{1, 0}}}}}
	if err := two.PNG(&bytes.Buffer{}); err == nil {
		t.Error("two names for one row were drawn")
	}
}
