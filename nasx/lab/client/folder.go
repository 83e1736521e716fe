package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Files of a session's folder. Package lab writes them.
const (
	AddressFile = "address.json" // where the resident answers; gone when it has ended
	TokenFile   = "token"        // 128 random bits in hex, mode 0600
	LogFile     = "lab.log"      // what the resident prints
	smallFile   = 1 << 20        // no file that is read here is larger
)

// Address says where a session's resident answers.
type Address struct {
	PID     int       `json:"pid"`
	Port    int       `json:"port"`
	Started time.Time `json:"started"`
}

// ErrNotRunning is the cause of errors about a session that has no resident.
var ErrNotRunning = errors.New("is not running")

var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName returns an error if a session cannot be called name.
func CheckName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("session name %q must be 1 to 64 letters, digits, dots, dashes or underscores, "+
			"the first a letter or a digit", name)
	}
	return nil
}

// StateDir returns the folder of all sessions: $NASX_STATE, or
// naslab/sessions in the user's cache folder.
func StateDir() (string, error) {
	if dir := os.Getenv("NASX_STATE"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("sessions have no folder: set NASX_STATE: %w", err)
	}
	return filepath.Join(cache, "naslab", "sessions"), nil
}

// Folder returns the folder of the named session; it need not exist.
func Folder(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	dir, err := StateDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// ReadAddress reads a session folder's address and token. The error wraps
// [ErrNotRunning] if there is none.
func ReadAddress(folder string) (Address, string, error) {
	name := filepath.Base(folder)
	var address Address
	data, err := readSmall(filepath.Join(folder, AddressFile))
	if errors.Is(err, os.ErrNotExist) {
		return address, "", fmt.Errorf("session %s %w", name, ErrNotRunning)
	}
	if err != nil {
		return address, "", fmt.Errorf("session %s: %w", name, err)
	}
	if err := json.Unmarshal(data, &address); err != nil {
		return address, "", fmt.Errorf("session %s: %s is not an address: %w", name, AddressFile, err)
	}
	if address.Port < 1 || address.Port > 65535 || address.PID < 1 {
		return address, "", fmt.Errorf("session %s: %s names port %d and process %d, want both real",
			name, AddressFile, address.Port, address.PID)
	}
	token, err := readSmall(filepath.Join(folder, TokenFile))
	if err != nil {
		return address, "", fmt.Errorf("session %s: %w", name, err)
	}
	return address, strings.TrimSpace(string(token)), nil
}

// readSmall reads a file of at most smallFile bytes.
func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, smallFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > smallFile {
		return nil, fmt.Errorf("%s has more than %d bytes", path, smallFile)
	}
	return data, nil
}
