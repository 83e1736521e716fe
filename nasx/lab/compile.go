package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"naslab.dev/nasx/search"
)

// Preparer is a Searcher that has something to do before its first step that
// takes seconds, usually compiling. A session then says what, for how long, and
// how long it took the last time.
type Preparer interface {
	// Prepare does it. It calls report with what it does now, in a few words.
	Prepare(report func(what string)) error
}

// prepare calls a Preparer once.
func (e *engine) prepare(m *method) error {
	if m.warm {
		return nil
	}
	if preparer, ok := m.searcher.(Preparer); ok {
		e.startCompiling(m, m.label(), time.Now())
		err := callPrepare(preparer, func(what string) {
			e.mu.Lock()
			if e.compiling != nil {
				e.compiling.what = what
			}
			e.mu.Unlock()
			e.changed()
		})
		e.stopCompiling(m, err == nil)
		if err != nil {
			return fmt.Errorf("%s: preparing the first step: %w", m.id, err)
		}
		e.mu.Lock()
		m.warm = true
		e.mu.Unlock()
	}
	return nil
}

func callPrepare(preparer Preparer, report func(string)) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the method failed: %v", cause)
		}
	}()
	return preparer.Prepare(report)
}

// startCompiling shows that something takes its time.
func (e *engine) startCompiling(m *method, what string, began time.Time) {
	var last time.Duration
	if m != nil {
		last = e.lastTime(m)
	}
	e.mu.Lock()
	e.compiling = &compiling{what: what, began: began, last: last}
	e.mu.Unlock()
	e.changed()
}

// stopCompiling ends that; a time that led somewhere is kept for the next one.
func (e *engine) stopCompiling(m *method, good bool) {
	e.mu.Lock()
	was := e.compiling
	e.compiling = nil
	e.mu.Unlock()
	if was != nil && good && m != nil {
		e.keepTime(m, time.Since(was.began))
	}
	e.changed()
}

// timeFile is where the last compile time of such a method is kept.
func (e *engine) timeFile(m *method) string {
	desc := m.desc
	desc.Seed, desc.Steps = 0, 0 // neither changes what is compiled
	data, err := json.Marshal(desc)
	if err != nil || e.opts.cache == "" {
		return ""
	}
	sum := sha256.Sum256(data)
	return filepath.Join(e.opts.cache, "compile-times", hex.EncodeToString(sum[:12]))
}

// lastTime returns how long it took the last time, 0 if that is not known.
func (e *engine) lastTime(m *method) time.Duration {
	data, err := os.ReadFile(e.timeFile(m))
	if err != nil {
		return 0
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
	if err != nil || !(seconds >= 0 && seconds < 1e6) {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

// keepTime remembers a compile time. It is a courtesy: errors are not reported.
func (e *engine) keepTime(m *method, took time.Duration) {
	file := e.timeFile(m)
	if file == "" || os.MkdirAll(filepath.Dir(file), 0o755) != nil {
		return
	}
	_ = os.WriteFile(file, []byte(strconv.FormatFloat(took.Seconds(), 'f', 2, 64)+"\n"), 0o644)
}

// cacheDir returns $NASX_CACHE/lab or its default, "" where there is none.
func cacheDir() string {
	if dir := os.Getenv("NASX_CACHE"); dir != "" {
		return filepath.Join(dir, "lab")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "naslab", "lab")
}

// knobsOf returns a searcher's knobs, never nil.
func knobsOf(searcher search.Searcher) []search.Knob {
	if tunable, ok := searcher.(search.Tunable); ok {
		return append([]search.Knob{}, tunable.Knobs()...)
	}
	return []search.Knob{}
}
