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
	src, ok := img.(*image.RGBA)
	if !ok || src.Stride != 4*b.Dx() {
		src = image.NewRGBA(b)
		draw.Draw(src, b, img, b.Min, draw.Src)
	}
	count := map[color.RGBA]int{}
	runsOf(src, func(c color.RGBA, from, to int) { count[c] += to - from })
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
	runsOf(src, func(c color.RGBA, from, to int) {
		for i, k := from, index[c]; i < to; i++ {
			out.Pix[i] = k
		}
	})
	return out
}

// runsOf calls do for every run of pixels of one colour: a figure is mostly
// ground, and looking up its colour once a run is much cheaper than once a
// pixel.
func runsOf(img *image.RGBA, do func(c color.RGBA, from, to int)) {
	n := len(img.Pix) / 4
	for from := 0; from < n; {
		c, to := rgbaAt(img, 4*from), from+1
		for to < n && rgbaAt(img, 4*to) == c {
			to++
		}
		do(c, from, to)
		from = to
	}
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
