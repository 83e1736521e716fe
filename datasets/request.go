package datasets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// errDisk is wrapped by errors of this machine, which no mirror can mend.
var errDisk = errors.New("cannot write")

// download is one file on its way.
type download struct {
	*fetcher
	set     string
	want    remote
	partial string // bytes so far
	tag     string // which mirror gave them, and under which version
}

// version names the bytes that one mirror serves, so that a resumed download
// does not join two versions.
type version struct {
	URL  string `json:"url"`
	ETag string `json:"etag"`
}

// once makes one request for what is missing and appends what comes.
func (d *download) once(ctx context.Context, address string) error {
	have := sizeOf(d.partial)
	if have == d.want.bytes {
		return nil
	}
	if have > d.want.bytes {
		d.forget()
		have = 0
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(d.idle, func() { cancel(errIdle) })
	defer watch.Stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return refuse(true, "%w", err)
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept-Encoding", "identity") // the checksum is of the file as published
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if v := d.version(); v.URL == address && v.ETag != "" {
			req.Header.Set("If-Range", v.ETag)
		}
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return d.cause(ctx, err)
	}
	defer resp.Body.Close() // whatever is left of it is not wanted
	start, err := d.start(resp, have)
	if err != nil {
		return err
	}
	if err := d.receive(ctx, resp, address, start, watch); err != nil {
		return err
	}
	if got := sizeOf(d.partial); got < d.want.bytes {
		return fmt.Errorf("the connection ended after %d of %d bytes", got, d.want.bytes)
	}
	return nil
}

// start judges the answer's head and returns where its body begins.
func (d *download) start(resp *http.Response, have int64) (int64, error) {
	switch resp.StatusCode {
	case http.StatusOK:
		if kind := resp.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
			return 0, refuse(true, "answers with a web page in place of the file")
		}
		if n := resp.ContentLength; n >= 0 && n != d.want.bytes {
			return 0, refuse(true, "has a file of %d bytes, want %d", n, d.want.bytes)
		}
		return 0, nil // the whole file, asked for or not
	case http.StatusPartialContent:
		var first, last, total int64
		head := resp.Header.Get("Content-Range")
		_, err := fmt.Sscanf(head, "bytes %d-%d/%d", &first, &last, &total)
		if err != nil || have == 0 || first != have || total != d.want.bytes || last >= total || last < first {
			d.forget()
			return 0, fmt.Errorf("answers with the range %.60q, want from byte %d of %d", head, have, d.want.bytes)
		}
		return have, nil
	case http.StatusRequestedRangeNotSatisfiable:
		d.forget()
		return 0, errors.New("refuses the range asked for")
	}
	// Servers that are overloaded or limit their callers may recover.
	code := resp.StatusCode
	later := code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout
	return 0, refuse(!later, "answers %s", resp.Status)
}

// openPartial opens the file so that writing goes on at the given place.
func (d *download) openPartial(start int64) (*os.File, error) {
	file, err := os.OpenFile(d.partial, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	err = file.Truncate(start)
	if err == nil {
		_, err = file.Seek(start, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// receive writes the body from the given place on. Every byte winds the watch.
func (d *download) receive(
	ctx context.Context, resp *http.Response, address string, start int64, watch *time.Timer,
) error {
	file, err := d.openPartial(start)
	if err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	defer file.Close() // closed below where it counts
	if start == 0 {
		d.remember(version{address, resp.Header.Get("ETag")})
	}
	told := time.Time{}
	buffer := make([]byte, 64<<10)
	for done := start; ; {
		n, readErr := resp.Body.Read(buffer)
		watch.Reset(d.idle)
		if done += int64(n); done > d.want.bytes {
			_ = file.Truncate(0) // what came is not the file
			return refuse(true, "sends more than %d bytes", d.want.bytes)
		}
		if _, err := file.Write(buffer[:n]); err != nil {
			return fmt.Errorf("%w: %w", errDisk, err)
		}
		if now := time.Now(); n > 0 && (now.Sub(told) >= reportEvery || done == d.want.bytes) {
			told = now
			d.report(Progress{Set: d.set, File: d.want.name, Host: hostOf(address), Done: done, Total: d.want.bytes})
		}
		if errors.Is(readErr, io.EOF) {
			break
		}
		if readErr != nil {
			return d.cause(ctx, readErr)
		}
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("%w: %w", errDisk, err)
	}
	return nil
}

// cause names the idle time-out where that ended the request.
func (d *download) cause(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errIdle) {
		return fmt.Errorf("%w for %v", errIdle, d.idle)
	}
	return err
}

// version returns whose bytes the partial file has. Where that is not known,
// the final checksum still finds a mixture.
func (d *download) version() version {
	var v version
	data, err := os.ReadFile(d.tag)
	if err != nil || json.Unmarshal(data, &v) != nil {
		return version{}
	}
	return v
}

// remember notes whose bytes the partial file has. A weak tag is no use for
// ranges [RFC 9110, section 13.1.5].
func (d *download) remember(v version) {
	if strings.HasPrefix(v.ETag, "W/") {
		v.ETag = ""
	}
	if data, err := json.Marshal(v); err == nil {
		_ = os.WriteFile(d.tag, data, 0o644) // without it the checksum decides alone
	}
}

// forget removes what is there of the file.
func (d *download) forget() {
	_ = os.Remove(d.partial) // gone, or overwritten by the next request
	_ = os.Remove(d.tag)
}

// syncFolder makes the new name of a file survive a power cut.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close() // opened for reading: nothing is lost
	_ = dir.Sync()    // not every file system can
	return nil
}
