package datasets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// faults is a server on 127.0.0.1 that misbehaves in a chosen way, each on a
// path of its own, and notes the requests.
type faults struct {
	*httptest.Server
	body []byte
	mu   sync.Mutex
	asks []*http.Request
	hits map[string]int
}

const (
	testFileSize = 300_000
	testIdle     = time.Second
)

func newFaults(t *testing.T) *faults {
	t.Helper()
	f := &faults{body: make([]byte, testFileSize), hits: make(map[string]int)}
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range f.body {
		f.body[i] = byte(rng.Uint32())
	}
	f.Server = httptest.NewServer(http.HandlerFunc(f.answer))
	t.Cleanup(f.Close)
	return f
}

func (f *faults) answer(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asks = append(f.asks, r)
	f.hits[r.URL.Path]++
	hit := f.hits[r.URL.Path]
	f.mu.Unlock()
	whole := func() { http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body)) }
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "good":
		w.Header().Set("ETag", `"v1"`)
		whole()
	case "slow": // takes longer than the idle time in all, never without a byte for so long
		w.Header().Set("Content-Length", fmt.Sprint(len(f.body)))
		for i := 0; i < len(f.body); i += len(f.body) / 6 {
			_, _ = w.Write(f.body[i:min(i+len(f.body)/6, len(f.body))])
			w.(http.Flusher).Flush()
			time.Sleep(testIdle / 4)
		}
	case "cut": // the first three answers end in the middle
		if hit <= 3 {
			w = &cutter{ResponseWriter: w, left: 70_000}
		}
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
	case "changes": // another version at every answer, cut the first time
		w.Header().Set("ETag", fmt.Sprintf(`"v%d"`, hit))
		if hit == 1 {
			http.ServeContent(&cutter{ResponseWriter: w, left: 70_000}, r, "", time.Time{},
				bytes.NewReader(bytes.Repeat([]byte{7}, len(f.body))))
			return
		}
		whole()
	case "busy":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "absent":
		http.NotFound(w, r)
	default:
		f.lie(w, r)
	}
}

// lie answers with something else than was asked for, or not to the end.
func (f *faults) lie(w http.ResponseWriter, r *http.Request) {
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "wrong":
		_, _ = w.Write(bytes.Repeat([]byte{1}, len(f.body)))
	case "long":
		w.(http.Flusher).Flush() // no Content-Length
		_, _ = w.Write(append(bytes.Clone(f.body), 1, 2, 3))
	case "page":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<html>please sign in</html>"))
	case "hang":
		_, _ = w.Write(f.body[:40_000])
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(20 * testIdle):
		}
	case "range": // answers every range with the file's beginning
		if r.Header.Get("Range") != "" {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(f.body)-1, len(f.body)))
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(f.body)
	case "norange": // knows no ranges
		_, _ = w.Write(f.body)
	case "416":
		if r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		_, _ = w.Write(f.body)
	}
}

// cutter drops the connection after so many bytes of the body.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) < c.left {
		c.left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left])
	c.ResponseWriter.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func (f *faults) remote(paths ...string) remote {
	sum := sha256.Sum256(f.body)
	out := remote{name: "file.bin", bytes: int64(len(f.body)), sum: hex.EncodeToString(sum[:])}
	for _, p := range paths {
		out.urls = append(out.urls, f.URL+"/"+p)
	}
	return out
}

// count returns how often a path was asked for.
func (f *faults) count(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits["/"+path]
}

func testFetcher() *fetcher {
	return &fetcher{client: &http.Client{}, idle: testIdle, pause: time.Millisecond, report: func(Progress) {}}
}

