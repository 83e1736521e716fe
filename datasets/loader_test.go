package datasets_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"naslab.dev/datasets"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/search"
)

var _ search.Batches = (*datasets.Loader)(nil)

func digits(t testing.TB) *datasets.Set {
	t.Helper()
	set, err := datasets.Load("digits", datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestDigitsAreTheKnownImages compares with facts taken from the file by other
// means: the class counts that scikit-learn documents, the sum of all pixels
// and the first image.
func TestDigitsAreTheKnownImages(t *testing.T) {
	set := digits(t)
	if set.Train.Len() != 1300 || set.Test.Len() != 497 {
		t.Fatalf("got %d and %d images, want 1300 and 497", set.Train.Len(), set.Test.Len())
	}
	counts := make([]int, 10)
	sum, trainSum, trainSquares := 0.0, 0.0, 0.0
	for _, part := range []datasets.Images{set.Train, set.Test} {
		if len(part.Pixels) != part.Len()*64 {
			t.Fatalf("got %d pixels for %d images, want 64 each", len(part.Pixels), part.Len())
		}
		for _, l := range part.Labels {
			counts[l]++
		}
		for _, p := range part.Pixels {
			sum += math.Round((float64(p)*float64(set.Std[0]) + float64(set.Mean[0])) * 16)
		}
	}
	if want := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}; !slices.Equal(counts, want) {
		t.Errorf("images per digit: got %v, want %v", counts, want)
	}
	if sum != 561718 {
		t.Errorf("sum of all pixels: got %g, want 561718", sum)
	}
	for _, p := range set.Train.Pixels {
		trainSum += float64(p)
		trainSquares += float64(p) * float64(p)
	}
	n := float64(len(set.Train.Pixels))
	if mean := trainSum / n; !(math.Abs(mean) < 1e-6) {
		t.Errorf("mean of the standardised training pixels: got %g, want 0", mean)
	}
	if square := trainSquares / n; !(math.Abs(square-1) < 1e-6) {
		t.Errorf("mean square of the standardised training pixels: got %g, want 1", square)
	}
	row := make([]float64, 8)
	for i := range row {
		row[i] = math.Round((float64(set.Train.Pixels[8+i])*float64(set.Std[0]) + float64(set.Mean[0])) * 16)
	}
	if want := []float64{0, 0, 13, 15, 10, 15, 5, 0}; !slices.Equal(row, want) || set.Train.Labels[0] != 0 {
		t.Errorf("second row of the first image: got %v, want %v", row, want)
	}
}

// ids names each image by its pixels, so that splits can be compared.
func ids(t *testing.T, pixels []float32, size int) []string {
	t.Helper()
	var out []string
	for i := 0; i+size <= len(pixels); i += size {
		var b []byte
		for _, p := range pixels[i : i+size] {
			bits := math.Float32bits(p)
			b = append(b, byte(bits>>24), byte(bits>>16), byte(bits>>8), byte(bits))
		}
		out = append(out, string(b))
	}
	return out
}

func epochOf(t *testing.T, l *datasets.Loader, part string, epoch int) []string {
	t.Helper()
	_, perEpoch := l.Schedule()
	var all []string
	for i := range perEpoch {
		pixels, labels, err := l.Batch(part, epoch, i)
		if err != nil {
			t.Fatal(err)
		}
		if len(labels) != 64 || len(pixels) != 64*64 {
			t.Fatalf("minibatch %d: got %d labels and %d pixels, want 64 and 4096", i, len(labels), len(pixels))
		}
		all = append(all, ids(t, pixels, 64)...)
	}
	return all
}

// TestSplitOfDigits recomputes the split from its definition.
func TestSplitOfDigits(t *testing.T) {
	set := digits(t)
	l, err := datasets.NewLoader(set, datasets.LoaderConfig{Seed: 3, BatchSize: 64})
	if err != nil {
		t.Fatal(err)
	}
	if train, validation, test := l.Counts(); train != 1000 || validation != 300 || test != 497 {
		t.Fatalf("got %d, %d, %d images, want 1000, 300, 497", train, validation, test)
	}
	if size, perEpoch := l.Schedule(); size != 64 || perEpoch != 16 {
		t.Fatalf("got %d images, %d minibatches, want 64, 16", size, perEpoch)
	}
	shipped := ids(t, set.Train.Pixels, 64)
	split := key.Rand(0, "split", 0, 0).Perm(1300)
	validation, labels, err := l.Held(search.PartValidation)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids(t, validation, 64) {
		if id != shipped[split[1000+i]] || labels[i] != set.Train.Labels[split[1000+i]] {
			t.Fatalf("validation image %d is not image %d of the file", i, split[1000+i])
		}
	}
	var all, a, b []string
	for _, place := range key.Rand(3, "permutation", 7, 0).Perm(1000) {
		id := shipped[split[place]]
		all = append(all, id)
		if place < 500 {
			a = append(a, id)
		} else {
			b = append(b, id)
		}
	}
	for part, want := range map[string][]string{search.PartTrain: all, search.PartHalfA: a, search.PartHalfB: b} {
		for i, id := range epochOf(t, l, part, 7) {
			if id != want[i%len(want)] {
				t.Fatalf("%s: image %d of epoch 7 is not the one that the permutation names", part, i)
			}
		}
	}
	test, _, err := l.Held(search.PartTest)
	if err != nil || !reflect.DeepEqual(test, set.Test.Pixels) {
		t.Errorf("test images differ from those of the set (error %v)", err)
	}
}

// TestBatchesDependOnTheirArgumentsOnly asks in another order and from a new
// loader.
func TestBatchesDependOnTheirArgumentsOnly(t *testing.T) {
	set := digits(t)
	cfg := datasets.LoaderConfig{Seed: 1, BatchSize: 32, Augment: datasets.Augment{Crop: 1, Flip: true, Cutout: 2}}
	first, err := datasets.NewLoader(set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	want, wantLabels, err := first.Batch(search.PartHalfB, 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	second, err := datasets.NewLoader(set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, epoch := range []int{4, 0, 2} {
		got, labels, err := second.Batch(search.PartHalfB, epoch, 5)
		if err != nil {
			t.Fatal(err)
		}
		same := slices.Equal(got, want) && slices.Equal(labels, wantLabels)
		if same != (epoch == 2) {
			t.Errorf("epoch %d: equal to epoch 2 is %v", epoch, same)
		}
	}
	cfg.Seed = 2
	other, err := datasets.NewLoader(set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := other.Batch(search.PartHalfB, 2, 5); err != nil || slices.Equal(got, want) {
		t.Errorf("another seed gives the same minibatch (error %v)", err)
	}
	held, _, _ := first.Held(search.PartValidation)
	heldToo, _, _ := other.Held(search.PartValidation)
	if !slices.Equal(held, heldToo) {
		t.Error("another seed holds out other images")
	}
}

// BenchmarkBatch goes through minibatches of an epoch, as a search does.
func BenchmarkBatch(b *testing.B) {
	for name, augment := range map[string]datasets.Augment{"plain": {}, "augmented": {Crop: 1, Flip: true, Cutout: 2}} {
		b.Run(name, func(b *testing.B) {
			l, err := datasets.NewLoader(digits(b), datasets.LoaderConfig{BatchSize: 64, Augment: augment})
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				if _, _, err := l.Batch(search.PartTrain, i/16, i%16); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
