package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// idxFile builds an idx file from its definition.
func idxFile(magic uint32, body []byte, dims ...uint32) []byte {
	out := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, d)
	}
	return append(out, body...)
}

var tinyIDX = &spec{
	name: "tiny", title: "Tiny", folder: "tiny", read: readIDXPart,
	height: 2, width: 3, channels: 1, classes: []string{"a", "b"},
	mean: []float32{0.5}, std: []float32{0.25},
	train: part{2, []remote{{name: trainImages}, {name: trainLabels}}},
	test:  part{2, []remote{{name: testImages}, {name: testLabels}}},
}

func TestIDX(t *testing.T) {
	pixels := []byte{0, 1, 2, 3, 4, 255}
	images, labels := idxFile(idxImages, pixels, 1, 2, 3), idxFile(idxLabels, []byte{1}, 1)
	raw, classes, err := tinyIDX.decodeIDX(images, labels)
	if err != nil || !bytes.Equal(raw, pixels) || !slices.Equal(classes, []int32{1}) {
		t.Errorf("got %v, %v, error %v; want %v, [1]", raw, classes, err, pixels)
	}
	for _, tc := range []struct {
		name           string
		images, labels []byte
		says           string
	}{
		{"a cut head", images[:9], labels, "of the head"},
		{"a cut body", images[:len(images)-1], labels, "want 6"},
		{"a long body", append(bytes.Clone(images), 0), labels, "want 6"},
		{"labels in place of images", labels, labels, "head"},
		{"images in place of labels", images, images, "0x00000801"},
		{"another size", idxFile(idxImages, pixels, 1, 3, 2), labels, "want 2x3"},
		{"a label beyond the classes", images, idxFile(idxLabels, []byte{2}, 1), "want 0 to 1"},
		{"more labels than images", images, idxFile(idxLabels, []byte{1, 1}, 2), "as many"},
		{"huge dimensions", idxFile(idxImages, pixels, 1<<31, 1<<31, 1<<31), labels, "at most"},
		{"no image", idxFile(idxImages, nil, 0, 2, 3), idxFile(idxLabels, nil, 0), "one at least"},
	} {
		if _, _, err := tinyIDX.decodeIDX(tc.images, tc.labels); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.says)
		}
	}
}

var tinyCIFAR = &spec{height: 1, width: 2, channels: 3, labelBytes: 2, classes: []string{"a", "b"}}

