package datasets

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// Get downloads a set into the cache, unless it is there already, and returns
// its folder; "" for the digits, which are part of the program.
//
// An interrupted download goes on where it stopped when Get is called again.
// Nothing appears under its final name before its size and checksum are those
// of the published file. Progress, which may be nil, is told of every file a
// few times a second, from the goroutine that called Get.
func Get(ctx context.Context, name string, progress func(Progress)) (string, error) {
	if name == digitsName {
		return "", nil
	}
	i := slices.IndexFunc(catalog, func(s spec) bool { return s.name == name })
	if i < 0 {
		return "", unknown(name)
	}
	base, err := cacheDir()
	if err != nil {
		return "", err
	}
	return newFetcher(progress).get(ctx, &catalog[i], base)
}

// File is a published file that belongs to no image set.
type File struct {
	Name   string   // as published, and here
	Bytes  int64    // its size
	SHA256 string   // hexadecimal
	URLs   []string // in the order to try
}

// Fetch downloads a file into a folder, as [Get] does those of a set, and
// returns its path. It makes the folder and leaves a lock in it.
func Fetch(ctx context.Context, dir string, f File, progress func(Progress)) (string, error) {
	unlock, err := lockFolder(dir, f.Name)
	if err != nil {
		return "", err
	}
	defer unlock()
	path := filepath.Join(dir, f.Name)
	return path, newFetcher(progress).fetch(ctx, "", remote{f.Name, f.Bytes, f.SHA256, f.URLs}, path)
}

// newFetcher returns what downloads from the internet; progress may be nil.
func newFetcher(progress func(Progress)) *fetcher {
	if progress == nil {
		progress = func(Progress) {}
	}
	return &fetcher{client: &http.Client{}, idle: idleTime, pause: roundPause, report: progress}
}

// lockFolder makes a folder and keeps other processes from fetching into it.
func lockFolder(dir, title string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", dir, err)
	}
	if !free {
		return nil, fmt.Errorf("datasets: another process is fetching %s into %s", title, dir)
	}
	return func() { _ = lock.Unlock() }, nil // the end of the process frees it too
}

// get brings a set below the folder base.
func (f *fetcher) get(ctx context.Context, s *spec, base string) (string, error) {
	dir := filepath.Join(base, s.folder)
	unlock, err := lockFolder(dir, s.title)
	if err != nil {
		return "", err
	}
	defer unlock()
	if s.archive.name == "" {
		for _, file := range s.files() {
			if err := f.fetch(ctx, s.name, file, filepath.Join(dir, file.name)); err != nil {
				return "", err
			}
		}
		return dir, nil
	}
	target := filepath.Join(dir, s.sub)
	if s.complete(target) == nil {
		return target, nil
	}
	archive := filepath.Join(dir, s.archive.name)
	if err := f.fetch(ctx, s.name, s.archive, archive); err != nil {
		return "", err
	}
	if err := s.install(archive, target); err != nil {
		return "", fmt.Errorf("datasets: %s: %w", archive, err)
	}
	_ = os.Remove(archive) // only takes room from now on
	return target, nil
}

// install unpacks a checked archive beside the target and moves it there when
// every file in it is right.
func (s *spec) install(archive, target string) error {
	room, err := os.MkdirTemp(filepath.Dir(target), ".unpack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(room) //nolint:errcheck // an empty folder may stay behind
	if err := unpack(archive, room, unpackFiles, unpackBytes); err != nil {
		return err
	}
	unpacked := filepath.Join(room, s.sub)
	if err := s.complete(unpacked); err != nil {
		return err
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	if err := os.Rename(unpacked, target); err != nil {
		return err
	}
	return syncFolder(target)
}

// complete says which file of the set is absent from a folder or wrong; nil
// where none is.
func (s *spec) complete(dir string) error {
	for _, f := range s.files() {
		if err := sameFile(filepath.Join(dir, f.name), f); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}
