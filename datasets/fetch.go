package datasets

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	userAgent   = "naslab/1 (data sets; Go net/http)" // some hosts refuse Go's default name
	idleTime    = 30 * time.Second                    // without a byte; slow is no reason to give up
	rounds      = 3                                   // times that every mirror has its turn
	roundPause  = 2 * time.Second                     // before the second and third round
	maxResumes  = 500                                 // requests to one mirror in one turn, each of which brought bytes
	reportEvery = 100 * time.Millisecond              // at most so often is progress told
)

// Progress tells how far the download of one file is.
type Progress struct {
	Set   string // as in [Names]; "" for a file of none
	File  string // as published
	Host  string // who serves it
	Done  int64  // bytes here, those of earlier attempts included
	Total int64  // bytes of the file
	Again error  // why it is asked for once more, told before that and without a host; else nil
}

// fetcher downloads files.
type fetcher struct {
	client *http.Client
	idle   time.Duration
	pause  time.Duration
	report func(Progress) // never nil
}

// mirrorError is an answer that another request to the same mirror will not
// better.
type mirrorError struct {
	err   error
	final bool // not in a later round either
}

func (e *mirrorError) Error() string { return e.err.Error() }
func (e *mirrorError) Unwrap() error { return e.err }

func refuse(final bool, format string, args ...any) error {
	return &mirrorError{fmt.Errorf(format, args...), final}
}

var errIdle = errors.New("no byte came")

// fetch downloads a file to dest, going through its mirrors. Bytes that are
// here already, in dest.part, are not asked for again. dest appears only when
// its size and SHA-256 are right.
func (f *fetcher) fetch(ctx context.Context, set string, want remote, dest string) error {
	if sameFile(dest, want) == nil {
		return nil
	}
	d := &download{fetcher: f, set: set, want: want, partial: dest + ".part", tag: dest + ".part.json"}
	dropped := make(map[string]bool)
	reasons := make(map[string]error)
	for round := range rounds {
		if round > 0 && len(dropped) < len(want.urls) {
			why := allOf(want.urls, reasons)
			f.report(Progress{Set: set, File: want.name, Done: sizeOf(d.partial), Total: want.bytes, Again: why})
			select {
			case <-time.After(f.pause):
			case <-ctx.Done():
			}
		}
		for _, address := range want.urls {
			if dropped[address] {
				continue
			}
			err := d.finish(ctx, address, dest)
			if err == nil {
				return nil
			}
			if ctx.Err() != nil {
				return fmt.Errorf("datasets: %s: stopped; the same command goes on from there: %w",
					want.name, context.Cause(ctx))
			}
			var refusal *mirrorError
			if !errors.As(err, &refusal) {
				// The disk, not the mirror.
				return fmt.Errorf("datasets: %s: %w", want.name, err)
			}
			if refusal.final {
				dropped[address] = true
			}
			reasons[address] = refusal
		}
	}
	return fmt.Errorf("datasets: %s: no mirror delivered it: %w", want.name, allOf(want.urls, reasons))
}

// allOf joins one reason per mirror into a sentence, in the order of the urls.
func allOf(urls []string, reasons map[string]error) error {
	if len(urls) == 0 {
		return errors.New("none is known")
	}
	out := fmt.Errorf("%s: %w", hostOf(urls[0]), reasons[urls[0]])
	for _, u := range urls[1:] {
		out = fmt.Errorf("%w; %s: %w", out, hostOf(u), reasons[u])
	}
	return out
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// finish brings the rest of the file from one mirror, checks it and gives it
// its name.
func (d *download) finish(ctx context.Context, address, dest string) error {
	inherited := sizeOf(d.partial) > 0
	if err := d.from(ctx, address); err != nil {
		return err
	}
	if err := sameFile(d.partial, d.want); err != nil {
		// Nothing of wrong bytes is kept. Where some of them were there before,
		// they may be the ones to blame, and the mirror gets another chance.
		d.forget()
		return refuse(!inherited, "%w", err)
	}
	if err := os.Rename(d.partial, dest); err != nil {
		return err
	}
	d.forget()
	return syncFolder(dest)
}

// from asks one mirror until the file has its size, as long as every second
// request at least brings bytes.
func (d *download) from(ctx context.Context, address string) error {
	const patience = 2 // requests in a row without a byte
	var last error
	idle := 0
	for range maxResumes {
		before := sizeOf(d.partial)
		last = d.once(ctx, address)
		if last == nil {
			return nil
		}
		var refusal *mirrorError
		if ctx.Err() != nil || errors.As(last, &refusal) || errors.Is(last, errDisk) {
			return last
		}
		if idle++; sizeOf(d.partial) > before {
			idle = 0
		}
		if idle == patience {
			break
		}
	}
	return refuse(false, "%w", last)
}

// sameFile says how a file differs from the published one; nil where it does
// not.
func sameFile(path string, want remote) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // opened for reading: nothing is lost
	h := hasher(want.sum)
	n, err := io.Copy(h, file)
	if err != nil {
		return err
	}
	if n != want.bytes {
		return fmt.Errorf("%d bytes, want %d", n, want.bytes)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want.sum {
		return fmt.Errorf("its checksum is %s, want %s", got, want.sum)
	}
	return nil
}

// sizeOf returns the bytes of a file, 0 where there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
