package run

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"naslab.dev/nasx/search"
)

// Limits of a safetensors file, in bytes.
const (
	maxTensorHeader = 16 << 20
	maxTensors      = 4 << 30
)

// metadataKey is the one name that the format reserves.
const metadataKey = "__metadata__"

// widths are the bytes per element of the types we use.
var widths = map[string]int{search.F32: 4, search.F64: 8, search.I64: 8}

// tensorEntry describes one tensor in the header of a safetensors file.
type tensorEntry struct {
	DType   string  `json:"dtype"`
	Shape   []int64 `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // begin and end, from the end of the header
}

// EncodeTensors returns the tensors as a safetensors file: eight bytes of
// header length, a JSON header padded with spaces to a multiple of eight, and
// the data, widest elements first so that each tensor is aligned to its
// elements. Equal tensors give equal bytes.
func EncodeTensors(tensors map[string]search.Tensor) ([]byte, error) {
	names := slices.SortedFunc(maps.Keys(tensors), func(a, b string) int {
		return cmp.Or(cmp.Compare(widths[tensors[b].DType], widths[tensors[a].DType]), cmp.Compare(a, b))
	})
	header := make(map[string]tensorEntry, len(names))
	offset := int64(0)
	for _, name := range names {
		t := tensors[name]
		if name == metadataKey || !utf8.ValidString(name) {
			return nil, fmt.Errorf("run: tensor %q: the name is reserved or not UTF-8", name)
		}
		entry := tensorEntry{DType: t.DType, Shape: []int64{}, Offsets: []int64{offset, offset + int64(len(t.Data))}}
		for _, dim := range t.Shape {
			entry.Shape = append(entry.Shape, int64(dim))
		}
		if err := entry.check(); err != nil {
			return nil, fmt.Errorf("run: tensor %q: %w", name, err)
		}
		header[name] = entry
		offset = entry.Offsets[1]
	}
	head, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("run: tensors: %w", err)
	}
	head = append(head, bytes.Repeat([]byte{' '}, (8-len(head)%8)%8)...)
	if len(head) > maxTensorHeader || offset > maxTensors {
		return nil, fmt.Errorf("run: tensors have a header of %d and data of %d bytes, want at most %d and %d",
			len(head), offset, maxTensorHeader, int64(maxTensors))
	}
	out := make([]byte, 0, 8+len(head)+int(offset))
	out = binary.LittleEndian.AppendUint64(out, uint64(len(head)))
	out = append(out, head...)
	for _, name := range names {
		out = append(out, tensors[name].Data...)
	}
	return out, nil
}

// check holds type, shape and offsets to each other.
func (e tensorEntry) check() error {
	width, ok := widths[e.DType]
	if !ok {
		return fmt.Errorf("type %q, want F32, F64 or I64", e.DType)
	}
	if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] {
		return fmt.Errorf("data_offsets %v, want a begin and an end", e.Offsets)
	}
	size := int64(width)
	for _, dim := range e.Shape {
		if dim < 0 || dim > 0 && size > math.MaxInt64/dim {
			return fmt.Errorf("shape %v, want dimensions that are not negative and do not overflow", e.Shape)
		}
		size *= dim
	}
	if got := e.Offsets[1] - e.Offsets[0]; got != size {
		return fmt.Errorf("%d bytes of data, want %d for shape %v of %s", got, size, e.Shape, e.DType)
	}
	return nil
}

// DecodeTensors reads a safetensors file that holds F32, F64 and I64 tensors.
// Their data must fill the file without gap or overlap. The tensors share the
// memory of file.
func DecodeTensors(file []byte) (map[string]search.Tensor, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("run: tensors: file of %d bytes, want at least 8", len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	if length > maxTensorHeader || length > uint64(len(file)-8) {
		return nil, fmt.Errorf("run: tensors: header of %d bytes in a file of %d, want at most %d",
			length, len(file), maxTensorHeader)
	}
	header, err := decodeHeader(file[8 : 8+length])
	if err != nil {
		return nil, err
	}
	data := file[8+length:]
	names := slices.SortedFunc(maps.Keys(header), func(a, b string) int {
		return cmp.Or(slices.Compare(header[a].Offsets, header[b].Offsets), cmp.Compare(a, b))
	})
	tensors := make(map[string]search.Tensor, len(names))
	end := int64(0)
	for _, name := range names {
		entry := header[name]
		if entry.Offsets[0] != end || entry.Offsets[1] > int64(len(data)) {
			return nil, fmt.Errorf("run: tensor %q: data_offsets %v, want a begin of %d and an end of at most %d",
				name, entry.Offsets, end, len(data))
		}
		end = entry.Offsets[1]
		shape := make([]int, len(entry.Shape))
		for i, dim := range entry.Shape {
			shape[i] = int(dim)
		}
		bytes := data[entry.Offsets[0]:end:end]
		tensors[name] = search.Tensor{DType: entry.DType, Shape: shape, Data: bytes}
	}
	if end != int64(len(data)) {
		return nil, fmt.Errorf("run: tensors: %d bytes of data, want %d as the header says", len(data), end)
	}
	return tensors, nil
}

// decodeHeader reads the JSON of a safetensors file, checks every entry and
// drops the metadata.
func decodeHeader(head []byte) (map[string]tensorEntry, error) {
	dec := json.NewDecoder(bytes.NewReader(head))
	var raw map[string]json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return nil, fmt.Errorf("run: tensors: header: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF || raw == nil {
		return nil, fmt.Errorf("run: tensors: header of %d bytes, want one JSON object and spaces", len(head))
	}
	delete(raw, metadataKey)
	header := make(map[string]tensorEntry, len(raw))
	for name, text := range raw {
		var entry tensorEntry
		err := json.Unmarshal(text, &entry)
		if err == nil {
			err = entry.check()
		}
		if err != nil {
			return nil, fmt.Errorf("run: tensor %q: %w", name, err)
		}
		header[name] = entry
	}
	return header, nil
}
