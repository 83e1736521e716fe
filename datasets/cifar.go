package datasets

import (
	"errors"
	"fmt"
	"io/fs"
)

// decodeCIFAR reads records of one or two labels, of which the last counts,
// and three planes of red, green and blue, rows first. How many there are
// follows from the length.
//
//	raw [n, height, width, 3]
func (s *spec) decodeCIFAR(data []byte) (raw []byte, labels []int32, err error) {
	plane := s.height * s.width
	record := s.labelBytes + plane*s.channels
	if len(data) == 0 || len(data)%record != 0 {
		return nil, nil, fmt.Errorf("%d bytes, want a multiple of the %d of a record", len(data), record)
	}
	n := len(data) / record
	raw = make([]byte, 0, n*plane*s.channels)
	labels = make([]int32, 0, n)
	for i := range n {
		r := data[i*record : (i+1)*record]
		label := r[s.labelBytes-1]
		if int(label) >= len(s.classes) {
			return nil, nil, fmt.Errorf("label of record %d is %d, want 0 to %d", i, label, len(s.classes)-1)
		}
		labels = append(labels, int32(label))
		planes := r[s.labelBytes:]
		for p := range plane {
			for c := range s.channels {
				raw = append(raw, planes[c*plane+p])
			}
		}
	}
	return raw, labels, nil
}

// readCIFARPart reads the batches of one part. All but the first may be absent.
func readCIFARPart(s *spec, dir string, p part) (bytesOf, error) {
	all := bytesOf{exact: true}
	for i, f := range p.files {
		got, err := readPublished(dir, f)
		if i > 0 && errors.Is(err, fs.ErrNotExist) {
			all.exact = false
			continue
		}
		if err != nil {
			return bytesOf{}, err
		}
		raw, labels, err := s.decodeCIFAR(got.data)
		if err != nil {
			return bytesOf{}, fmt.Errorf("datasets: %s: %w", got.path, err)
		}
		all.raw = append(all.raw, raw...)
		all.labels = append(all.labels, labels...)
		all.exact = all.exact && got.exact
	}
	return all, nil
}
