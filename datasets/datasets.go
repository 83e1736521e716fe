package datasets

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Notes that a set carries when it is not the published one; see [Set.Note].
const (
	NotePartial    = "partial copy" // fewer images than were published
	NoteUnverified = "unverified"   // complete, but not byte for byte what was published
)

// ErrMissing is wrapped by the error of [Load] when a set is known but not on
// this machine. [Get] fetches it.
var ErrMissing = errors.New("not on this machine")

// Images are pictures of one size with one label each.
type Images struct {
	Pixels     []float32 // [n, Height, Width, Channels], standardised
	Labels     []int32   // [n], from 0 to Classes−1
	Height     int       // rows
	Width      int       // columns
	Channels   int       // 1 for grey, 3 for red, green, blue
	Classes    int       // number of classes of the set, also those without an image here
	ClassNames []string  // [Classes], as published
}

// Len returns the number of images.
func (im Images) Len() int { return len(im.Labels) }

// Size returns the numbers that one image takes in Pixels.
func (im Images) Size() int { return im.Height * im.Width * im.Channels }

// head returns the first n images, or all where there are fewer. It shares
// their memory.
func (im Images) head(n int) Images {
	if n < im.Len() {
		im.Pixels, im.Labels = im.Pixels[:n*im.Size()], im.Labels[:n]
	}
	return im
}

// Set is a data set with its published division into training and test images.
type Set struct {
	Name    string // as in [Names], or the folder's path
	Note    string // NotePartial, NoteUnverified or ""
	Source  string // who made it and where this copy comes from
	License string // as far as it can be established
	Train   Images
	Test    Images

	// Mean and Std are what the pixels were standardised with, [Channels],
	// for values from 0 (black) to 1.
	Mean, Std []float32

	// Validation is how many of the training images a [Loader] holds out
	// unless told otherwise; 0 stands for a tenth, at most 5,000.
	Validation int
}

// Label returns the set's name, with its note where there is one, for example
// "cifar10 (partial copy)". Every summary of a run shows it.
func (s *Set) Label() string {
	if s.Note == "" {
		return s.Name
	}
	return s.Name + " (" + s.Note + ")"
}

// Options say where [Load] looks and how it treats one's own pictures. The
// zero value is right for the named sets.
type Options struct {
	// Dir is the only folder looked in when it is not empty; otherwise
	// $NASX_DATA and then the cache are.
	Dir string

	// Height, Width and Channels are the size that a folder of one's own
	// pictures is brought to; 0 stands for 32, 32 and 3.
	Height, Width, Channels int
}

// Names returns the sets that [Load] knows by name, the smallest first.
func Names() []string {
	names := []string{digitsName}
	for _, s := range catalog {
		names = append(names, s.name)
	}
	return names
}

// Load reads a set by its name, or, where the name has a slash in it, a folder
// of class folders as [LoadFolder] does.
//
// Files that differ from the published ones are taken from Options.Dir and
// $NASX_DATA only, and then [Set.Note] says so. The error wraps [ErrMissing]
// when the set is known but not on this machine.
func Load(name string, o Options) (*Set, error) {
	switch {
	case name == digitsName:
		return loadDigits()
	case strings.ContainsAny(name, `/\`):
		return LoadFolder(name, o)
	}
	i := slices.IndexFunc(catalog, func(s spec) bool { return s.name == name })
	if i < 0 {
		return nil, unknown(name)
	}
	return catalog[i].load(o)
}

func unknown(name string) error {
	return fmt.Errorf("datasets: unknown data set %q; known are %s, and folders with a slash in their name (./%s)",
		name, strings.Join(Names(), ", "), name)
}

// standardise turns bytes from 0 to top into (byte/top − mean)/std.
//
//	raw     [n, channels], channels last
//	returns [n, channels]
func standardise(raw []byte, top float32, mean, std []float32) []float32 {
	table := make([][256]float32, len(mean))
	for c := range mean {
		for v := range table[c] {
			table[c][v] = (float32(v)/top - mean[c]) / std[c]
		}
	}
	out := make([]float32, len(raw))
	for i, v := range raw {
		out[i] = table[i%len(mean)][v]
	}
	return out
}
