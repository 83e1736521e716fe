package datasets

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // pictures of one's own
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"naslab.dev/nasx/key"
)

const (
	ownSide     = 32        // pixels, unless Options says otherwise
	ownChannels = 3         // likewise
	ownTestPart = 5         // one picture in five is a test image where there are no train and test folders
	sideLimit   = 1 << 13   // pixels a side of a picture
	areaLimit   = 1 << 25   // pixels of a picture before it is resized
	inputLimit  = 32 << 20  // bytes of a picture file
	outputLimit = 512 << 20 // values of all resized pictures together
)

// picture is one file of one's own.
type picture struct {
	path  string
	label int32
}

// LoadFolder reads PNG and JPEG pictures from a folder that has one folder per
// class, or folders train and test that do. The classes are numbered by the
// alphabetical order of their names. Names that begin with a dot and other
// kinds of files are left out.
//
// Every picture is brought to the size in Options by averaging over areas,
// without regard to its proportions. Mean and Std are those of the training
// pictures. Without train and test folders, the last fifth of the pictures, in
// alphabetical order permuted by key.Rand(0, "split-test", 0, 0), are the test
// images.
func LoadFolder(dir string, o Options) (*Set, error) {
	o.Height, o.Width, o.Channels = orElse(o.Height, ownSide), orElse(o.Width, ownSide), orElse(o.Channels, ownChannels)
	if o.Height < 1 || o.Height > sideLimit || o.Width < 1 || o.Width > sideLimit || o.Channels != 1 && o.Channels != 3 {
		return nil, fmt.Errorf("datasets: pictures of %dx%d pixels and %d channels, want 1 to %d and 1 or 3",
			o.Height, o.Width, o.Channels, sideLimit)
	}
	train, test, classes, err := ownParts(dir)
	if err != nil {
		return nil, err
	}
	if size := o.Height * o.Width * o.Channels; len(train)+len(test) > outputLimit/size {
		return nil, fmt.Errorf("datasets: %s: %d pictures of %d values are more than %d values: use a smaller size",
			dir, len(train)+len(test), size, outputLimit)
	}
	trainRaw, err := readPictures(train, o)
	if err != nil {
		return nil, err
	}
	testRaw, err := readPictures(test, o)
	if err != nil {
		return nil, err
	}
	mean, std := moments(trainRaw, o.Channels)
	images := func(raw []byte, from []picture) Images {
		im := Images{
			Pixels: standardise(raw, 255, mean, std), Height: o.Height, Width: o.Width, Channels: o.Channels,
			Classes: len(classes), ClassNames: classes,
		}
		for _, p := range from {
			im.Labels = append(im.Labels, p.label)
		}
		return im
	}
	return &Set{
		Name: dir, Source: "pictures in " + dir, License: "not known to the program",
		Train: images(trainRaw, train), Test: images(testRaw, test), Mean: mean, Std: std,
	}, nil
}

func orElse(value, otherwise int) int {
	if value == 0 {
		return otherwise
	}
	return value
}

// ownParts lists the pictures of both parts and the names of the classes.
func ownParts(dir string) (train, test []picture, classes []string, err error) {
	top, err := folders(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	if slices.Equal(top, []string{"test", "train"}) {
		if classes, err = folders(filepath.Join(dir, "train")); err != nil {
			return nil, nil, nil, err
		}
		testClasses, err := folders(filepath.Join(dir, "test"))
		if err != nil {
			return nil, nil, nil, err
		}
		if !slices.Equal(classes, testClasses) {
			return nil, nil, nil, fmt.Errorf("datasets: %s: train has the classes %.200q, test has %.200q",
				dir, classes, testClasses)
		}
		if train, err = pictures(filepath.Join(dir, "train"), classes); err != nil {
			return nil, nil, nil, err
		}
		test, err = pictures(filepath.Join(dir, "test"), classes)
		return train, test, classes, err
	}
	all, err := pictures(dir, top)
	if err != nil {
		return nil, nil, nil, err
	}
	held := max(len(all)/ownTestPart, 1)
	for i, place := range key.Rand(splitSeed, "split-test", 0, 0).Perm(len(all)) {
		if i < len(all)-held {
			train = append(train, all[place])
		} else {
			test = append(test, all[place])
		}
	}
	return train, test, top, nil
}

// folders returns the names of the folders in a folder, sorted; at least two.
func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	if len(names) < 2 {
		return nil, fmt.Errorf("datasets: %s has %d folders, want one per class and two classes at least", dir, len(names))
	}
	slices.Sort(names)
	return names, nil
}

// pictures lists the pictures of all classes, sorted by class and name; each
// class has at least two.
func pictures(dir string, classes []string) ([]picture, error) {
	var out []picture
	for label, class := range classes {
		entries, err := os.ReadDir(filepath.Join(dir, class)) // sorted by name
		if err != nil {
			return nil, fmt.Errorf("datasets: %w", err)
		}
		before := len(out)
		for _, e := range entries {
			kind := strings.ToLower(filepath.Ext(e.Name()))
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") &&
				slices.Contains([]string{".png", ".jpg", ".jpeg"}, kind) {
				out = append(out, picture{filepath.Join(dir, class, e.Name()), int32(label)})
			}
		}
		if len(out)-before < 2 {
			return nil, fmt.Errorf("datasets: %s has %d PNG or JPEG pictures, want two at least",
				filepath.Join(dir, class), len(out)-before)
		}
	}
	return out, nil
}

// readPictures returns [n, height, width, channels].
func readPictures(list []picture, o Options) ([]byte, error) {
	raw := make([]byte, 0, len(list)*o.Height*o.Width*o.Channels)
	for _, p := range list {
		info, err := os.Stat(p.path)
		if err != nil {
			return nil, fmt.Errorf("datasets: %w", err)
		}
		if info.Size() > inputLimit {
			return nil, fmt.Errorf("datasets: %s has %d bytes, want at most %d", p.path, info.Size(), inputLimit)
		}
		data, err := os.ReadFile(p.path)
		if err != nil {
			return nil, fmt.Errorf("datasets: %w", err)
		}
		one, err := decodePicture(data, o)
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %w", p.path, err)
		}
		raw = append(raw, one...)
	}
	return raw, nil
}

// decodePicture reads one PNG or JPEG file and resizes it.
func decodePicture(data []byte, o Options) ([]byte, error) {
	head, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a PNG or JPEG picture: %w", err)
	}
	if head.Width > sideLimit || head.Height > sideLimit || head.Width < 1 || head.Height < 1 {
		return nil, fmt.Errorf("%dx%d pixels, want 1 to %d a side", head.Width, head.Height, sideLimit)
	}
	if head.Width*head.Height > areaLimit {
		return nil, fmt.Errorf("%dx%d pixels, want at most %d in all", head.Width, head.Height, areaLimit)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a whole PNG or JPEG picture: %w", err)
	}
	return resize(img, o.Height, o.Width, o.Channels), nil
}

// moments returns mean and population standard deviation of value/255 per
// channel. A constant channel gets deviation 1.
func moments(raw []byte, channels int) (mean, std []float32) {
	sum, squares := make([]float64, channels), make([]float64, channels)
	for i, v := range raw {
		x := float64(v) / 255
		sum[i%channels] += x
		squares[i%channels] += x * x
	}
	n := float64(len(raw) / channels)
	for c := range channels {
		m := sum[c] / n
		s := math.Sqrt(max(squares[c]/n-m*m, 0))
		if s < 1e-6 { // less than any picture with two different values
			s = 1
		}
		mean, std = append(mean, float32(m)), append(std, float32(s))
	}
	return mean, std
}
