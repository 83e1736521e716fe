package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the digits are part of the program
	"fmt"
	"io"
	"strconv"
)

const (
	digitsName    = "digits"
	digitsSide    = 8    // pixels
	digitsTop     = 16   // the largest pixel value: 16 of 16 dots were black
	digitsClasses = 10   // 0 to 9
	digitsTrain   = 1300 // the rest of the 1,797 are the test images
	digitsHeldOut = 300  // of the 1,300

	// Mean and population standard deviation of pixel/16 over the first
	// 1,300 images, from the exact integer sums 407,125 and 4,995,899 (of
	// the squares) over 83,200 pixels.
	digitsMean = 0.3058330829326923
	digitsStd  = 0.3755318680252247

	csvLimit = 1 << 20 // bytes of an unpacked file of digits; the one we ship has 264,712
)

//go:embed digits/digits.csv.gz
var digitsFile []byte

// loadDigits reads the digits that are part of the program: the first 1,300 as
// shipped are for training, the last 497 for the test.
func loadDigits() (*Set, error) {
	z, err := gzip.NewReader(bytes.NewReader(digitsFile))
	if err != nil {
		return nil, fmt.Errorf("datasets: digits.csv.gz: %w", err)
	}
	raw, labels, err := readDigits(z)
	if err != nil {
		return nil, fmt.Errorf("datasets: digits.csv.gz: %w", err)
	}
	if len(labels) <= digitsTrain {
		return nil, fmt.Errorf("datasets: digits.csv.gz: got %d images, want more than %d", len(labels), digitsTrain)
	}
	mean, std := []float32{digitsMean}, []float32{digitsStd}
	all := Images{
		Pixels: standardise(raw, digitsTop, mean, std), Labels: labels,
		Height: digitsSide, Width: digitsSide, Channels: 1, Classes: digitsClasses, ClassNames: digitNames(),
	}
	test := all
	test.Pixels, test.Labels = all.Pixels[digitsTrain*all.Size():], all.Labels[digitsTrain:]
	return &Set{
		Name:    digitsName,
		Source:  "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI, 1998; file of scikit-learn",
		License: "file distributed with scikit-learn under BSD-3-Clause; data of the UCI repository, see digits/README.md",
		Train:   all.head(digitsTrain), Test: test,
		Mean: mean, Std: std, Validation: digitsHeldOut,
	}, nil
}

// readDigits reads lines of 64 pixels from 0 to 16 and a label from 0 to 9,
// separated by commas.
//
//	raw    [n, 8, 8], from 0 to 16
//	labels [n]
func readDigits(r io.Reader) (raw []byte, labels []int32, err error) {
	limited := &io.LimitedReader{R: r, N: csvLimit + 1}
	lines := bufio.NewScanner(limited)
	for n := 1; lines.Scan(); n++ {
		fields := bytes.Split(lines.Bytes(), []byte(","))
		if len(fields) != digitsSide*digitsSide+1 {
			return nil, nil, fmt.Errorf("line %d: got %d values, want %d pixels and a label",
				n, len(fields), digitsSide*digitsSide)
		}
		for i, field := range fields {
			top := uint64(digitsTop)
			if i == len(fields)-1 {
				top = digitsClasses - 1
			}
			v, err := strconv.ParseUint(string(field), 10, 8)
			if err != nil || v > top {
				return nil, nil, fmt.Errorf("line %d, value %d: got %.20q, want a whole number from 0 to %d",
					n, i+1, field, top)
			}
			if i == len(fields)-1 {
				labels = append(labels, int32(v))
			} else {
				raw = append(raw, byte(v))
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("after line %d: %w", len(labels), err)
	}
	if limited.N <= 0 {
		return nil, nil, fmt.Errorf("more than %d bytes", csvLimit)
	}
	return raw, labels, nil
}
