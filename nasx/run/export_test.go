package run_test

import (
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"math"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"naslab.dev/nasx/run"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/space"
)

func TestJSONLinesAreTheTracesInOrder(t *testing.T) {
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 3, 12, 0)
	defer w.Close()
	lines := strings.Split(strings.TrimSuffix(export(t, w.Reader, run.FormatJSONL), "\n"), "\n")
	want := traces(t, 3, 12)
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		var got search.Trace
		must(t, json.Unmarshal([]byte(line), &got))
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("line %d (-want +got):\n%s", i+1, diff)
		}
		if !strings.HasPrefix(line, `{"step":`+strconv.Itoa(i+1)+`,"phase":"search","arch":[`) {
			t.Errorf("line %d begins %.60s", i+1, line)
		}
	}
}

func TestCSVLeavesMissingScalarsEmpty(t *testing.T) {
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 3, 11, 0)
	defer w.Close()
	rows, err := csv.NewReader(strings.NewReader(export(t, w.Reader, run.FormatCSV))).ReadAll()
	must(t, err)
	if diff := cmp.Diff([]string{"step", "phase", "arch_rate", "child_argmax", "loss"}, rows[0]); diff != "" {
		t.Error(diff)
	}
	want := traces(t, 3, 11)
	for i, trace := range want {
		row := rows[i+1]
		loss, err := strconv.ParseFloat(row[4], 64)
		must(t, err)
		if row[0] != strconv.Itoa(i+1) || row[1] != "search" || loss != trace.Scalars[search.ScalarLoss] ||
			(row[3] == "") != (i != 9) {
			t.Errorf("row %d is %q", i+1, row)
		}
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 3, 1, 0)
	defer w.Close()
	if err := w.Export(nil, "xml"); err == nil || !strings.Contains(err.Error(), "want one of jsonl, csv, tensorboard") {
		t.Errorf("got %v", err)
	}
}

// slowCRC is CRC-32C by its definition, bit by bit.
func slowCRC(data []byte) uint32 {
	sum := ^uint32(0)
	for _, b := range data {
		sum ^= uint32(b)
		for range 8 {
			sum = sum>>1 ^ 0x82f63b78*(sum&1)
		}
	}
	return ^sum
}

// unmask undoes the masking of the record format.
func unmask(masked uint32) uint32 {
	rotated := masked - 0xa282ead8
	return rotated>>17 | rotated<<15
}

// fields parses one protocol buffer message into its fields by number.
func fields(t *testing.T, message []byte) map[uint64][][]byte {
	t.Helper()
	all := map[uint64][][]byte{}
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			t.Fatalf("bad tag in %x", message)
		}
		message = message[n:]
		size := 0
		switch tag & 7 {
		case 0:
			_, size = binary.Uvarint(message)
		case 1:
			size = 8
		case 5:
			size = 4
		case 2:
			length, n := binary.Uvarint(message)
			message, size = message[n:], int(length)
		default:
			t.Fatalf("wire type %d", tag&7)
		}
		all[tag>>3] = append(all[tag>>3], message[:size])
		message = message[size:]
	}
	return all
}

// records splits an event file and checks both checksums of every record.
func records(t *testing.T, raw []byte) (messages [][]byte) {
	t.Helper()
	for len(raw) > 0 {
		length := binary.LittleEndian.Uint64(raw)
		if got := unmask(binary.LittleEndian.Uint32(raw[8:])); got != slowCRC(raw[:8]) {
			t.Fatalf("record %d: checksum of its length is %x", len(messages), got)
		}
		message := raw[12 : 12+length]
		if got := unmask(binary.LittleEndian.Uint32(raw[12+length:])); got != slowCRC(message) {
			t.Fatalf("record %d: checksum is %x", len(messages), got)
		}
		messages = append(messages, message)
		raw = raw[16+length:]
	}
	return messages
}