// TestCIFAR holds that planes become channels and that the second label counts.
func TestCIFAR(t *testing.T) {
	data := []byte{9, 1, 10, 11, 20, 21, 30, 31, 7, 0, 12, 13, 22, 23, 32, 33}
	raw, labels, err := tinyCIFAR.decodeCIFAR(data)
	want := []byte{10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33}
	if err != nil || !bytes.Equal(raw, want) || !slices.Equal(labels, []int32{1, 0}) {
		t.Errorf("got %v, %v, error %v; want %v, [1 0]", raw, labels, err, want)
	}
	data[1] = 2
	for name, bad := range map[string][]byte{"truncated": data[:15], "empty": nil, "label 2 of 2 classes": data} {
		if _, _, err := tinyCIFAR.decodeCIFAR(bad); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// TestEveryChannelHasItsOwnScale works (byte/255 − mean)/std out by hand.
func TestEveryChannelHasItsOwnScale(t *testing.T) {
	got := standardise([]byte{0, 255, 0, 255}, 255, []float32{0.5, 0.25}, []float32{0.5, 0.25})
	if want := []float32{-1, 3, -1, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// writeTiny writes the four files of tinyIDX with so many images.
func writeTiny(t *testing.T, dir string, train, test uint32) {
	t.Helper()
	images := func(n uint32) []byte {
		return gzipped(t, idxFile(idxImages, bytes.Repeat([]byte{255, 0, 255}, int(2*n)), n, 2, 3))
	}
	labels := func(n uint32) []byte { return gzipped(t, idxFile(idxLabels, make([]byte, n), n)) }
	for name, data := range map[string][]byte{
		trainImages: images(train), trainLabels: labels(train), testImages: images(test), testLabels: labels(test),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLocalCopies goes from files in a folder to a set and its note.
func TestLocalCopies(t *testing.T) {
	for _, tc := range []struct {
		train, test uint32
		note        string
	}{{2, 2, NoteUnverified}, {1, 2, NotePartial}, {2, 1, NotePartial}} {
		dir := t.TempDir()
		writeTiny(t, dir, tc.train, tc.test)
		set, err := tinyIDX.load(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if set.Note != tc.note || set.Label() != "tiny ("+tc.note+")" || set.Train.Len() != int(tc.train) {
			t.Errorf("%d and %d images: got %q, %d", tc.train, tc.test, set.Label(), set.Train.Len())
		}
		if got := set.Test.Pixels[:2]; got[0] != 2 || got[1] != -2 { // (1 − ½)/¼ and (0 − ½)/¼
			t.Errorf("got pixels %v, want [2 -2]", got)
		}
	}
}

// TestAlteredFilesNeedALocalFolder: the cache holds published files only.
func TestAlteredFilesNeedALocalFolder(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "data", "tiny")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	writeTiny(t, dir, 2, 2)
	t.Setenv("NASX_DATA", "")
	t.Setenv("NASX_CACHE", base)
	if _, err := tinyIDX.load(Options{}); err == nil || !strings.Contains(err.Error(), "differ from the published") {
		t.Errorf("altered files in the cache: got error %v, want a refusal", err)
	}
	t.Setenv("NASX_DATA", filepath.Join(base, "data"))
	if _, err := tinyIDX.load(Options{}); err != nil {
		t.Errorf("altered files in NASX_DATA: got error %v, want none", err)
	}
	path := filepath.Join(dir, trainImages)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tinyIDX.load(Options{}); err == nil || !strings.Contains(err.Error(), "ends in the middle") ||
		!strings.Contains(err.Error(), trainImages) {
		t.Errorf("truncated file: got error %v, want one that names it", err)
	}
}

func TestMissingAndUnknown(t *testing.T) {
	t.Setenv("NASX_DATA", t.TempDir())
	t.Setenv("NASX_CACHE", t.TempDir())
	for _, name := range Names()[1:] {
		_, err := Load(name, Options{})
		if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "nasx data get "+name) {
			t.Errorf("%s: got error %v, want ErrMissing and the command that helps", name, err)
		}
	}
	if _, err := Load("minst", Options{}); err == nil || !strings.Contains(err.Error(), "fashion-mnist") {
		t.Errorf("got error %v, want one that lists the names", err)
	}
	entries := List(Options{})
	if len(entries) != 5 || entries[0].State != StateBuiltIn || entries[4].State != StateMissing {
		t.Errorf("got %+v, want five entries, digits built in and the others missing", entries)
	}
}

func TestDigitsReaderRefuses(t *testing.T) {
	good := strings.Repeat("16,", 64) + "9\n"
	if raw, labels, err := readDigits(strings.NewReader(good)); err != nil || raw[63] != 16 || labels[0] != 9 {
		t.Fatalf("got %v, %v, %v", raw, labels, err)
	}
	for name, bad := range map[string]string{
		"17 of 16":         strings.Replace(good, "16", "17", 1),
		"label 10":         strings.Replace(good, ",9", ",10", 1),
		"a word":           strings.Replace(good, "16", "x", 1),
		"a value missing":  strings.Replace(good, "16,", "", 1),
		"too long a file":  strings.Repeat(good, 6000),
		"no end of a line": strings.Repeat("1", 1<<17),
	} {
		if _, _, err := readDigits(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// The fuzz tests hold that any bytes give an error or images that fit their
// labels, within the classes.

func checkImages(t *testing.T, raw []byte, labels []int32, size, classes int, err error) {
	t.Helper()
	if err != nil {
		return
	}
	if len(raw) != size*len(labels) {
		t.Errorf("got %d bytes for %d images of %d", len(raw), len(labels), size)
	}
	for _, l := range labels {
		if l < 0 || int(l) >= classes {
			t.Errorf("got label %d of %d classes", l, classes)
		}
	}
}

func FuzzIDX(f *testing.F) {
	f.Add(idxFile(idxImages, make([]byte, 6), 1, 2, 3), idxFile(idxLabels, []byte{1}, 1))
	f.Add([]byte{0, 0, 8, 3, 255, 255, 255, 255}, []byte{})
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		raw, classes, err := tinyIDX.decodeIDX(images, labels)
		checkImages(t, raw, classes, 6, 2, err)
	})
}

func FuzzCIFAR(f *testing.F) {
	f.Add([]byte{9, 1, 10, 11, 20, 21, 30, 31})
	f.Fuzz(func(t *testing.T, data []byte) {
		raw, labels, err := tinyCIFAR.decodeCIFAR(data)
		checkImages(t, raw, labels, 6, 2, err)
	})
}

func FuzzDigits(f *testing.F) {
	f.Add([]byte(strings.Repeat("16,", 64) + "9\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		raw, labels, err := readDigits(io.Reader(bytes.NewReader(data)))
		checkImages(t, raw, labels, 64, 10, err)
	})
}

func FuzzGunzip(f *testing.F) {
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = gunzip(data) })
}

func FuzzPicture(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := decodePicture(data, Options{Height: 4, Width: 4, Channels: 3})
		if err == nil && len(out) != 48 {
			t.Errorf("got %d values, want 48", len(out))
		}
	})
}
