package datasets

import (
	"image"
	"image/color"
	"math"
)

// span says which source cells one target cell covers and how much of each.
type span struct {
	first   int
	weights []float64 // sum to 1
}

// spans cuts from cells into to cells of equal length.
func spans(from, to int) []span {
	out := make([]span, to)
	length := float64(from) / float64(to)
	for i := range out {
		left, right := float64(i)*length, float64(i+1)*length
		first := int(left)
		last := min(int(math.Ceil(right)), from)
		s := span{first: first}
		total := 0.0
		for cell := first; cell < last; cell++ {
			w := max(min(right, float64(cell+1))-max(left, float64(cell)), 0)
			s.weights = append(s.weights, w)
			total += w
		}
		for j := range s.weights {
			s.weights[j] /= total
		}
		out[i] = s
	}
	return out
}

// resize averages the picture over the area of every target pixel; where it
// gets larger, pixels repeat. What is transparent is black.
//
//	returns [height, width, channels]; one channel is luma
func resize(img image.Image, height, width, channels int) []byte {
	b := img.Bounds()
	columns := spans(b.Dx(), width)
	sums := make([]float64, height*width*channels)
	line := make([]float64, b.Dx()*channels)
	for y, row := range spans(b.Dy(), height) {
		into := sums[y*width*channels : (y+1)*width*channels]
		for j, weight := range row.weights {
			readLine(img, b.Min.X, b.Min.Y+row.first+j, channels, line)
			for x, column := range columns {
				for k, share := range column.weights {
					for c := range channels {
						into[x*channels+c] += weight * share * line[(column.first+k)*channels+c]
					}
				}
			}
		}
	}
	out := make([]byte, len(sums))
	for i, v := range sums {
		out[i] = byte(min(max(math.Round(v), 0), 255))
	}
	return out
}

// readLine reads one row of the picture as values from 0 to 255.
//
//	line [width of the picture, channels]
func readLine(img image.Image, left, y, channels int, line []float64) {
	const toByte = 255.0 / 0xffff
	for x := range len(line) / channels {
		at := img.At(left+x, y)
		if channels == 1 {
			line[x] = float64(color.Gray16Model.Convert(at).(color.Gray16).Y) * toByte
			continue
		}
		r, g, b, _ := at.RGBA()
		line[x*3], line[x*3+1], line[x*3+2] = float64(r)*toByte, float64(g)*toByte, float64(b)*toByte
	}
}

// Picture returns image i of a part of the set as it looked before
// standardisation, for showing; nil where there is no such image.
func (s *Set) Picture(part Images, i int) image.Image {
	if i < 0 || i >= part.Len() {
		return nil
	}
	size := part.Size()
	values := part.Pixels[i*size : (i+1)*size]
	level := func(j, c int) uint8 {
		v := float64(values[j])*float64(s.Std[c]) + float64(s.Mean[c])
		return uint8(min(max(math.Round(v*255), 0), 255))
	}
	frame := image.Rect(0, 0, part.Width, part.Height)
	if part.Channels == 1 {
		out := image.NewGray(frame)
		for j := range values {
			out.Pix[j] = level(j, 0)
		}
		return out
	}
	out := image.NewNRGBA(frame)
	for p := range part.Height * part.Width {
		for c := range 3 {
			out.Pix[4*p+c] = level(3*p+c, c)
		}
		out.Pix[4*p+3] = 255
	}
	return out
}
