package datasets

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// save writes a picture of one colour, as JPEG where the name ends so.
func save(t *testing.T, path string, width, height int, c color.Color) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.Set(i%width, i/width, c)
	}
	if strings.HasSuffix(path, ".jpg") {
		err = jpeg.Encode(file, img, &jpeg.Options{Quality: 95})
	} else {
		err = png.Encode(file, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOwnPictures reads red and blue pictures of many sizes.
func TestOwnPictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "own")
	for i := range 10 {
		save(t, filepath.Join(dir, "red", fmt.Sprintf("%d.png", i)), 5+i, 20-i, color.RGBA{255, 0, 0, 255})
		save(t, filepath.Join(dir, "blue", fmt.Sprintf("%d.jpg", i)), 16, 16, color.RGBA{0, 0, 255, 255})
	}
	save(t, filepath.Join(dir, ".hidden", "0.png"), 4, 4, color.White)
	if err := os.WriteFile(filepath.Join(dir, "red", "notes.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := Load(dir, Options{Height: 4, Width: 6})
	if err != nil {
		t.Fatal(err)
	}
	if set.Train.Len() != 16 || set.Test.Len() != 4 || !slices.Equal(set.Train.ClassNames, []string{"blue", "red"}) {
		t.Fatalf("got %d and %d images of %v", set.Train.Len(), set.Test.Len(), set.Train.ClassNames)
	}
	reds := 0
	for _, part := range []Images{set.Train, set.Test} {
		if len(part.Pixels) != part.Len()*4*6*3 {
			t.Fatalf("got %d values for %d images", len(part.Pixels), part.Len())
		}
		for i, label := range part.Labels {
			reds += int(label)
			r, _, b, _ := set.Picture(part, i).At(3, 2).RGBA()
			if (r > 0xf000) != (label == 1) || (b > 0xf000) != (label == 0) {
				t.Errorf("image %d of class %d is not of its colour: red %x, blue %x", i, label, r, b)
			}
		}
	}
	if reds != 10 {
		t.Errorf("got %d red pictures, want 10", reds)
	}
	again, err := Load(dir, Options{Height: 4, Width: 6})
	if err != nil || !slices.Equal(again.Train.Pixels, set.Train.Pixels) {
		t.Errorf("a second reading differs (error %v)", err)
	}
}

// TestOwnTrainAndTest takes the division that the folders make.
func TestOwnTrainAndTest(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		for _, class := range []string{"a", "b"} {
			save(t, filepath.Join(dir, "train", class, fmt.Sprintf("%d.png", i)), 8, 8, color.Gray{uint8(40 * i)})
			save(t, filepath.Join(dir, "test", class, fmt.Sprintf("%d.png", i%2)), 8, 8, color.White)
		}
	}
	set, err := LoadFolder(dir, Options{Height: 2, Width: 2, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if set.Train.Len() != 6 || set.Test.Len() != 4 {
		t.Fatalf("got %d and %d images, want 6 and 4", set.Train.Len(), set.Test.Len())
	}
	// Grey levels 0, 40, 80: mean 40/255, deviation √(3200/3)/255.
	mean, std := 40.0/255, math.Sqrt(3200.0/3)/255
	if !(math.Abs(float64(set.Mean[0])-mean) < 1e-6) || !(math.Abs(float64(set.Std[0])-std) < 1e-6) {
		t.Errorf("got mean %v, deviation %v; want %.6f, %.6f", set.Mean, set.Std, mean, std)
	}
	if got, want := float64(set.Test.Pixels[0]), (1-mean)/std; !(math.Abs(got-want) < 1e-4) {
		t.Errorf("white: got %g, want %g", got, want)
	}
}

func TestOwnPicturesRefused(t *testing.T) {
	good := func(dir string) {
		save(t, filepath.Join(dir, "a", "0.png"), 4, 4, color.White)
		save(t, filepath.Join(dir, "a", "1.png"), 4, 4, color.White)
		save(t, filepath.Join(dir, "b", "0.png"), 4, 4, color.White)
	}
	for _, tc := range []struct {
		name, says string
		spoil      func(dir string)
	}{
		{"one class", "two classes", func(dir string) { save(t, filepath.Join(dir, "a", "0.png"), 4, 4, color.White) }},
		{"one picture", "two at least", good},
		{"a text named png", "not a PNG or JPEG", func(dir string) {
			good(dir)
			if err := os.WriteFile(filepath.Join(dir, "b", "1.png"), []byte("hello"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a truncated picture", "not a whole", func(dir string) {
			good(dir)
			data, err := os.ReadFile(filepath.Join(dir, "b", "0.png"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "b", "1.png"), data[:len(data)-30], 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		dir := t.TempDir()
		tc.spoil(dir)
		if _, err := LoadFolder(dir, Options{}); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.says)
		}
	}
}

// TestResizeAveragesAreas compares with areas worked out by hand: three columns
// into two cover 1, ½ and ½, 1.
func TestResizeAveragesAreas(t *testing.T) {
	img := image.NewGray(image.Rect(5, 7, 8, 8))
	copy(img.Pix, []byte{30, 60, 120})
	if got, want := resize(img, 1, 2, 1), []byte{40, 100}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	line := []byte{30, 30, 60, 60, 120, 120}
	if got, want := resize(img, 2, 6, 1), slices.Concat(line, line); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := resize(img, 1, 1, 3), []byte{70, 70, 70}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
