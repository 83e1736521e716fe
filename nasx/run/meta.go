package run

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"naslab.dev/nasx/search"
)

// Keys of the run table that the package itself writes.
const (
	keyDescription = "description"
	keyCreated     = "created"
	keyOrigin      = "origin"
	keyVersions    = "versions"
)

// maxValue bounds one value of the run table and one event, in bytes.
const maxValue = 4 << 20

// Meta says what a run is and where it comes from.
type Meta struct {
	// Description is what the searcher said of itself when the run began. Its
	// Config is a [json.RawMessage]; see [Config].
	Description search.Description `json:"description"`

	Created  time.Time         `json:"created"`
	Origin   *Origin           `json:"origin,omitempty"`   // nil unless the run is a fork
	Versions map[string]string `json:"versions,omitempty"` // of Go, of modules and the platform
}

// Origin says where a fork left its parent.
type Origin struct {
	Run  string `json:"run"`  // name of the parent's folder
	Step int    `json:"step"` // the last step they share
}

// Config decodes the configuration of a description into a method's Config,
// and refuses fields that it does not have.
func Config(d search.Description, into any) error {
	raw, err := json.Marshal(d.Config)
	if err != nil {
		return fmt.Errorf("run: configuration of %s: %w", d.Method, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("run: configuration of %s: %w", d.Method, err)
	}
	return nil
}

// decodeDescription reads a description and keeps its configuration as JSON.
func decodeDescription(raw []byte) (search.Description, error) {
	config := json.RawMessage("null")
	d := search.Description{Config: &config}
	if err := json.Unmarshal(raw, &d); err != nil {
		return search.Description{}, err
	}
	for i, decision := range d.Decisions {
		if len(decision.Choices) == 0 {
			return search.Description{}, fmt.Errorf("decision %d (%q) has no choices, want at least one", i, decision.Name)
		}
	}
	if d.Method == "" {
		return search.Description{}, errors.New("method is empty, want its name")
	}
	if d.Steps < 0 || d.StepsPerEpoch < 0 || d.ImagesPerStep < 0 {
		return search.Description{}, errors.New("steps, steps_per_epoch and images_per_step must not be negative")
	}
	d.Config = config
	return d, nil
}

// versions names what the program was built from.
func versions() map[string]string {
	v := map[string]string{"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/gomlx/gomlx" || dep.Path == "github.com/gomlx/go-xla" {
			v[dep.Path] = dep.Version
		}
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			v["commit"] = setting.Value
		}
	}
	return v
}

// readMeta reads what create wrote.
func readMeta(db *sql.DB, dir string) (Meta, error) {
	var m Meta
	fail := func(key string, err error) (Meta, error) {
		return Meta{}, fmt.Errorf("run: %s: %s in the run table: %w", dir, key, err)
	}
	raw, err := getValue(db, keyDescription)
	if err != nil {
		return fail(keyDescription, err)
	}
	if m.Description, err = decodeDescription(raw); err != nil {
		return fail(keyDescription, err)
	}
	for _, field := range []struct {
		key  string
		into any
	}{{keyCreated, &m.Created}, {keyOrigin, &m.Origin}, {keyVersions, &m.Versions}} {
		raw, err := getValue(db, field.key)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(raw, field.into)
		}
		if err != nil {
			return fail(field.key, err)
		}
	}
	return m, nil
}

// getValue reads one value of the run table as JSON.
func getValue(db *sql.DB, key string) ([]byte, error) {
	var size int
	var raw []byte
	const query = "SELECT octet_length(value), CASE WHEN octet_length(value) <= ?1 THEN value END FROM run WHERE key = ?2"
	if err := db.QueryRow(query, maxValue, key).Scan(&size, &raw); err != nil {
		return nil, err
	}
	if size > maxValue {
		return nil, fmt.Errorf("%d bytes, want at most %d", size, maxValue)
	}
	return raw, nil
}

// execer is a database or a transaction.
type execer interface {
	Exec(query string, args ...any) (sql.Result, error)
}

// putValue writes one value of the run table as JSON.
func putValue(db execer, key string, value any) error {
	raw, err := encode(value)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	_, err = db.Exec("INSERT OR REPLACE INTO run(key, value) VALUES(?, ?)", key, string(raw))
	return err
}

// encode makes JSON of at most maxValue bytes.
func encode(value any) ([]byte, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxValue {
		return nil, fmt.Errorf("%d bytes as JSON, want at most %d", len(raw), maxValue)
	}
	return raw, nil
}

// Put keeps a value of the caller's with the run, as JSON: final results, for
// example. Keys of the package itself are refused.
func (w *Writer) Put(key string, value any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch key {
	case "", keyDescription, keyCreated, keyOrigin, keyVersions:
		return fmt.Errorf("run: key %q is taken, want another", key)
	}
	if err := putValue(w.db, key, value); err != nil {
		return fmt.Errorf("run: %s: store %s: %w", w.dir, key, err)
	}
	return nil
}

// Get decodes a value that [Writer.Put] kept and says whether there is one.
func (r *Reader) Get(key string, into any) (bool, error) {
	raw, err := getValue(r.read, key)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return false, fmt.Errorf("run: %s: %s in the run table: %w", r.dir, key, err)
	}
	return true, nil
}
