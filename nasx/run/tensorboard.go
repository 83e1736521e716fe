package run

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
)

// TensorBoard reads records of TensorFlow's Event message. A record is its
// length, a checksum of the length, the message and a checksum of the message.
// We need six fields of three messages:
//
//	Event    1 wall_time (double), 2 step (int64), 3 file_version (string), 5 summary
//	Summary  1 value (repeated)
//	Value    1 tag (string), 2 simple_value (float)

// Wire types of protocol buffers.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// crcMask is what the record format adds to a rotated checksum, so that data
// that contains checksums does not weaken them.
const crcMask = 0xa282ead8

// castagnoli is the polynomial of CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC returns the checksum of the record format.
func maskedCRC(data []byte) uint32 {
	sum := crc32.Checksum(data, castagnoli)
	return (sum>>15 | sum<<17) + crcMask
}

// writeRecord writes one message.
func writeRecord(w io.Writer, message []byte) error {
	record := binary.LittleEndian.AppendUint64(make([]byte, 0, len(message)+16), uint64(len(message)))
	record = binary.LittleEndian.AppendUint32(record, maskedCRC(record))
	record = append(record, message...)
	record = binary.LittleEndian.AppendUint32(record, maskedCRC(message))
	_, err := w.Write(record)
	return err
}

// appendTag begins a field.
func appendTag(b []byte, field, wire uint64) []byte {
	return binary.AppendUvarint(b, field<<3|wire)
}

// appendBytes adds a field of bytes, a text or a message.
func appendBytes(b []byte, field uint64, value []byte) []byte {
	b = binary.AppendUvarint(appendTag(b, field, wireBytes), uint64(len(value)))
	return append(b, value...)
}

// appendDouble adds a field of 64 bits.
func appendDouble(b []byte, field uint64, value float64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(b, field, wireFixed64), math.Float64bits(value))
}

// versionEvent is the first event of a file.
func versionEvent(wallTime float64) []byte {
	return appendBytes(appendDouble(nil, 1, wallTime), 3, []byte("brain.Event:2"))
}

// scalarEvent holds the scalars of one step, in the order of names. TensorBoard
// keeps them as float32.
func scalarEvent(wallTime float64, step int, names []string, values map[string]float64) []byte {
	var summary []byte
	for _, name := range names {
		value := appendTag(appendBytes(nil, 1, []byte(name)), 2, wireFixed32)
		value = binary.LittleEndian.AppendUint32(value, math.Float32bits(float32(values[name])))
		summary = appendBytes(summary, 1, value)
	}
	event := appendTag(appendDouble(nil, 1, wallTime), 2, wireVarint)
	event = binary.AppendUvarint(event, uint64(step))
	return appendBytes(event, 5, summary)
}
