package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

const (
	recordFile  = "session.json"
	recordLimit = 8 << 20 // bytes
)

// record is what a session's folder keeps, so that a new process can go on.
type record struct {
	Name     string           `json:"name"`
	Version  string           `json:"version"`
	Program  string           `json:"program"` // hash of the program that runs it
	Seed     *uint64          `json:"seed"`    // set by a reset; null: the build's own
	Replaced bool             `json:"replaced"`
	Port     int              `json:"port"` // taken again, so that open pages reconnect
	At       *int             `json:"at"`   // the step gone back to; null: the end of the runs
	Methods  []recordedMethod `json:"methods"`
}

// recordedMethod is one method of a record.
type recordedMethod struct {
	ID          string             `json:"id"`
	Run         string             `json:"run"`
	Forks       []client.Fork      `json:"forks"`
	Description client.Description `json:"description"`
}

func (r *record) find(id string) (recordedMethod, bool) {
	for _, m := range r.Methods {
		if m.ID == id {
			return m, true
		}
	}
	return recordedMethod{}, false
}

// readRecord reads a session's record, nil where there is none.
func readRecord(folder string) (*record, error) {
	path := filepath.Join(folder, recordFile)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Size() > recordLimit {
		err = fmt.Errorf("it has %d bytes, want at most %d", info.Size(), recordLimit)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	var rec record
	if err == nil {
		err = json.Unmarshal(data, &rec)
	}
	if err == nil && len(rec.Methods) == 0 {
		err = errors.New("it names no method")
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not a session's record: %w; lab.Reset begins again", path, err)
	}
	return &rec, nil
}

// writeFile replaces a file of a session's folder in one piece, for its user
// only.
func writeFile(path string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(append(data, '\n'))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// record says what the engine would need to go on in another process.
func (e *engine) record() *record {
	e.mu.Lock()
	defer e.mu.Unlock()
	rec := &record{Name: e.name, Version: e.opts.version, Seed: e.seed, Replaced: e.replaced}
	for _, m := range e.methods {
		rec.Methods = append(rec.Methods, recordedMethod{ID: m.id, Run: m.run.Dir(), Forks: m.forks, Description: m.desc})
		if m.behind {
			step := m.step
			rec.At = &step
		}
	}
	return rec
}

// admit compares what was built with a record. A difference is an error,
// unless the cell replaces what is recorded.
func (e *engine) admit(rec *record, ids []string, descs []search.Description) error {
	if rec == nil {
		return nil
	}
	different, err := differences(rec, e.opts.version, ids, descs)
	if err != nil || len(different) == 0 {
		return err
	}
	if !e.opts.replace {
		return differs(e.name, different)
	}
	e.replaced = true
	e.why = different
	return nil
}

// differs is the sentence about a cell that is not the session's.
func differs(name string, different []string) error {
	return fmt.Errorf("session %s is another search than this cell's: %s. "+
		"Give lab.Replace to lab.Open to go on from its state with this cell's code, or lab.Reset to begin again",
		name, strings.Join(different, "; "))
}

const mostDifferences = 4 // of those listed in a sentence

// differences lists where the searchers of a cell differ from a record:
// method, configuration and version.
func differences(rec *record, version string, ids []string, descs []search.Description) ([]string, error) {
	var all []string
	if rec.Version != version {
		all = append(all, fmt.Sprintf("the version is %q here and %q there", version, rec.Version))
	}
	var there []string
	for _, m := range rec.Methods {
		there = append(there, m.ID)
	}
	if strings.Join(ids, ", ") != strings.Join(there, ", ") {
		return append(all, fmt.Sprintf("the methods are %s here and %s there",
			strings.Join(ids, ", "), strings.Join(there, ", "))), nil
	}
	for i, desc := range descs {
		mirrored, err := mirror(desc)
		if err != nil {
			return nil, err
		}
		here, err := flatten(mirrored)
		if err != nil {
			return nil, err
		}
		recorded, err := flatten(rec.Methods[i].Description)
		if err != nil {
			return nil, err
		}
		all = append(all, unequal(ids[i], here, recorded)...)
	}
	if len(all) > mostDifferences {
		more := len(all) - mostDifferences
		all = append(all[:mostDifferences], fmt.Sprintf("and %d more", more))
	}
	return all, nil
}

// unequal compares two flat documents.
func unequal(id string, here, there map[string]string) []string {
	names := map[string]bool{}
	for name := range here {
		names[name] = true
	}
	for name := range there {
		names[name] = true
	}
	var all []string
	for name := range names {
		a, b := here[name], there[name]
		if a == "" {
			a = "absent"
		}
		if b == "" {
			b = "absent"
		}
		if a != b {
			all = append(all, fmt.Sprintf("%s of %s is %s here and %s there", name, id, a, b))
		}
	}
	sort.Strings(all)
	return all
}

// flatten turns a description into texts by path, such as "config.epochs".
func flatten(desc client.Description) (map[string]string, error) {
	data, err := json.Marshal(desc)
	if err != nil {
		return nil, err
	}
	var document any
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	flat := map[string]string{}
	flattenInto(flat, "", document)
	return flat, nil
}

func flattenInto(flat map[string]string, path string, value any) {
	join := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			flattenInto(flat, join(name), inner)
		}
	case []any:
		for i, inner := range v {
			flattenInto(flat, join(fmt.Sprint(i)), inner)
		}
	default:
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte(fmt.Sprint(v))
		}
		flat[path] = string(text)
	}
}