// TestFetchSurvives goes through what mirrors do; the file must be whole in the
// end and nothing else be left behind.
func TestFetchSurvives(t *testing.T) {
	for _, tc := range []struct {
		name    string
		mirrors []string
		start   int // bytes that an earlier attempt left
		asked   map[string]int
	}{
		{"a good mirror", []string{"good"}, 0, map[string]int{"good": 1}},
		{"a slow mirror is not idle", []string{"slow"}, 0, map[string]int{"slow": 1}},
		{"cut connections are resumed", []string{"cut"}, 0, map[string]int{"cut": 4}},
		{"a new version is not joined to an old one", []string{"changes"}, 0, map[string]int{"changes": 2}},
		{"503, then the next mirror", []string{"busy", "good"}, 0, map[string]int{"busy": 1, "good": 1}},
		{"404, then the next mirror", []string{"absent", "good"}, 0, map[string]int{"absent": 1, "good": 1}},
		{"wrong bytes, then the next mirror", []string{"wrong", "good"}, 0, map[string]int{"wrong": 1, "good": 1}},
		{"too many bytes, then the next mirror", []string{"long", "good"}, 0, map[string]int{"long": 1, "good": 1}},
		{"a web page, then the next mirror", []string{"page", "good"}, 0, map[string]int{"page": 1, "good": 1}},
		{"a mirror that falls silent hands over", []string{"hang", "good"}, 0, map[string]int{"good": 1}},
		{"an earlier attempt is continued", []string{"good"}, 100_000, map[string]int{"good": 1}},
		{"a complete earlier attempt needs no request", []string{"good"}, testFileSize, map[string]int{"good": 0}},
		{"a wrong range is thrown away", []string{"range"}, 100_000, map[string]int{"range": 2}},
		{"a server without ranges starts again", []string{"norange"}, 100_000, map[string]int{"norange": 1}},
		{"416 starts again", []string{"416"}, 100_000, map[string]int{"416": 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFaults(t)
			dest := filepath.Join(t.TempDir(), "file.bin")
			if tc.start > 0 {
				if err := os.WriteFile(dest+".part", f.body[:tc.start], 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := testFetcher().fetch(context.Background(), "set", f.remote(tc.mirrors...), dest); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(dest)
			if err != nil || !bytes.Equal(got, f.body) {
				t.Errorf("the file differs from the published one (error %v)", err)
			}
			for path, want := range tc.asked {
				if n := f.count(path); n != want {
					t.Errorf("%s: got %d requests, want %d", path, n, want)
				}
			}
			if left, _ := os.ReadDir(filepath.Dir(dest)); len(left) != 1 {
				t.Errorf("got %v, want the file alone", left)
			}
		})
	}
}

// TestResumeAsksForTheRestOnly looks at the requests themselves.
func TestResumeAsksForTheRestOnly(t *testing.T) {
	f := newFaults(t)
	dest := filepath.Join(t.TempDir(), "file.bin")
	if err := testFetcher().fetch(context.Background(), "set", f.remote("cut"), dest); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "bytes=70000-", "bytes=140000-", "bytes=210000-"} {
		r := f.asks[i]
		if got := r.Header.Get("Range"); got != want {
			t.Errorf("request %d: got range %q, want %q", i, got, want)
		}
		if got := r.Header.Get("If-Range"); (got == `"v1"`) != (i > 0) {
			t.Errorf("request %d: got If-Range %q, want the tag in all but the first", i, got)
		}
		if got := r.Header.Get("User-Agent"); !strings.Contains(got, "naslab") {
			t.Errorf("request %d: got User-Agent %q, want our own", i, got)
		}
	}
}

// TestFetchFails holds that nothing wrong ever gets the file's name, and that
// the sentence names every mirror's reason.
func TestFetchFails(t *testing.T) {
	for _, tc := range []struct {
		mirror, says string
		asked        int // a mirror with another file is not asked for it again
	}{
		{"busy", "503", 2 * rounds}, // it is both mirrors
		{"absent", "404", 1},
		{"wrong", "checksum", 1},
		{"long", "more than 300000 bytes", 1},
		{"page", "web page", 1},
		{"hang", "no byte came for 1s", 2*rounds + 1},
	} {
		f := newFaults(t)
		dest := filepath.Join(t.TempDir(), "file.bin")
		asking, again := testFetcher(), 0
		asking.report = func(p Progress) {
			if p.Again != nil && strings.Contains(p.Again.Error(), "503") {
				again++
			}
		}
		err := asking.fetch(context.Background(), "set", f.remote(tc.mirror, "busy"), dest)
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "503") {
			t.Errorf("%s: got error %v, want one with %q and 503", tc.mirror, err, tc.says)
		}
		if _, err := os.Stat(dest); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file exists", tc.mirror)
		}
		if n := f.count(tc.mirror); n != tc.asked || again != rounds-1 {
			t.Errorf("%s: got %d requests and %d notices that another round begins, want %d and %d",
				tc.mirror, n, again, tc.asked, rounds-1)
		}
	}
}

// TestInterruptedFetchKeepsItsBytes cancels in the middle and goes on.
func TestInterruptedFetchKeepsItsBytes(t *testing.T) {
	f := newFaults(t)
	dest := filepath.Join(t.TempDir(), "file.bin")
	ctx, cancel := context.WithCancel(context.Background())
	stopping := testFetcher()
	stopping.report = func(p Progress) {
		if p.Done >= 40_000 {
			cancel()
		}
	}
	err := stopping.fetch(ctx, "set", f.remote("hang"), dest)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got error %v, want it to wrap context.Canceled", err)
	}
	if got := sizeOf(dest + ".part"); got < 40_000 {
		t.Fatalf("got %d bytes kept, want 40000", got)
	}
	last := Progress{}
	going := testFetcher()
	going.report = func(p Progress) { last = p }
	if err := going.fetch(context.Background(), "set", f.remote("good"), dest); err != nil {
		t.Fatal(err)
	}
	if got := f.asks[len(f.asks)-1].Header.Get("Range"); got != "bytes=40000-" {
		t.Errorf("got range %q, want bytes=40000-", got)
	}
	if last.Done != testFileSize || last.Total != testFileSize || last.File != "file.bin" || last.Set != "set" {
		t.Errorf("got last progress %+v, want all of file.bin", last)
	}
}
