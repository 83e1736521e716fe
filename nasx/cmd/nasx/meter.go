package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"naslab.dev/nasx/search"
)

// meter shows the progress of a search: a bar in a terminal, else a line from
// time to time.
type meter struct {
	w     io.Writer
	bar   *progressbar.ProgressBar // nil without a terminal
	total int
	last  time.Time
	line  string // the last scalars worth showing
}

// between is the time between two lines without a terminal.
const between = 15 * time.Second

func newMeter(w io.Writer, done, total int) *meter {
	m := &meter{w: w, total: total, last: time.Now()}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || done >= total {
		return m
	}
	m.bar = progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
	)
	_ = m.bar.Set(done)
	return m
}

// shown are the scalars worth a place in a line, with their names there.
var shown = []struct{ key, name string }{
	{search.ScalarLoss, "loss"},
	{search.ScalarAccuracy, "accuracy"},
	{search.ScalarReward, "reward"},
	{search.ScalarBest, "best"},
	{search.ScalarEntropy, "entropy"},
}

func (m *meter) step(t search.Trace) {
	var parts []string
	for _, s := range shown {
		if v, ok := t.Scalars[s.key]; ok {
			parts = append(parts, fmt.Sprintf("%s %.3f", s.name, v))
		}
	}
	m.line = strings.Join(parts, ", ")
	switch {
	case m.bar != nil:
		m.bar.Describe(m.line)
		_ = m.bar.Set(t.Step)
	case time.Since(m.last) >= between || t.Step == m.total:
		m.last = time.Now()
		fmt.Fprintf(m.w, "step %d of %d: %s\n", t.Step, m.total, m.line)
	}
}

func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Clear()
	}
}
