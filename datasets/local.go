package datasets

import (
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // names published files; what is downloaded is checked by SHA-256
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fileLimit bounds a data file, packed and unpacked, in bytes. The largest that
// was published has 153,700,000.
const fileLimit = 256 << 20

// bytesOf is one part of a set before standardisation.
type bytesOf struct {
	raw    []byte  // [n, height, width, channels]
	labels []int32 // [n]
	exact  bool    // every file is the published one
}

// content is a file in memory.
type content struct {
	path  string
	data  []byte
	exact bool // it is the published file
}

// place is a folder that may hold a set's files.
type place struct {
	dir   string
	local bool // put there by a person: altered files are accepted, and named so
}

// load reads the set from the first place that has it.
func (s *spec) load(o Options) (*Set, error) {
	found, err := s.find(o)
	if err != nil {
		return nil, err
	}
	train, test, note, err := s.open(found)
	if err != nil {
		return nil, err
	}
	images := func(b bytesOf) Images {
		return Images{
			Pixels: standardise(b.raw, 255, s.mean, s.std), Labels: b.labels,
			Height: s.height, Width: s.width, Channels: s.channels,
			Classes: len(s.classes), ClassNames: s.classes,
		}
	}
	return &Set{
		Name: s.name, Note: note, Source: s.source, License: s.license,
		Train: images(train), Test: images(test), Mean: s.mean, Std: s.std,
	}, nil
}

// open reads both parts and says how they compare with what was published.
func (s *spec) open(from place) (train, test bytesOf, note string, err error) {
	if train, err = s.read(s, from.dir, s.train); err != nil {
		return bytesOf{}, bytesOf{}, "", err
	}
	if test, err = s.read(s, from.dir, s.test); err != nil {
		return bytesOf{}, bytesOf{}, "", err
	}
	switch {
	case train.exact && test.exact:
		return train, test, "", nil
	case !from.local:
		return bytesOf{}, bytesOf{}, "", fmt.Errorf(
			"datasets: %s: the files differ from the published ones: `nasx data get %s` fetches them again", from.dir, s.name)
	case len(train.labels) < s.train.records || len(test.labels) < s.test.records:
		return train, test, NotePartial, nil
	}
	return train, test, NoteUnverified, nil
}

// find returns the first place with the first file of the training part.
func (s *spec) find(o Options) (place, error) {
	for _, base := range bases(o) {
		for _, below := range [][]string{{s.folder, s.sub}, {s.folder}, {s.sub}, {}} {
			dir := filepath.Join(append([]string{base.dir}, below...)...)
			if len(below) == 0 && s.sub == "" && o.Dir == "" {
				continue // MNIST's file names are those of Fashion-MNIST too
			}
			if _, err := pathOf(dir, s.train.files[0]); err == nil {
				return place{dir, base.local}, nil
			}
		}
	}
	where := ""
	if o.Dir != "" {
		where = " in " + o.Dir
	}
	return place{}, fmt.Errorf("datasets: %s is %w%s: `nasx data get %s` fetches it (%d MB)",
		s.title, ErrMissing, where, s.name, (s.download()+500000)/1000000)
}

// bases returns the folders to look in, in this order.
func bases(o Options) []place {
	if o.Dir != "" {
		return []place{{o.Dir, true}}
	}
	var out []place
	if dir := os.Getenv("NASX_DATA"); dir != "" {
		out = append(out, place{dir, true})
	}
	if dir, err := cacheDir(); err == nil {
		out = append(out, place{dir, false})
	}
	return out
}

// cacheDir returns the folder that [Get] writes to: data below $NASX_CACHE or,
// without that, below naslab in the user's cache folder.
func cacheDir() (string, error) {
	if dir := os.Getenv("NASX_CACHE"); dir != "" {
		return filepath.Join(dir, "data"), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("datasets: no cache folder: set NASX_CACHE: %w", err)
	}
	return filepath.Join(dir, "naslab", "data"), nil
}

// download returns the bytes that [Get] has to fetch on a fresh machine.
func (s *spec) download() int64 {
	if s.archive.name != "" {
		return s.archive.bytes
	}
	total := int64(0)
	for _, f := range s.files() {
		total += f.bytes
	}
	return total
}

func (s *spec) files() []remote {
	return append(append([]remote(nil), s.train.files...), s.test.files...)
}

// pathOf returns the path of a published file, or of what gzip unpacks it to.
func pathOf(dir string, f remote) (string, error) {
	path := filepath.Join(dir, f.name)
	_, err := os.Stat(path)
	if bare, packed := strings.CutSuffix(path, ".gz"); packed && errors.Is(err, fs.ErrNotExist) {
		if _, bareErr := os.Stat(bare); bareErr == nil {
			return bare, nil
		}
	}
	return path, err
}

// readPublished reads a file and compares it with the published one.
func readPublished(dir string, f remote) (content, error) {
	path, err := pathOf(dir, f)
	if err != nil {
		return content{}, fmt.Errorf("datasets: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return content{}, fmt.Errorf("datasets: %w", err)
	}
	defer file.Close() // opened for reading: nothing is lost
	data, err := readAll(file)
	if err != nil {
		return content{}, fmt.Errorf("datasets: %s: %w", path, err)
	}
	h := hasher(f.sum)
	h.Write(data)
	return content{path, data, hex.EncodeToString(h.Sum(nil)) == f.sum}, nil
}

// hasher returns the function that made a hexadecimal sum, by its length.
func hasher(sum string) hash.Hash {
	if len(sum) == 2*md5.Size {
		return md5.New() //nolint:gosec // see the import
	}
	return sha256.New()
}

// readAll reads up to fileLimit bytes and refuses more.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, fileLimit+1))
	if err != nil {
		return nil, err
	}
	if len(data) > fileLimit {
		return nil, fmt.Errorf("more than %d bytes", fileLimit)
	}
	return data, nil
}

func gunzip(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a gzip file: %w", err)
	}
	out, err := readAll(z)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("the file ends in the middle: %w", err)
	}
	return out, err
}
