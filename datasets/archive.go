package datasets

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Bounds of what an archive may unpack to; CIFAR-10 has 8 files of 184,380,061
// bytes together.
const (
	unpackFiles = 100
	unpackBytes = 512 << 20
)

// unpack writes the files of a .tar.gz below dest. It refuses names that lead
// elsewhere, links and devices, and more than the bounds above; what was
// written by then stays and is the caller's to remove.
func unpack(archive, dest string, maxFiles int, maxBytes int64) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close() // opened for reading: nothing is lost
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("not a gzip file: %w", err)
	}
	entries := tar.NewReader(z)
	for n, left := 0, maxBytes; ; n++ {
		head, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", n+1, err)
		}
		if n == maxFiles {
			return fmt.Errorf("more than %d entries", maxFiles)
		}
		if !filepath.IsLocal(head.Name) {
			return fmt.Errorf("entry %.100q leads out of the folder", head.Name)
		}
		if head.Size > left {
			return fmt.Errorf("unpacks to more than %d bytes", maxBytes)
		}
		left -= head.Size
		if err := writeEntry(entries, head, filepath.Join(dest, head.Name)); err != nil {
			return err
		}
	}
}

func writeEntry(from io.Reader, head *tar.Header, path string) error {
	switch head.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(path, 0o755)
	case tar.TypeXGlobalHeader:
		return nil
	case tar.TypeReg:
	default:
		return fmt.Errorf("entry %.100q is neither a file nor a folder", head.Name)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