func TestTensorBoardFileIsReadBack(t *testing.T) {
	if got := slowCRC([]byte("123456789")); got != 0xe3069283 {
		t.Fatalf("the test's checksum of 123456789 is %x, want the published e3069283", got)
	}
	w, _ := start(t, filepath.Join(t.TempDir(), "r"), 3, 20, 0)
	defer w.Close()
	messages := records(t, []byte(export(t, w.Reader, run.FormatTensorBoard)))
	if got := string(fields(t, messages[0])[3][0]); got != "brain.Event:2" {
		t.Errorf("version %q", got)
	}
	want := traces(t, 3, 20)
	if len(messages) != 21 {
		t.Fatalf("%d events, want 21", len(messages))
	}
	previous := 0.0
	for i, message := range messages[1:] {
		event := fields(t, message)
		step, _ := binary.Uvarint(event[2][0])
		wall := math.Float64frombits(binary.LittleEndian.Uint64(event[1][0]))
		if step != uint64(i+1) || wall < previous || math.Abs(wall-float64(w.Meta().Created.Unix())) > 60 {
			t.Errorf("event %d: step %d, time %v", i, step, wall)
		}
		previous = wall
		got := map[string]float32{}
		for _, value := range fields(t, event[5][0])[1] {
			parts := fields(t, value)
			got[string(parts[1][0])] = math.Float32frombits(binary.LittleEndian.Uint32(parts[2][0]))
		}
		scalars := map[string]float32{}
		for name, v := range want[i].Scalars {
			scalars[name] = float32(v)
		}
		if diff := cmp.Diff(scalars, got); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestEveryMatrixIsChecked holds the checks to the contract: a NaN in any
// matrix or list of numbers of a trace must be refused.
func TestEveryMatrixIsChecked(t *testing.T) {
	kind := reflect.TypeFor[search.Trace]()
	for i := range kind.NumField() {
		field := kind.Field(i)
		trace := search.Trace{Step: 1}
		switch into := reflect.ValueOf(&trace).Elem().Field(i).Addr().Interface().(type) {
		case *[][]float64:
			*into = [][]float64{{0, 1}, {math.Inf(1), 0}, {0, 0}, {0, 0}}
		case *[]float64:
			*into = []float64{0, math.NaN(), 0, 0}
		case *map[string]float64:
			*into = map[string]float64{"loss": math.NaN()}
		default:
			continue
		}
		t.Run(field.Name, func(t *testing.T) {
			w, err := run.Create(filepath.Join(t.TempDir(), "r"), newWalk(1).Describe())
			must(t, err)
			defer w.Close()
			_, err = w.Step(fixed{trace})
			if err == nil || !strings.Contains(err.Error(), "is not finite") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// fixed is a searcher that always returns the same trace.
type fixed struct{ trace search.Trace }

func (f fixed) Step() (search.Trace, error) { return f.trace, nil }
func (f fixed) Best() (space.Arch, error)   { return nil, nil }

func TestTracesMustFitTheDecisions(t *testing.T) {
	for name, trace := range map[string]search.Trace{
		"another step":     {Step: 2},
		"five rows":        {Step: 1, Probs: [][]float64{{1}, {1}, {1}, {1}, {1}}},
		"three choices":    {Step: 1, Probs: [][]float64{{1, 0, 0}, {1}, {1}, {1}}},
		"a choice too far": {Step: 1, Arch: []int{0, 2, 0, 0}},
		"too much credit":  {Step: 1, Credit: []float64{1, 1, 1, 1, 1}},
		"a torn formula":   {Step: 1, Formula: "x = (", Grad: [][]float64{{1}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := run.Create(filepath.Join(t.TempDir(), "r"), newWalk(1).Describe())
			must(t, err)
			defer w.Close()
			if _, err := w.Step(fixed{trace}); err == nil || w.Finished() != 0 {
				t.Errorf("the trace was stored: %v", err)
			}
		})
	}
}
