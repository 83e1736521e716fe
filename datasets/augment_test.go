package datasets

import (
	"math"
	"slices"
	"testing"

	"naslab.dev/nasx/key"
)

// numbered is a 2x3 image of two channels whose values say where they stand.
func numbered() (Images, []float32) {
	im := Images{Height: 2, Width: 3, Channels: 2}
	return im, []float32{11, -11, 12, -12, 13, -13, 21, -21, 22, -22, 23, -23}
}

func TestAugmentationsByHand(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(Images, []float32)
		want []float32
	}{
		{
			"the window moves down", func(im Images, p []float32) { shift(p, im, 1, 0, []float32{7, 8}) },
			[]float32{21, -21, 22, -22, 23, -23, 7, 8, 7, 8, 7, 8},
		},
		{
			"the window moves up and left", func(im Images, p []float32) { shift(p, im, -1, -1, []float32{7, 8}) },
			[]float32{7, 8, 7, 8, 7, 8, 7, 8, 11, -11, 12, -12},
		},
		{
			"left and right change places", func(im Images, p []float32) { mirror(p, im) },
			[]float32{13, -13, 12, -12, 11, -11, 23, -23, 22, -22, 21, -21},
		},
		{
			"a square is blanked as far as it lies inside", func(im Images, p []float32) { blank(p, im, -1, 1, 2) },
			[]float32{11, -11, 0, 0, 0, 0, 21, -21, 22, -22, 23, -23},
		},
	} {
		im, pixels := numbered()
		tc.do(im, pixels)
		if !slices.Equal(pixels, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, pixels, tc.want)
		}
	}
}

// TestCropOffsetsAreUniform counts where the one white pixel of an image goes:
// each of the nine places of a crop by 1 has probability 1/9.
func TestCropOffsetsAreUniform(t *testing.T) {
	const draws = 9000
	im := Images{Height: 3, Width: 3, Channels: 1}
	counts := make([]float64, 9)
	flips := 0.0
	for i := range draws {
		rng := key.Rand(1, "augment", 0, i)
		pixels := make([]float32, 9)
		pixels[4] = 1
		Augment{Crop: 1}.apply(pixels, im, []float32{0}, rng)
		counts[slices.Index(pixels, 1)]++
		side := []float32{1, 0}
		Augment{Flip: true}.apply(side, Images{Height: 1, Width: 2, Channels: 1}, nil, rng)
		flips += float64(side[1])
	}
	tolerance := 4 * math.Sqrt(draws*1.0/9*8/9) // four standard errors
	for place, n := range counts {
		if !(math.Abs(n-draws/9) <= tolerance) {
			t.Errorf("place %d: got %g of %d, want %d ± %.0f", place, n, draws, draws/9, tolerance)
		}
	}
	if tolerance := 4 * math.Sqrt(draws*0.25); !(math.Abs(flips-draws/2) <= tolerance) {
		t.Errorf("got %g flips of %d, want half ± %.0f", flips, draws, tolerance)
	}
}

// TestAugmentationIsOffByDefault and, when on, leaves the set and the held-out
// images alone.
func TestAugmentationIsOffByDefault(t *testing.T) {
	set, err := loadDigits()
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(set.Train.Pixels)
	cfg := LoaderConfig{BatchSize: 64}
	var batches [2][]float32
	var labels [2][]int32
	for i := range batches {
		l, err := NewLoader(set, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if batches[i], labels[i], err = l.Batch(partTrain, 0, 0); err != nil {
			t.Fatal(err)
		}
		cfg.Augment = Augment{Crop: 1, Flip: true, Cutout: 2}
	}
	place := key.Rand(splitSeed, "split", 0, 0).Perm(1300)[key.Rand(0, "permutation", 0, 0).Perm(1000)[0]]
	if !slices.Equal(batches[0][:64], before[place*64:(place+1)*64]) {
		t.Error("without augmentation, the first image is not that of the set")
	}
	if slices.Equal(batches[0], batches[1]) || !slices.Equal(labels[0], labels[1]) {
		t.Error("augmentation must change pixels and keep labels")
	}
	if !slices.Equal(before, set.Train.Pixels) {
		t.Error("augmentation changed the set")
	}
}

func TestLoaderRefuses(t *testing.T) {
	set, err := loadDigits()
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]LoaderConfig{
		"no images per minibatch":   {},
		"more than all images":      {BatchSize: 1001},
		"all images held out":       {BatchSize: 1, Validation: 1300},
		"a limit below zero":        {BatchSize: 1, TrainLimit: -1},
		"a crop beyond the image":   {BatchSize: 1, Augment: Augment{Crop: 9}},
		"a cutout beyond the image": {BatchSize: 1, Augment: Augment{Cutout: 17}},
	} {
		if _, err := NewLoader(set, cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	l, err := NewLoader(set, LoaderConfig{BatchSize: 10, TrainLimit: 101, Validation: -1})
	if err != nil {
		t.Fatal(err)
	}
	if train, held, _ := l.Counts(); train != 101 || held != 0 {
		t.Errorf("got %d and %d images, want 101 and none", train, held)
	}
	if _, perEpoch := l.Schedule(); perEpoch != 11 {
		t.Errorf("got %d minibatches, want 11", perEpoch)
	}
	_, _, past := l.Batch(partTrain, 0, 11)
	_, _, part := l.Batch("half-c", 0, 0)
	_, _, none := l.Held(partValidation)
	_, _, kind := l.Held(partTrain)
	for name, err := range map[string]error{"past the end": past, "half-c": part, "no images": none, "train": kind} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
