package viz

import (
	"image"
	"image/color"
	"image/draw"
	"sort"
)

// paletted returns a picture with at most 256 colours, which makes its file
// some four times smaller. The commonest colours, so all that fill an area, are
// kept exactly; of the shades between two colours at the rim of a letter or a
// line, those that are nearly alike become one.
func paletted(img image.Image) *image.Paletted {
	b := img.Bounds()
	src := image.NewRGBA(b)
	draw.Draw(src, b, img, b.Min, draw.Src)
	count := map[color.RGBA]int{}
	for i := 0; i < len(src.Pix); i += 4 {
		count[rgbaAt(src, i)]++
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	sort.Slice(colours, func(i, j int) bool {
		a, b := colours[i], colours[j]
		if count[a] != count[b] {
			return count[a] > count[b]
		}
		return key(a) < key(b)
	})
	list, index := reduce(colours)
	out := image.NewPaletted(b, list)
	for i := 0; i < len(src.Pix); i += 4 {
		out.Pix[i/4] = index[rgbaAt(src, i)]
	}
	return out
}

// reduce maps colours, commonest first, to a palette.
func reduce(colours []color.RGBA) (color.Palette, map[color.RGBA]uint8) {
	const most, exact, alike = 256, 128, 14 // alike: sum over three channels
	var list color.Palette
	index := make(map[color.RGBA]uint8, len(colours))
	for n, c := range colours {
		best, at := 1<<30, 0
		for i, p := range list {
			q := p.(color.RGBA)
			d := abs(int(q.R)-int(c.R)) + abs(int(q.G)-int(c.G)) + abs(int(q.B)-int(c.B))
			if d < best {
				best, at = d, i
			}
		}
		if len(list) < most && (n < exact || best > alike) {
			at, list = len(list), append(list, c)
		}
		index[c] = uint8(at)
	}
	return list, index
}

func rgbaAt(img *image.RGBA, i int) color.RGBA {
	p := img.Pix[i : i+4 : i+4]
	return color.RGBA{R: p[0], G: p[1], B: p[2], A: 255}
}

func key(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

func abs(a int) int { return max(a, -a) }
