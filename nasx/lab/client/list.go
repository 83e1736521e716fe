package client

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// Info is one line of [List].
type Info struct {
	Name    string    `json:"name"`
	State   string    `json:"state"` // a State constant; "ended" where no resident answers
	Message string    `json:"message,omitempty"`
	Step    int       `json:"step"`
	Steps   int       `json:"steps"`
	PID     int       `json:"pid,omitempty"`
	Memory  int64     `json:"memory"` // resident bytes, 0 if unknown
	Started time.Time `json:"started,omitzero"`
	Folder  string    `json:"folder"`
}

// List returns all sessions of this user, by name, those that have ended too.
func List() ([]Info, error) {
	dir, err := StateDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Info
	for _, entry := range entries {
		if entry.IsDir() && CheckName(entry.Name()) == nil {
			all = append(all, inspect(entry.Name(), filepath.Join(dir, entry.Name())))
		}
	}
	return all, nil
}

// inspect asks one session what it is.
func inspect(name, folder string) Info {
	info := Info{Name: name, State: StateEnded, Folder: folder}
	session, err := Attach(name)
	if err != nil {
		if !errors.Is(err, ErrNotRunning) {
			info.State, info.Message = StateError, err.Error()
		}
		return info
	}
	status, err := session.Status()
	if err != nil {
		info.State, info.Message = StateError, err.Error()
		return info
	}
	info.State, info.Message, info.Step, info.Steps = status.State, status.Message, status.Step, status.Steps
	if address, _, err := ReadAddress(folder); err == nil {
		info.PID, info.Started, info.Memory = address.PID, address.Started, Memory(address.PID)
	}
	return info
}

// Memory returns the resident memory of a process in bytes, 0 if it cannot be
// read.
func Memory(pid int) int64 {
	if runtime.GOOS == "linux" {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
		fields := bytes.Fields(data)
		if err != nil || len(fields) < 2 {
			return 0
		}
		pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		return pages * int64(os.Getpagesize())
	}
	data, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0
	}
	kib, _ := strconv.ParseInt(string(bytes.TrimSpace(data)), 10, 64)
	return kib << 10
}

// Check does nothing without an error. With one it prints its sentence and ends
// the program with exit code 1: a cell has no caller to return it to.
func Check(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
