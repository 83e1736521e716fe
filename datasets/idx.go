package datasets

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
)

// Heads of idx files: two zero bytes, 8 for unsigned bytes, and the number of
// dimensions, each of which follows as four bytes, the most significant first.
const (
	idxImages = 0x00000803
	idxLabels = 0x00000801
)

// parseIDX checks the head of an idx file and returns its dimensions and the
// bytes that follow them, exactly as many as the dimensions promise.
func parseIDX(data []byte, magic uint32) (dims []int, body []byte, err error) {
	count := int(magic & 0xff)
	head := 4 + 4*count
	if len(data) < head {
		return nil, nil, fmt.Errorf("%d bytes, want at least the %d of the head", len(data), head)
	}
	if got := binary.BigEndian.Uint32(data); got != magic {
		return nil, nil, fmt.Errorf("begins with %#08x, want %#08x", got, magic)
	}
	body = data[head:]
	want := uint64(1)
	for i := range count {
		d := binary.BigEndian.Uint32(data[4+4*i:])
		// The first dimension counts records; bounding all of them keeps
		// the product below 2^64.
		if d > 1<<20 {
			return nil, nil, fmt.Errorf("dimension %d is %d, want at most %d", i+1, d, 1<<20)
		}
		dims = append(dims, int(d))
		want *= uint64(d)
	}
	if uint64(len(body)) != want {
		return nil, nil, fmt.Errorf("%d bytes after the head, want %d for the dimensions %v", len(body), want, dims)
	}
	return dims, body, nil
}

// decodeIDX pairs the images of one idx file with the labels of another.
func (s *spec) decodeIDX(images, labels []byte) (raw []byte, classes []int32, err error) {
	dims, raw, err := parseIDX(images, idxImages)
	if err != nil {
		return nil, nil, fmt.Errorf("images: %w", err)
	}
	if dims[1] != s.height || dims[2] != s.width {
		return nil, nil, fmt.Errorf("images: %dx%d pixels, want %dx%d", dims[1], dims[2], s.height, s.width)
	}
	count, bytesOfLabels, err := parseIDX(labels, idxLabels)
	if err != nil {
		return nil, nil, fmt.Errorf("labels: %w", err)
	}
	if count[0] != dims[0] || dims[0] == 0 {
		return nil, nil, fmt.Errorf("%d images and %d labels, want as many of each, and one at least", dims[0], count[0])
	}
	classes = make([]int32, len(bytesOfLabels))
	for i, l := range bytesOfLabels {
		if int(l) >= len(s.classes) {
			return nil, nil, fmt.Errorf("label of image %d is %d, want 0 to %d", i, l, len(s.classes)-1)
		}
		classes[i] = int32(l)
	}
	return raw, classes, nil
}

// readIDXPart reads an images file and a labels file, each with or without gzip.
func readIDXPart(s *spec, dir string, p part) (bytesOf, error) {
	var contents [2][]byte
	exact := true
	for i, f := range p.files {
		got, err := readPublished(dir, f)
		if err != nil {
			return bytesOf{}, err
		}
		contents[i] = got.data
		exact = exact && got.exact
		if bytes.HasPrefix(got.data, []byte{0x1f, 0x8b}) {
			if contents[i], err = gunzip(got.data); err != nil {
				return bytesOf{}, fmt.Errorf("datasets: %s: %w", got.path, err)
			}
		}
	}
	raw, labels, err := s.decodeIDX(contents[0], contents[1])
	if err != nil {
		return bytesOf{}, fmt.Errorf("datasets: %s: %w", filepath.Join(dir, p.files[0].name), err)
	}
	return bytesOf{raw, labels, exact}, nil
}
