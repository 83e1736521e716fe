package lab

import (
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"naslab.dev/nasx/lab/client"
)

const failureFile = "failure.json"

// failure is why a resident could not begin.
type failure struct {
	PID   int    `json:"pid"`
	Error string `json:"error"`
}

// reside is a resident's whole life. It returns the exit code.
func reside(name, folder string, build Build, opts options) int {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT)
	log.SetPrefix("session " + name + ": ")
	r := &resident{name: name, folder: folder, over: make(chan string, 1)}
	if err := r.begin(build, opts); err != nil {
		log.Print(err)
		told := failure{PID: os.Getpid(), Error: err.Error()}
		if err := writeFile(filepath.Join(folder, failureFile), told); err != nil {
			log.Print(err)
		}
		return 1
	}
	go func() {
		if err := r.serve.Serve(r.listener); !errors.Is(err, http.ErrServerClosed) {
			r.end(fmt.Sprintf("its server failed: %v", err))
		}
	}()
	why := r.watch(opts)
	log.Printf("ends: %s", why)
	if err := r.e.close(why); err != nil {
		log.Print(err)
	}
	r.leave()
	shutdown(r.serve)
	return 0
}

// resident is a process that holds a session.
type resident struct {
	name, folder string
	e            *engine
	listener     net.Listener
	serve        *http.Server
	over         chan string // why it shall end
	once         sync.Once
}

// end asks the resident to end.
func (r *resident) end(why string) { r.once.Do(func() { r.over <- why }) }

// begin opens the session, its port and its address file.
func (r *resident) begin(build Build, opts options) error {
	lock, err := lockSession(r.name, r.folder, endWait) // held until the process ends
	if err != nil {
		return err
	}
	token, err := tokenOf(r.folder)
	if err != nil {
		return err
	}
	port := 0
	if rec, err := readRecord(r.folder); err == nil && rec != nil {
		port = rec.Port
	}
	if r.listener, err = listen(port); err != nil {
		return errors.Join(err, lock.Unlock())
	}
	address, ok := r.listener.Addr().(*net.TCPAddr)
	if !ok {
		return errors.New("lab: the listener has no TCP address")
	}
	program, err := hashOf(filepath.Join(r.folder, programFile))
	if err != nil {
		return err
	}
	opts.keep = func(e *engine) error {
		rec := e.record()
		rec.Port, rec.Program = address.Port, program
		return writeFile(filepath.Join(r.folder, recordFile), rec)
	}
	if r.e, err = openRecorded(r.name, r.folder, build, opts); err != nil {
		return err
	}
	r.serve = newServer(r.e, token, func() { r.end("it was stopped") })
	err = writeFile(filepath.Join(r.folder, client.AddressFile),
		client.Address{PID: os.Getpid(), Port: address.Port, Started: now()})
	if err != nil {
		return errors.Join(err, r.e.close("it could not be announced"))
	}
	return nil
}

// watch waits for a reason to end: a command, a signal, the folder's end, or a
// long time without any command.
func (r *resident) watch(opts options) string {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	tick := time.NewTicker(opts.watch)
	defer tick.Stop()
	for {
		select {
		case why := <-r.over:
			return why
		case <-term:
			return "it was told to terminate"
		case <-tick.C:
			if !r.ours() {
				return "its folder is gone"
			}
			if r.e.idleFor() > opts.idle {
				return fmt.Sprintf("nothing was asked of it for %v", opts.idle)
			}
		}
	}
}

// ours says whether the folder still names this process.
func (r *resident) ours() bool {
	address, _, err := client.ReadAddress(r.folder)
	return err == nil && address.PID == os.Getpid()
}

// leave takes the address back.
func (r *resident) leave() {
	if r.ours() {
		if err := os.Remove(filepath.Join(r.folder, client.AddressFile)); err != nil {
			log.Print(err)
		}
	}
}

// idleFor returns how long nothing was done.
func (e *engine) idleFor() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running || e.busy != "" || e.compiling != nil {
		return 0
	}
	return time.Since(e.lastUse)
}

// tokenOf returns the folder's token, made at first. Open pages keep knowing
// it when a resident takes the place of another.
func tokenOf(folder string) (string, error) {
	path := filepath.Join(folder, client.TokenFile)
	data, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(data))) == 32 {
		return strings.TrimSpace(string(data)), nil
	}
	token, err := newToken()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("lab: %w", err)
	}
	return token, os.Chmod(path, 0o600)
}
