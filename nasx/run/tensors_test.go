package run_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
)

// file puts a header and data into the safetensors frame by hand.
func file(header, data string) []byte {
	raw := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(raw, header...), data...)
}

func TestTensorsComeBack(t *testing.T) {
	want := map[string]search.Tensor{
		"odd/float32": search.Float32Tensor([]float32{1, -0.5, math.MaxFloat32}, 3, 1),
		"wide":        search.Float64Tensor([]float64{math.Pi, math.Inf(-1)}, 2),
		"number":      {DType: search.I64, Shape: []int{}, Data: []byte{1, 0, 0, 0, 0, 0, 0, 0x80}},
		"nothing":     {DType: search.F32, Shape: []int{0, 5}, Data: []byte{}},
		`"quoted" →`:  search.Int64Tensor([]int64{7}),
	}
	raw, err := run.EncodeTensors(want)
	must(t, err)
	got, err := run.DecodeTensors(raw)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again, err := run.EncodeTensors(got)
	must(t, err)
	if diff := cmp.Diff(raw, again); diff != "" {
		t.Error(diff)
	}
	if none, err := run.DecodeTensors(file("{}", "")); err != nil || len(none) != 0 {
		t.Errorf("no tensors: %v, %v", none, err)
	}
}

// The bytes were written by hand after the published description of the format.
func TestTensorsByHand(t *testing.T) {
	header := `{"__metadata__":{"by":"hand"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},` +
		`"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}   `
	got, err := run.DecodeTensors(file(header, "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\xc0"))
	must(t, err)
	a, err := got["a"].Int64s()
	must(t, err)
	b, err := got["b"].Float32s()
	must(t, err)
	if len(got) != 2 || a[0] != 2 || b[0] != 1 || b[1] != -2 {
		t.Errorf("got %v", got)
	}
}

func TestTensorDataIsAligned(t *testing.T) {
	raw, err := run.EncodeTensors(map[string]search.Tensor{
		"a": search.Float32Tensor([]float32{1, 2, 3}), "b": search.Float64Tensor([]float64{4}),
	})
	must(t, err)
	length := binary.LittleEndian.Uint64(raw)
	if length%8 != 0 {
		t.Errorf("header of %d bytes, want a multiple of 8", length)
	}
	if got := math.Float64frombits(binary.LittleEndian.Uint64(raw[8+length:])); got != 4 {
		t.Errorf("the data begin with %v, want the float64", got)
	}
}

func TestBrokenTensorsAreRefused(t *testing.T) {
	entry := func(dtype, shape, offsets string) string {
		return `"x":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + offsets + `}`
	}
	for name, tc := range map[string]struct {
		raw  []byte
		want string
	}{
		"empty":        {nil, "want at least 8"},
		"huge header":  {[]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"), "header of"},
		"cut header":   {file("{}", "")[:9], "header of"},
		"no JSON":      {file("{x", ""), "header"},
		"null":         {file("null", ""), "one JSON object"},
		"two objects":  {file("{}{}", ""), "one JSON object"},
		"another type": {file("{"+entry("BF16", "[1]", "[0,2]")+"}", "xx"), `type "BF16"`},
		"wrong size":   {file("{"+entry("F32", "[2]", "[0,4]")+"}", "xxxx"), "want 8"},
		"negative":     {file("{"+entry("F32", "[-1,-1]", "[0,4]")+"}", "xxxx"), "shape"},
		"overflow":     {file("{"+entry("F32", "[4294967296,4294967296]", "[0,0]")+"}", ""), "overflow"},
		"one offset":   {file("{"+entry("F32", "[1]", "[0]")+"}", "xxxx"), "a begin and an end"},
		"backwards":    {file("{"+entry("F32", "[0]", "[4,0]")+"}", "xxxx"), "a begin and an end"},
		"gap":          {file("{"+entry("F32", "[1]", "[4,8]")+"}", "xxxxxxxx"), "begin of 0"},
		"past the end": {file("{"+entry("F32", "[1]", "[0,4]")+"}", "xxx"), "at most 3"},
		"left over":    {file("{"+entry("F32", "[1]", "[0,4]")+"}", "xxxxx"), "5 bytes of data, want 4"},
		"overlap": {
			file(`{`+entry("F32", "[1]", "[0,4]")+`,"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, "xxxxxx"),
			"begin of 4",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := run.DecodeTensors(tc.raw)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, %v, want an error with %q", got, err, tc.want)
			}
		})
	}
	for name, tensor := range map[string]search.Tensor{
		"__metadata__": search.Int64Tensor([]int64{1}),
		"\xff":         search.Int64Tensor([]int64{1}),
		"short":        {DType: search.F64, Shape: []int{2}, Data: make([]byte, 8)},
		"type":         {DType: "F16", Shape: []int{2}, Data: make([]byte, 4)},
	} {
		if _, err := run.EncodeTensors(map[string]search.Tensor{name: tensor}); err == nil {
			t.Errorf("tensor %q was written", name)
		}
	}
}
