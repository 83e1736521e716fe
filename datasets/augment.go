package datasets

import (
	"fmt"
	"math/rand/v2"
)

// Augment says how the images of a minibatch are changed at random before
// training, in the order of the fields. The zero value changes nothing.
type Augment struct {
	// Crop pads the image with so many black pixels on every side and cuts
	// a window of the old size out of it; 4 is usual for CIFAR.
	Crop int

	// Flip mirrors the image left to right with probability one half.
	Flip bool

	// Cutout sets a square of so many pixels a side, whose centre is drawn
	// uniformly over the image, to the mean colour [DeVries and Taylor,
	// "Improved Regularization of Convolutional Neural Networks with
	// Cutout", 2017]; 16 is usual for CIFAR-10.
	Cutout int
}

func (a Augment) on() bool { return a != Augment{} }

func (a Augment) check(im Images) error {
	smaller := min(im.Height, im.Width)
	if a.Crop < 0 || a.Crop > smaller {
		return fmt.Errorf("datasets: crop by %d pixels, want 0 to %d", a.Crop, smaller)
	}
	if a.Cutout < 0 || a.Cutout > 2*smaller {
		return fmt.Errorf("datasets: cutout of %d pixels, want 0 to %d", a.Cutout, 2*smaller)
	}
	return nil
}

// apply changes one image in place.
//
//	pixels [height, width, channels]
//	im     gives these three
//	black  [channels], what the padding has
func (a Augment) apply(pixels []float32, im Images, black []float32, rng *rand.Rand) {
	if a.Crop > 0 {
		down, right := rng.IntN(2*a.Crop+1)-a.Crop, rng.IntN(2*a.Crop+1)-a.Crop
		shift(pixels, im, down, right, black)
	}
	if a.Flip && rng.IntN(2) == 1 {
		mirror(pixels, im)
	}
	if a.Cutout > 0 {
		y, x := rng.IntN(im.Height)-a.Cutout/2, rng.IntN(im.Width)-a.Cutout/2
		blank(pixels, im, y, x, a.Cutout)
	}
}

// shift makes pixel (y, x) what pixel (y+down, x+right) was, or black where
// that lies outside.
func shift(pixels []float32, im Images, down, right int, black []float32) {
	old := append([]float32(nil), pixels...)
	for y := range im.Height {
		for x := range im.Width {
			to := pixels[(y*im.Width+x)*im.Channels:][:im.Channels]
			fromY, fromX := y+down, x+right
			if fromY < 0 || fromY >= im.Height || fromX < 0 || fromX >= im.Width {
				copy(to, black)
				continue
			}
			copy(to, old[(fromY*im.Width+fromX)*im.Channels:])
		}
	}
}

// mirror swaps left and right.
func mirror(pixels []float32, im Images) {
	for y := range im.Height {
		row := pixels[y*im.Width*im.Channels:][:im.Width*im.Channels]
		for left, right := 0, im.Width-1; left < right; left, right = left+1, right-1 {
			for c := range im.Channels {
				l, r := left*im.Channels+c, right*im.Channels+c
				row[l], row[r] = row[r], row[l]
			}
		}
	}
}

// blank sets the part of a square that lies inside the image to 0, which is the
// mean colour of standardised pixels.
func blank(pixels []float32, im Images, top, left, side int) {
	for y := max(top, 0); y < min(top+side, im.Height); y++ {
		from, to := max(left, 0), min(left+side, im.Width)
		clear(pixels[(y*im.Width+from)*im.Channels : (y*im.Width+to)*im.Channels])
	}
}
