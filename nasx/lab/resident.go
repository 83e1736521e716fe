package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"naslab.dev/nasx/lab/client"
)

const (
	programFile = "program"
	patience    = 20 * time.Millisecond // between two looks at a beginning resident
	endWait     = 30 * time.Second      // for a resident that was stopped
)

// openResident attaches to a session's resident, or starts it.
func openResident(name, folder string, build Build, opts options) (*Session, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("session %s: %w", name, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	opening := flock.New(filepath.Join(folder, "open.lock"), flock.SetPermissions(0o600))
	if _, err := opening.TryLockContext(ctx, patience); err != nil {
		return nil, fmt.Errorf("session %s is being opened by another cell: %w", name, err)
	}
	defer func() { _ = opening.Unlock() }()
	live, err := attach(name, folder)
	if err != nil {
		return nil, err
	}
	if live != nil {
		keep, err := mayAttach(name, folder, build, opts)
		if err != nil {
			return nil, err
		}
		if keep {
			return &Session{name, &remote{live, folder}}, nil
		}
		if err := (&remote{live, folder}).stop(); err != nil {
			return nil, err
		}
	}
	if err := startResident(ctx, name, folder); err != nil {
		return nil, err
	}
	if live, err = client.Attach(name); err != nil {
		return nil, err
	}
	return &Session{name, &remote{live, folder}}, nil
}

// attach connects to a session's resident, nil where there is none or where it
// is about to end. Whether there is one says its lock: an address outlives a
// process that was killed, and another program that has the port by then must
// not be sent the token.
func attach(name, folder string) (*client.Session, error) {
	lock := flock.New(filepath.Join(folder, lockFile), flock.SetPermissions(0o600))
	if dead, err := lock.TryLock(); err == nil && dead {
		return nil, lock.Unlock()
	}
	live, err := client.Attach(name)
	if errors.Is(err, client.ErrNotRunning) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	status, err := live.Status()
	if err != nil || status.State == client.StateEnded {
		return nil, nil
	}
	return live, nil
}

// mayAttach says whether a running session is this cell's search. The same
// program is not asked again; any other builds its searchers to compare them.
// False means that this cell takes the session's place.
func mayAttach(name, folder string, build Build, opts options) (bool, error) {
	if opts.reset {
		return false, nil
	}
	rec, err := readRecord(folder)
	if err != nil || rec == nil {
		return false, err
	}
	self, err := executable()
	if err != nil {
		return false, err
	}
	if program, err := hashOf(self); err == nil && program == rec.Program {
		return true, nil
	}
	searchers, err := callBuild(build, rec.Seed)
	if err != nil {
		return false, err
	}
	ids, descs := describe(searchers)
	for _, searcher := range searchers {
		closeSearcher(searcher)
	}
	different, err := differences(rec, opts.version, ids, descs)
	if err != nil || len(different) == 0 {
		return err == nil, err
	}
	if !opts.replace {
		return false, differs(name, different)
	}
	return false, nil
}

// executable returns the path of this program.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("lab: this program's own file: %w", err)
	}
	return path, nil
}

// hashOf returns the SHA-256 of a file together with the arguments of this
// process, which are the resident's too.
func hashOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("lab: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("lab: %w", err)
	}
	fmt.Fprintf(sum, "%q", os.Args[1:])
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// startResident executes this program again, detached, and waits until the
// session answers.
func startResident(ctx context.Context, name, folder string) error {
	if os.Getenv(marker) != "" {
		return fmt.Errorf("session %s cannot be started by the resident of another one: open it in a cell", name)
	}
	for _, stale := range []string{client.AddressFile, failureFile} {
		if err := os.Remove(filepath.Join(folder, stale)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("session %s: %w", name, err)
		}
	}
	program, err := copyProgram(folder)
	if err != nil {
		return fmt.Errorf("session %s: %w", name, err)
	}
	output, err := os.OpenFile(filepath.Join(folder, client.LogFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("session %s: %w", name, err)
	}
	defer output.Close()
	cmd := exec.Command(program, os.Args[1:]...)
	cmd.Stdout, cmd.Stderr = output, output // standard input is the null device
	cmd.Env = append(slices.DeleteFunc(os.Environ(), isOfCell), marker+"="+folder)
	cmd.SysProcAttr = detached()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("session %s: %w", name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return waitForResident(ctx, name, folder, cmd.Process.Pid, ended)
}

// isOfCell names what of a cell's environment would let the resident write
// into the cell's output, which ends with the cell.
func isOfCell(entry string) bool {
	return strings.HasPrefix(entry, "GONB_PIPE=") || strings.HasPrefix(entry, "GONB_PIPE_BACK=") ||
		strings.HasPrefix(entry, marker+"=")
}

// waitForResident returns when the resident answers, or with the reason why it
// does not. It waits as long as the resident lives.
func waitForResident(ctx context.Context, name, folder string, pid int, ended <-chan error) error {
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if address, _, err := client.ReadAddress(folder); err == nil && address.PID == pid {
				return nil
			}
		case err := <-ended:
			return whyEnded(name, folder, pid, err)
		case <-ctx.Done():
			return fmt.Errorf("%w: session %s is still being built and will be there for the next cell", ErrInterrupted, name)
		}
	}
}

// whyEnded returns the error that a resident left, or the end of its output.
func whyEnded(name, folder string, pid int, exit error) error {
	var left failure
	data, err := os.ReadFile(filepath.Join(folder, failureFile))
	if err == nil && json.Unmarshal(data, &left) == nil && left.PID == pid && left.Error != "" {
		return errors.New(left.Error)
	}
	said := "nothing"
	if data, err := os.ReadFile(filepath.Join(folder, client.LogFile)); err == nil {
		lines := strings.Split(strings.TrimSpace(string(data)), "\n")
		said = lines[len(lines)-1]
	}
	how := "without an error"
	if exit != nil {
		how = exit.Error()
	}
	return fmt.Errorf("session %s: its process ended (%s) before it opened the session; its last words: %s "+
		"(is lab.Open the first statement of the cell?)", name, how, said)
}

// copyProgram keeps this program in the session's folder: the cell's own file
// goes with the kernel.
func copyProgram(folder string) (string, error) {
	self, err := executable()
	if err != nil {
		return "", err
	}
	from, err := os.Open(self)
	if err != nil {
		return "", err
	}
	defer from.Close()
	temp, err := os.CreateTemp(folder, ".program-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(temp, from)
	err = errors.Join(err, temp.Chmod(0o700), temp.Close())
	target := filepath.Join(folder, programFile)
	if err == nil {
		err = os.Rename(temp.Name(), target)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return target, nil
}
