package datasets

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
)

// pack makes a .tar.gz; an entry with a link target is a symbolic link.
func pack(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, e := range entries {
		body := []byte(e.Uname) // carries the content
		e.Uname, e.Mode = "", 0o644
		if e.Typeflag == 0 {
			e.Typeflag, e.Size = tar.TypeReg, int64(len(body))
		}
		if err := w.WriteHeader(&e); err != nil {
			t.Fatal(err)
		}
		if e.Typeflag == tar.TypeReg {
			if _, err := w.Write(body); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnpackRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, says string
		entries    []tar.Header
	}{
		{"an absolute path", "leads out", []tar.Header{{Name: "/outside", Uname: "x"}}},
		{"a path upwards", "leads out", []tar.Header{{Name: "../outside", Uname: "x"}}},
		{"a path upwards from inside", "leads out", []tar.Header{{Name: "a/../../outside", Uname: "x"}}},
		{"a symbolic link", "neither a file", []tar.Header{{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc"}}},
		{"a hard link", "neither a file", []tar.Header{{Name: "l", Typeflag: tar.TypeLink, Linkname: "a"}}},
		{"a device", "neither a file", []tar.Header{{Name: "null", Typeflag: tar.TypeChar}}},
		{"too many entries", "more than 3 entries", []tar.Header{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}},
		{"too many bytes", "more than 20 bytes", []tar.Header{
			{Name: "a", Uname: "0123456789"}, {Name: "b", Uname: "01234567890"},
		}},
		{"a name twice", "exists", []tar.Header{{Name: "a", Uname: "x"}, {Name: "a", Uname: "y"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			archive, room := filepath.Join(dir, "a.tar.gz"), filepath.Join(dir, "deep", "room")
			if err := os.WriteFile(archive, pack(t, tc.entries...), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(room, 0o700); err != nil {
				t.Fatal(err)
			}
			err := unpack(archive, room, 3, 20)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got error %v, want one with %q", err, tc.says)
			}
			for _, out := range []string{filepath.Join(dir, "deep", "outside"), filepath.Join(dir, "outside"), "/outside"} {
				if _, err := os.Lstat(out); err == nil {
					t.Errorf("%s was written", out)
				}
			}
		})
	}
}

// smallCIFAR is a published set of two training images and one test image,
// served as an archive, and what Get would fetch it with.
func smallCIFAR(t *testing.T) (s *spec, requests *int) {
	t.Helper()
	record := func(label byte) string { return string([]byte{label}) + strings.Repeat(string([]byte{label}), 12) }
	contents := map[string]string{"train.bin": record(0) + record(1), "test.bin": record(1)}
	s = &spec{
		name: "small", title: "Small", folder: "small", sub: "small-bin", read: readCIFARPart,
		height: 2, width: 2, channels: 3, labelBytes: 1, classes: []string{"a", "b"},
		mean: []float32{0, 0, 0}, std: []float32{1, 1, 1},
	}
	sumOf := func(b string) string {
		sum := sha256.Sum256([]byte(b))
		return hex.EncodeToString(sum[:])
	}
	for name, p := range map[string]*part{"train.bin": &s.train, "test.bin": &s.test} {
		b := contents[name]
		*p = part{len(b) / 13, []remote{{name: name, bytes: int64(len(b)), sum: sumOf(b)}}}
	}
	packed := pack(t, tar.Header{Name: "small-bin/", Typeflag: tar.TypeDir},
		tar.Header{Name: "small-bin/train.bin", Uname: contents["train.bin"]},
		tar.Header{Name: "small-bin/test.bin", Uname: contents["test.bin"]})
	requests = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*requests++
		_, _ = w.Write(packed)
	}))
	t.Cleanup(server.Close)
	s.archive = remote{"small.tar.gz", int64(len(packed)), sumOf(string(packed)), []string{server.URL + "/small.tar.gz"}}
	return s, requests
}

// TestGetInstallsArchives goes from nothing to a loaded set, mends a damaged
// copy, and asks for nothing when all is there.
func TestGetInstallsArchives(t *testing.T) {
	s, requests := smallCIFAR(t)
	base := t.TempDir()
	t.Setenv("NASX_DATA", "")
	t.Setenv("NASX_CACHE", filepath.Dir(base))
	for round, want := range []int{1, 1, 2} {
		if round == 2 {
			if err := os.WriteFile(filepath.Join(base, "small/small-bin/train.bin"), make([]byte, 26), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, _, err := s.open(place{filepath.Join(base, "small/small-bin"), false})
			if err == nil || !strings.Contains(err.Error(), "nasx data get small") {
				t.Errorf("damaged cache: got error %v, want one that says what to do", err)
			}
		}
		dir, err := testFetcher().get(context.Background(), s, base)
		if err != nil {
			t.Fatal(err)
		}
		if *requests != want {
			t.Errorf("round %d: got %d requests, want %d", round, *requests, want)
		}
		train, test, note, err := s.open(place{dir, false})
		if err != nil || note != "" || len(train.labels) != 2 || len(test.labels) != 1 {
			t.Errorf("got %v, %v, note %q, error %v; want 2 and 1 images", train.labels, test.labels, note, err)
		}
	}
	left, err := os.ReadDir(filepath.Join(base, "small"))
	if err != nil || len(left) != 2 { // the folder and the lock
		t.Errorf("got %v (error %v), want the unpacked folder and the lock", left, err)
	}
}

func TestTwoGetsDoNotMeet(t *testing.T) {
	s, _ := smallCIFAR(t)
	base := t.TempDir()
	if err := os.MkdirAll(filepath.Join(base, "small"), 0o700); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(base, "small", ".lock"))
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	_, err := testFetcher().get(context.Background(), s, base)
	if err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("got error %v, want one that names the other process", err)
	}
}

// A file of no set gets the same treatment, and a second process none.
func TestFetchOfOneFile(t *testing.T) {
	f, dir := newFaults(t), filepath.Join(t.TempDir(), "new")
	r := f.remote("absent", "good")
	file := File{r.name, r.bytes, r.sum, r.urls}
	for range 2 {
		path, err := Fetch(context.Background(), dir, file, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, f.body) {
			t.Errorf("the file differs from the published one (error %v)", err)
		}
	}
	if n := f.count("good"); n != 1 {
		t.Errorf("got %d requests, want 1: the second time it is there", n)
	}
	unlock, err := lockFolder(dir, "it")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := Fetch(context.Background(), dir, file, nil); err == nil ||
		!strings.Contains(err.Error(), "another process") {
		t.Errorf("got error %v, want one that names the other process", err)
	}
}

// TestMirrorLists holds what the lists of published files promise.
func TestMirrorLists(t *testing.T) {
	for _, s := range catalog {
		fetched := s.files()
		if s.archive.name != "" {
			fetched = []remote{s.archive}
		}
		for _, f := range fetched {
			if len(f.urls) < 2 || len(f.sum) != 2*sha256.Size {
				t.Errorf("%s: %s: got %d mirrors and a checksum of %d digits, want two mirrors and a SHA-256",
					s.name, f.name, len(f.urls), len(f.sum))
			}
			for _, u := range f.urls {
				if strings.Contains(u, "yann.lecun.com") || !strings.HasSuffix(u, "/"+f.name) {
					t.Errorf("%s: bad address %s", s.name, u)
				}
			}
		}
	}
}
