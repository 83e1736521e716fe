package lab

import (
	"encoding/json"
	"sync"
)

// entry is one step in a feed.
type entry struct {
	Method  string          `json:"method"`
	Trace   json.RawMessage `json:"trace"`
	Seconds float64         `json:"seconds"` // spent in steps up to and including this one
}

// feed hands finished steps and changes of the session to listeners. It keeps
// the last steps; a listener that lags further behind misses some and sees
// that by their numbers.
type feed struct {
	mu      sync.Mutex
	last    []entry
	next    uint64        // number of the next entry
	version uint64        // of the session's status
	wake    chan struct{} // closed at every change
}

func (f *feed) init() { f.wake = make(chan struct{}) }

// add publishes a finished step.
func (f *feed) add(method string, trace []byte, seconds float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = append(f.last, entry{Method: method, Trace: trace, Seconds: seconds})
	if len(f.last) > feedLength {
		f.last = f.last[1:]
	}
	f.next++
	f.ring()
}

// touch publishes that the session's status has changed.
func (f *feed) touch() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	f.ring()
}

// ring wakes the listeners. The caller holds mu.
func (f *feed) ring() {
	close(f.wake)
	f.wake = make(chan struct{})
}

// since returns the entries from number from on, where to go on from, the
// status version, and a channel that is closed at the next change.
func (f *feed) since(from uint64) (entries []entry, next, version uint64, wake <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fresh := min(f.next-from, uint64(len(f.last)))
	entries = append(entries, f.last[uint64(len(f.last))-fresh:]...)
	return entries, f.next, f.version, f.wake
}

// head returns the number of the next entry.
func (f *feed) head() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next
}

// changed tells listeners that the status is another one.
func (e *engine) changed() { e.feed.touch() }
