package run_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"naslab.dev/nasx/run"
)

// limitFiles lets no file grow beyond so many bytes, as if the disk were full;
// 0 takes the limit away.
func limitFiles(bytes uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = bytes
	if bytes == 0 {
		limit.Cur = limit.Max
	}
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// childFull walks into a full disk twice, once with a step and once with a
// checkpoint, prints the two sentences, and walks on to step 200 once there is
// room again.
func childFull(dir string) error {
	s := newWalk(11)
	w, err := run.Create(dir, s.Describe())
	if err != nil {
		return err
	}
	w.Every = 0
	if err := w.Set(s, "rate", 0.1); err != nil {
		return err
	}
	if err := stepUntilFull(w, s); err != nil {
		return err
	}
	if err := checkpointOnFull(w, s, dir); err != nil {
		return err
	}
	for w.Finished() < 200 {
		if _, err := w.Step(s); err != nil {
			return err
		}
	}
	if err := w.Checkpoint(s); err != nil {
		return err
	}
	return w.Close()
}

// stepUntilFull makes steps until the disk is full and prints what the failed one
// says. The steps before it stay readable, the searcher waits one step ahead, and
// the same step is stored once there is room.
func stepUntilFull(w *run.Writer, s *walk) error {
	err := limitFiles(200 << 10)
	if err != nil {
		return err
	}
	for err == nil {
		if w.Finished() == 200 {
			return errors.New("the disk never got full")
		}
		_, err = w.Step(s)
	}
	fmt.Println(err)
	finished := w.Finished()
	if _, again := w.Step(s); again == nil || s.step != finished+1 {
		return fmt.Errorf("with %d steps stored the searcher stands at %d and the next try says %v", finished, s.step, again)
	}
	if n, err := w.Steps(); err != nil || n != finished {
		return fmt.Errorf("%d steps can be read, want %d: %v", n, finished, err)
	}
	if err := limitFiles(0); err != nil {
		return err
	}
	if trace, err := w.Step(s); err != nil || trace.Step != finished+1 {
		return fmt.Errorf("with room again: step %d, %w", trace.Step, err)
	}
	return nil
}

// checkpointOnFull fails to write a checkpoint, which must leave nothing behind,
// and prints what it says.
func checkpointOnFull(w *run.Writer, s *walk, dir string) error {
	if err := limitFiles(100); err != nil { // too little for the tensors
		return err
	}
	err := w.Checkpoint(s)
	if err == nil {
		return errors.New("the checkpoint was written to a full disk")
	}
	fmt.Println(err)
	left, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	if err != nil || len(left) != 0 {
		return fmt.Errorf("the failed checkpoint left %v, %v", left, err)
	}
	return limitFiles(0)
}
