package lab

import (
	"net/http"
	"time"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// Drivers: where a session's searchers live. [Open] takes NASX_DRIVER, else
// resident in a GoNB cell and in-process elsewhere.
const (
	DriverResident   = "resident"   // in a process of their own, which outlives the cell
	DriverInProcess  = "in-process" // in this process
	DriverCheckpoint = "checkpoint" // in this process; every verb saves, the next cell loads
)

// TracesFunc returns the recorded traces from..to of a method, both inclusive.
type TracesFunc = func(method string, from, to int) ([]search.Trace, error)

// Option is a setting of [Open].
type Option func(*options)

// options are all of them.
type options struct {
	driver   string
	version  string
	replace  bool
	reset    bool
	every    int           // steps between two checkpoints
	idle     time.Duration // after which a resident ends
	watch    time.Duration // between two looks at the session's folder
	beat     time.Duration // between two heartbeats of an event stream
	page     http.Handler
	snapshot func(status client.Status, traces TracesFunc) ([]byte, error)
	cache    string
	keep     func(*engine) error
}

const (
	usualEvery = 20 // restoring replays at most so many steps
	usualIdle  = 30 * time.Minute
	usualWatch = 2 * time.Second
	usualBeat  = 15 * time.Second
)

func newOptions(given []Option) options {
	opts := options{every: usualEvery, idle: usualIdle, watch: usualWatch, beat: usualBeat, cache: cacheDir()}
	for _, option := range given {
		option(&opts)
	}
	return opts
}

// Driver chooses where the searchers live; NASX_DRIVER overrides it.
func Driver(driver string) Option { return func(o *options) { o.driver = driver } }

// Version names the code that the cell defines. A cell with another version is
// told so, as with another configuration.
func Version(version string) Option { return func(o *options) { o.version = version } }

// Replace lets a cell that differs from the running session take its place and
// go on from its state.
func Replace(o *options) { o.replace = true }

// Reset lets a cell begin again at step 0, in new runs. The old runs stay.
func Reset(o *options) { o.reset = true }

// CheckpointEvery sets the steps between two saved states, 20 by default.
// Going back to a step replays at most so many.
func CheckpointEvery(steps int) Option { return func(o *options) { o.every = max(steps, 1) } }

// IdleAfter sets after how long without a command a resident saves and ends.
func IdleAfter(idle time.Duration) Option { return func(o *options) { o.idle = idle } }

// Page is what a session shows in the browser. It sees paths from "/" on.
func Page(page http.Handler) Option { return func(o *options) { o.page = page } }

// SnapshotPNG draws a session's present state.
func SnapshotPNG(draw func(status client.Status, traces TracesFunc) ([]byte, error)) Option {
	return func(o *options) { o.snapshot = draw }
}
