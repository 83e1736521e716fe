package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"naslab.dev/nasx/lab/client"
)

// labCmd groups the commands about sessions of notebooks.
type labCmd struct {
	List labListCmd `cmd:"" help:"List sessions, what they do and how much memory they take."`
	Open labOpenCmd `cmd:"" help:"Open a running session's panel in the browser."`
	Stop labStopCmd `cmd:"" help:"End sessions; they save their state first."`
}

// labListCmd lists sessions.
type labListCmd struct {
	jsonFlag
}

// Run lists them.
func (c labListCmd) Run(s std) error {
	sessions, err := client.List()
	if err != nil {
		return err
	}
	if sessions == nil {
		sessions = []client.Info{}
	}
	return c.print(s.out, sessions, func(w io.Writer) {
		if len(sessions) == 0 {
			fmt.Fprintln(w, "no session")
		}
		for _, i := range sessions {
			memory := ""
			if i.Memory > 0 {
				memory = fmt.Sprintf("%4.0f MB  process %d", float64(i.Memory)/1e6, i.PID)
			}
			fmt.Fprintf(w, "%-20s %-10s step %5d  %s\n", i.Name, i.State, i.Step, memory)
			if i.Message != "" {
				fmt.Fprintf(w, "%-20s → %s\n", "", i.Message)
			}
		}
	})
}

// labOpenCmd opens a panel.
type labOpenCmd struct {
	jsonFlag
	Name      string `arg:"" help:"Name of the session."`
	NoBrowser bool   `help:"Only print the address. It holds the session's token: keep it to yourself."`
}

// Run opens it.
func (c labOpenCmd) Run(s std) error {
	session, err := client.Attach(c.Name)
	if err != nil {
		return err
	}
	address, err := session.URL()
	if err != nil {
		return err
	}
	if !c.NoBrowser {
		if err := browse(address); err != nil {
			fmt.Fprintln(s.err, "nasx: no browser could be started; open this address in one")
		}
	}
	return c.print(s.out, map[string]string{"name": c.Name, "url": address}, func(w io.Writer) {
		fmt.Fprintln(w, address)
	})
}

// browse starts the system's browser.
func browse(address string) error {
	for _, program := range []string{"xdg-open", "open", "wslview"} {
		if path, err := exec.LookPath(program); err == nil {
			return exec.Command(path, address).Start()
		}
	}
	return errors.New("no browser")
}

// labStopCmd ends sessions.
type labStopCmd struct {
	jsonFlag
	Names []string  `arg:"" optional:"" help:"Names of sessions."`
	All   bool      `help:"End all sessions."`
	Since time.Time `placeholder:"TIME" help:"With --all: only those started since then, as in 2006-01-02T15:04:05Z."`
}

// Run ends them.
func (c labStopCmd) Run(s std) error {
	if c.All == (len(c.Names) > 0) {
		return usage("name the sessions to stop, or give --all")
	}
	sessions, err := client.List()
	if err != nil {
		return err
	}
	names := c.Names
	for _, i := range sessions {
		if c.All && i.PID != 0 && !i.Started.Before(c.Since) {
			names = append(names, i.Name)
		}
	}
	stopped := []string{}
	var failures []error
	for _, name := range names {
		session, err := client.Attach(name)
		if err == nil {
			err = session.Stop()
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		stopped = append(stopped, name)
	}
	err = c.print(s.out, map[string][]string{"stopped": stopped}, func(w io.Writer) {
		for _, name := range stopped {
			fmt.Fprintln(w, "stopped", name)
		}
	})
	return errors.Join(append(failures, err)...)
}
