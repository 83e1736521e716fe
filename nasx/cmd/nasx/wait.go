package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// wait says what takes its time, for how long, and how long it took before: in a
// terminal as one line that counts, else as a line from time to time.
type wait struct {
	w     io.Writer
	live  bool // a terminal
	every time.Duration
	last  string // ", last time 7.6 s", "" where that is not known
	began time.Time

	mu   sync.Mutex
	what string
	done chan struct{}
	over sync.WaitGroup
}

// newWait begins to wait. last is how long it took the last time, 0 where that
// is not known; alike says that something else did that is alike.
func newWait(w io.Writer, last time.Duration, alike bool) *wait {
	k := &wait{w: w, every: between, began: time.Now(), done: make(chan struct{})}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		k.live, k.every = true, 100*time.Millisecond
	}
	switch seconds := last.Seconds(); {
	case last > 0 && alike:
		k.last = fmt.Sprintf(" of about %.1f s", seconds)
	case last > 0:
		k.last = fmt.Sprintf(", last time %.1f s", seconds)
	}
	k.over.Add(1)
	go k.tick()
	return k
}

// say changes what takes its time.
func (k *wait) say(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.what = what
	k.show()
}

// show writes the line. The caller holds mu.
func (k *wait) show() {
	if k.what == "" {
		return
	}
	line := fmt.Sprintf("%s: %.1f s%s", k.what, time.Since(k.began).Seconds(), k.last)
	if k.live {
		fmt.Fprintf(k.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(k.w, line)
}

func (k *wait) tick() {
	defer k.over.Done()
	ticker := time.NewTicker(k.every)
	defer ticker.Stop()
	for {
		select {
		case <-k.done:
			return
		case <-ticker.C:
			k.mu.Lock()
			k.show()
			k.mu.Unlock()
		}
	}
}

// end ends the waiting, takes the line of a terminal away, and returns how long
// it was.
func (k *wait) end() time.Duration {
	close(k.done)
	k.over.Wait()
	if k.live {
		fmt.Fprint(k.w, "\r\x1b[K")
	}
	return time.Since(k.began)
}
