// Command nasx runs searches and everything around them without a notebook.
//
// Results go to stdout, as text or, with --json, as one JSON value; progress and
// errors go to stderr. It exits with 0, with 1 when something failed, with 2
// when it was called wrongly, and with 130 when it was interrupted and has
// saved its state.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// errUsage marks errors of how the command was called.
var errUsage = errors.New("usage")

// errSilent marks a failure that has already been reported in full.
var errSilent = errors.New("reported")

// usage makes an error of how the command was called.
func usage(format string, args ...any) error {
	return fmt.Errorf("%w%w", errEmpty{errUsage}, fmt.Errorf(format, args...))
}

// errEmpty carries a mark without showing it.
type errEmpty struct{ mark error }

func (errEmpty) Error() string          { return "" }
func (e errEmpty) Is(target error) bool { return target == e.mark }

// std is where a command writes.
type std struct {
	out io.Writer // results
	err io.Writer // progress
}

// cli is the command line.
type cli struct {
	Doctor  doctorCmd  `cmd:"" help:"Check this machine; every finding comes with its remedy."`
	Setup   setupCmd   `cmd:"" help:"Install the XLA plugin and the notebooks' kernels."`
	Search  searchCmd  `cmd:"" help:"Start a search and store it as a run."`
	Resume  resumeCmd  `cmd:"" help:"Go on with a run."`
	Show    showCmd    `cmd:"" help:"Say what a run is and where it stands; draw its cells."`
	Export  exportCmd  `cmd:"" help:"Write all steps of a run as jsonl, csv or for TensorBoard."`
	Credit  creditCmd  `cmd:"" help:"Count the episodes that a rule of credit needs against delay."`
	Params  paramsCmd  `cmd:"" help:"Count the parameters and multiply-adds of a network."`
	Data    dataCmd    `cmd:"" help:"Image sets: list them, get them."`
	Table   tableCmd   `cmd:"" help:"Tabular benchmarks: import, get and show them."`
	Lab     labCmd     `cmd:"" help:"Sessions of notebooks: list, open, stop."`
	Time    timeCmd    `cmd:"" help:"Measure this machine."`
	Version versionCmd `cmd:"" help:"Show versions."`
}

func main() {
	os.Exit(execute(os.Args[1:], std{os.Stdout, os.Stderr}))
}

// execute runs one command line and returns the exit code. The first interrupt
// ends the command in good order, the second one at once.
func execute(args []string, s std) int {
	var finished atomic.Bool
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer func() {
		finished.Store(true)
		stop()
	}()
	context.AfterFunc(ctx, func() {
		stop()
		if !finished.Load() {
			fmt.Fprintln(s.err, "nasx: stopping as soon as this step is whole; interrupt again to end at once")
		}
	})

	code := -1
	parser, err := kong.New(&cli{},
		kong.Name("nasx"),
		kong.Description("Neural architecture search, one update at a time."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(s.out, s.err),
		kong.Exit(func(c int) { code = c }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "nasx:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // help was asked for and shown
		return code
	}
	if err != nil {
		fmt.Fprintf(s.err, "nasx: %v; `nasx --help` shows how to call it\n", err)
		return exitUsage
	}
	return report(ctx, parsed.Run(), s.err)
}

// report shows an error and turns it into the exit code.
func report(ctx context.Context, err error, w io.Writer) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		if text := strings.TrimSuffix(err.Error(), context.Canceled.Error()); text != "" {
			fmt.Fprintln(w, "nasx: "+strings.TrimRight(text, ": "))
		} else {
			fmt.Fprintln(w, "nasx: interrupted")
		}
		return exitInterrupted
	case errors.Is(err, errSilent):
		return exitFailed
	}
	fmt.Fprintln(w, "nasx: "+strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; "))
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}
