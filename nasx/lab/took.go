package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"naslab.dev/nasx/search"
)

// LastPrepared returns how long preparing such a search took the last time on
// this machine, 0 where that is not known. Seeds and lengths of schedules make
// no difference. Where this very search was never prepared, it is the time of
// the latest one by the same method in the same space on the same data, and
// alike is true: an estimate.
func LastPrepared(desc search.Description) (took time.Duration, alike bool) {
	return lastTook(cacheDir(), desc)
}

// KeepPrepared remembers for [LastPrepared] how long preparing took. It is a
// courtesy: errors are not reported.
func KeepPrepared(desc search.Description, took time.Duration) { keepTook(cacheDir(), desc, took) }

// lastTook is LastPrepared in a cache; desc is encoded as a search.Description.
func lastTook(cache string, desc any) (took time.Duration, alike bool) {
	for i, file := range tookFiles(cache, desc) {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64)
		if err == nil && seconds > 0 && seconds < 1e6 {
			return time.Duration(seconds * float64(time.Second)), i > 0
		}
	}
	return 0, false
}

// keepTook is KeepPrepared in a cache.
func keepTook(cache string, desc any, took time.Duration) {
	for _, file := range tookFiles(cache, desc) {
		if os.MkdirAll(filepath.Dir(file), 0o755) == nil {
			_ = os.WriteFile(file, []byte(strconv.FormatFloat(took.Seconds(), 'f', 2, 64)+"\n"), 0o644)
		}
	}
}

// tookFiles returns where the times of such a search and of those alike are
// kept, none without a cache.
func tookFiles(cache string, desc any) []string {
	data, err := json.Marshal(desc)
	var fields map[string]any
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	if err != nil || cache == "" {
		return nil
	}
	alike := map[string]any{}
	for _, name := range []string{"method", "space", "data"} {
		alike[name] = fields[name]
	}
	for _, shown := range []string{"label", "note", "images_per_step", "steps_per_epoch"} {
		delete(fields, shown)
	}
	var files []string
	for _, key := range []any{compiled(fields), alike} {
		text, err := json.Marshal(key)
		if err != nil {
			return nil
		}
		sum := sha256.Sum256(text)
		files = append(files, filepath.Join(cache, "compile-times", hex.EncodeToString(sum[:12])))
	}
	return files
}

// uncompiled are the names of numbers that change nothing of what is compiled.
var uncompiled = []string{"seed", "noiseseed", "steps", "epochs"}

// compiled leaves out of a decoded document what is not compiled in.
func compiled(value any) any {
	fields, ok := value.(map[string]any)
	if !ok {
		return value
	}
	kept := map[string]any{}
	for name, inner := range fields {
		plain := strings.ReplaceAll(strings.ToLower(name), "_", "")
		if inner != nil && !slices.Contains(uncompiled, plain) {
			kept[name] = compiled(inner)
		}
	}
	return kept
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
