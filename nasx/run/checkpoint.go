package run

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"naslab.dev/nasx/search"
)

// Checkpoint is a saved state of the searcher.
type Checkpoint struct {
	Step   int
	Path   string // relative to the run's directory: "checkpoints/STEP"
	SHA256 string // of state.safetensors, in hexadecimal
}

// stateFile is state.json, for people and for tools: what the tensors belong to.
type stateFile struct {
	Step   int           `json:"step"`
	Method string        `json:"method"`
	Seed   uint64        `json:"seed"`
	SHA256 string        `json:"sha256"` // of state.safetensors
	Knobs  []search.Knob `json:"knobs,omitempty"`
}

// unfinished marks the folder of a checkpoint that is being written.
const unfinished = ".new-"

// Checkpoint saves the searcher's state after the last stored step. If that
// step has a sound checkpoint, nothing is done: what happened since are events.
// All checkpoints are kept.
func (w *Writer) Checkpoint(s search.Searcher) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending != nil {
		if err := w.store(); err != nil {
			return err
		}
	}
	return w.checkpoint(s)
}

// checkpoint is Checkpoint without the lock. Its row follows fsync and rename.
func (w *Writer) checkpoint(s search.Searcher) error {
	if w.bad != nil {
		return fmt.Errorf("run: the searcher's state is not saved, because %w; the checkpoints before are kept", w.bad)
	}
	stateful, ok := s.(search.Stateful)
	if !ok {
		return fmt.Errorf("run: %s cannot save its state", w.meta.Description.Method)
	}
	if w.last == 0 {
		return nil // the beginning is rebuilt, not loaded
	}
	err := w.save(s, stateful)
	w.due = err != nil
	if err != nil {
		return fmt.Errorf("run: checkpoint of step %d of %s: %w; the step itself is stored", w.last, w.dir, err)
	}
	return nil
}

// save writes the checkpoint of the last step unless it has one.
func (w *Writer) save(s search.Searcher, stateful search.Stateful) error {
	c := Checkpoint{Step: w.last, Path: checkpointPath(w.last)}
	dir := filepath.Join(w.dir, c.Path)
	err := w.db.QueryRow("SELECT sha256 FROM checkpoints WHERE step = ?", w.last).Scan(&c.SHA256)
	if err == nil {
		if _, err := loadCheckpoint(w.dir, c); err == nil {
			return nil
		}
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	state, err := stateful.State()
	if err != nil {
		return err
	}
	tensors, err := EncodeTensors(state)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(tensors)
	c.SHA256 = hex.EncodeToString(sum[:])
	d := w.meta.Description
	about := stateFile{Step: c.Step, Method: d.Method, Seed: d.Seed, SHA256: c.SHA256}
	if t, ok := s.(search.Tunable); ok {
		about.Knobs = t.Knobs()
	}
	text, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	if err := install(dir, map[string][]byte{tensorsName: tensors, stateName: append(text, '\n')}); err != nil {
		return err
	}
	_, err = w.db.Exec("INSERT OR REPLACE INTO checkpoints(step, path, sha256) VALUES(?, ?, ?)", c.Step, c.Path, c.SHA256)
	return err
}

// install writes files into a folder beside dir, makes them durable and moves
// the folder to dir. What was there had no row or was damaged.
func install(dir string, files map[string][]byte) (err error) {
	temp, err := os.MkdirTemp(filepath.Dir(dir), unfinished)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := writeSynced(filepath.Join(temp, name), data); err != nil {
			return err
		}
	}
	if err := syncDir(temp); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// writeSynced writes a new file and waits for the disk.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// removeUnfinished clears what a killed writer left; the caller has the lock.
func removeUnfinished(dir string) error {
	entries, err := os.ReadDir(filepath.Join(dir, checkpointsName))
	if errors.Is(err, os.ErrNotExist) {
		err = os.Mkdir(filepath.Join(dir, checkpointsName), 0o755)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), unfinished) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, checkpointsName, entry.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("run: %s: %w", dir, err)
	}
	return nil
}

// checkpointPath is the one place where a step's checkpoint may lie.
func checkpointPath(step int) string { return checkpointsName + "/" + strconv.Itoa(step) }

// Checkpoints returns the saved states, oldest first. That one is listed does
// not say that its files are sound; [Reader.At] finds out.
func (r *Reader) Checkpoints() ([]Checkpoint, error) {
	rows, err := r.read.Query("SELECT step, substr(path, 1, 100), substr(sha256, 1, 100) FROM checkpoints ORDER BY step")
	if err != nil {
		return nil, fmt.Errorf("run: checkpoints of %s: %w", r.dir, err)
	}
	defer rows.Close()
	var all []Checkpoint
	for rows.Next() {
		var c Checkpoint
		if err := rows.Scan(&c.Step, &c.Path, &c.SHA256); err != nil {
			return nil, fmt.Errorf("run: checkpoints of %s: %w", r.dir, err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("run: checkpoints of %s: %w", r.dir, err)
	}
	return all, nil
}

// loadCheckpoint reads a checkpoint and verifies it.
func loadCheckpoint(dir string, c Checkpoint) (map[string]search.Tensor, error) {
	if c.Path != checkpointPath(c.Step) {
		return nil, fmt.Errorf("path is %q, want %q", c.Path, checkpointPath(c.Step))
	}
	text, err := readLimited(filepath.Join(dir, c.Path, stateName), maxValue)
	if err != nil {
		return nil, err
	}
	var about stateFile
	if err := json.Unmarshal(text, &about); err != nil {
		return nil, fmt.Errorf("%s: %w", stateName, err)
	}
	if about.Step != c.Step {
		return nil, fmt.Errorf("%s says step %d, want %d", stateName, about.Step, c.Step)
	}
	tensors, err := readLimited(filepath.Join(dir, c.Path, tensorsName), maxTensorHeader+maxTensors+8)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(tensors)
	if got := hex.EncodeToString(sum[:]); got != c.SHA256 || about.SHA256 != c.SHA256 {
		return nil, fmt.Errorf("%s has SHA-256 %s, want %.64s", tensorsName, got, c.SHA256)
	}
	return DecodeTensors(tensors)
}

// readLimited reads a file of at most limit bytes.
func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, want a plain file of at most %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}
