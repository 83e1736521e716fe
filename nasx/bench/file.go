package bench

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A table's file, all numbers little-endian:
//
//	8 bytes    magic, the last of them the version
//	uint32     length of the header
//	header     JSON, see fileHeader
//	int32 …    the columns, one after the other
//	32 bytes   SHA-256 of all before it
const (
	magic      = "nasxtab\x01"
	fileLimit  = 20 << 20 // bytes of a file
	headLimit  = 64 << 10 // bytes of a header
	maxColumns = 64
	extension  = ".nasxtab"
)

// ErrMissing is wrapped by the error for a table that is not on this machine.
var ErrMissing = errors.New("not on this machine")

// fileHeader says what follows it.
type fileHeader struct {
	Name    string   `json:"name"`
	Rows    int      `json:"rows"`
	Source  string   `json:"source"`
	Columns []Column `json:"columns"`
}

// Path returns where the table of a name lies: below tables in $NASX_CACHE, or
// in the folder naslab of the user's cache folder.
func Path(name string) (string, error) {
	if _, err := kindOf(name); err != nil {
		return "", err
	}
	dir := os.Getenv("NASX_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", errors.New("bench: no cache folder is known: set NASX_CACHE to one")
		}
		dir = filepath.Join(user, "naslab")
	}
	return filepath.Join(dir, "tables", name+extension), nil
}

// OpenNamed opens the table of a name from its place; see [Path]. The error
// wraps [ErrMissing] where there is none.
func OpenNamed(name string) (*Table, error) {
	path, err := Path(name)
	if err != nil {
		return nil, err
	}
	t, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("bench: table %s is %w: nasx table get %s, or nasx table import %s",
			name, ErrMissing, name, name)
	}
	if err == nil && t.Name() != name {
		return nil, fmt.Errorf("bench: %s holds the table %s, want %s", path, t.Name(), name)
	}
	return t, err
}

// Open reads a table's file and checks every byte of it.
func Open(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // opened for reading
	data, err := io.ReadAll(io.LimitReader(f, fileLimit+1))
	if err != nil {
		return nil, fmt.Errorf("bench: %s: %w", path, err)
	}
	t, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: make it again with nasx table import or get", err, path)
	}
	return t, nil
}

// Decode reads the bytes of a table's file. The table keeps none of them.
func Decode(data []byte) (*Table, error) {
	if len(data) > fileLimit {
		return nil, fmt.Errorf("bench: more than %d bytes, too many for a table", fileLimit)
	}
	head := len(magic) + 4
	if len(data) < head+sha256.Size || !bytes.Equal(data[:len(magic)], []byte(magic)) {
		return nil, fmt.Errorf("bench: %d bytes that do not begin as a table of this version does", len(data))
	}
	body, tail := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	sum := sha256.Sum256(body)
	if !bytes.Equal(sum[:], tail) {
		return nil, errors.New("bench: a table whose checksum is wrong")
	}
	length := int(binary.LittleEndian.Uint32(body[len(magic):]))
	if length > headLimit || length > len(body)-head {
		return nil, fmt.Errorf("bench: a table whose header has %d bytes, want at most %d of %d",
			length, headLimit, len(body))
	}
	var h fileHeader
	if err := json.Unmarshal(body[head:head+length], &h); err != nil {
		return nil, fmt.Errorf("bench: a table whose header cannot be read: %w", err)
	}
	t, err := h.table()
	if err != nil {
		return nil, err
	}
	if err := t.fill(body[head+length:]); err != nil {
		return nil, err
	}
	whole := sha256.Sum256(data)
	t.sum = hex.EncodeToString(whole[:])
	return t, nil
}

// table makes an empty table from a header that is held to what is known.
func (h fileHeader) table() (*Table, error) {
	k, err := kindOf(h.Name)
	if err != nil {
		return nil, err
	}
	if h.Rows != k.size || len(h.Columns) == 0 || len(h.Columns) > maxColumns {
		return nil, fmt.Errorf("bench: table %s has %d rows and %d columns, want %d rows and 1 to %d columns",
			h.Name, h.Rows, len(h.Columns), k.size, maxColumns)
	}
	for i, c := range h.Columns {
		twice := slices.ContainsFunc(h.Columns[:i], func(o Column) bool { return o.Name == c.Name })
		if c.Name == "" || twice || c.Decimals < 0 || c.Decimals > 9 {
			return nil, fmt.Errorf("bench: table %s: column %d is %+v, want a name of its own and 0 to 9 decimals",
				h.Name, i, c)
		}
	}
	return &Table{kind: k, source: h.Source, columns: h.Columns}, nil
}

// fill reads the columns.
func (t *Table) fill(data []byte) error {
	if want := 4 * t.kind.size * len(t.columns); len(data) != want {
		return fmt.Errorf("bench: table %s has %d bytes of values, want %d", t.kind.name, len(data), want)
	}
	for range t.columns {
		column := make([]int32, t.kind.size)
		for i := range column {
			column[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
		}
		data = data[4*t.kind.size:]
		t.values = append(t.values, column)
	}
	return t.check()
}

// Encode returns the bytes of the table's file.
func (t *Table) Encode() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	head, err := json.Marshal(fileHeader{t.kind.name, t.kind.size, t.source, t.columns})
	if err != nil {
		return nil, fmt.Errorf("bench: table %s: %w", t.kind.name, err)
	}
	data := append([]byte(magic), binary.LittleEndian.AppendUint32(nil, uint32(len(head)))...)
	data = append(data, head...)
	for _, column := range t.values {
		for _, v := range column {
			data = binary.LittleEndian.AppendUint32(data, uint32(v))
		}
	}
	sum := sha256.Sum256(data)
	return append(data, sum[:]...), nil
}

// Save writes the table to its place and returns the path; see [Path]. The old
// file stays whole until the new one is.
func (t *Table) Save() (string, error) {
	path, err := Path(t.kind.name)
	if err != nil {
		return "", err
	}
	data, err := t.Encode()
	if err != nil {
		return "", err
	}
	if err := replace(path, data); err != nil {
		return "", fmt.Errorf("bench: table %s: %w", t.kind.name, err)
	}
	sum := sha256.Sum256(data)
	t.sum = hex.EncodeToString(sum[:])
	return path, nil
}

// replace writes a file under a name of its own and renames it.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".table-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone after the rename
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
