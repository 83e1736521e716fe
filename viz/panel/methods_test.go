package panel_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/nasx/bench"
	"naslab.dev/nasx/key"
	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/search"
	"naslab.dev/nasx/search/evolution"
	"naslab.dev/nasx/search/random"
	"naslab.dev/nasx/search/tabular"
	"naslab.dev/nasx/space"
	"naslab.dev/viz/panel"
)

// pairs is a space like that of ENAS's cells: for every node two earlier nodes
// and an operation for each, so that decisions have 2 to 6 choices or 5.
func pairs(t testing.TB) space.Space {
	t.Helper()
	ops := []string{"skip_connect", "sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3"}
	var decisions []space.Decision
	for _, cell := range []string{space.CellNormal, space.CellReduce} {
		for node := 2; node < 7; node++ {
			var inputs []string
			for i := range node {
				inputs = append(inputs, fmt.Sprint(i))
			}
			for _, side := range []string{"left", "right"} {
				decisions = append(decisions,
					space.Decision{Name: fmt.Sprintf("node %d, %s input", node, side), Cell: cell, Choices: inputs},
					space.Decision{Name: fmt.Sprintf("node %d, operation on the %s input", node, side), Cell: cell, Choices: ops})
			}
		}
	}
	s, err := space.NewFixed("pairs", decisions)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chance is an evaluator without a table: the share of first choices, and noise.
type chance struct{}

func (chance) Evaluate(step int, arch space.Arch) (float64, error) {
	first := 0.0
	for _, k := range arch {
		if k == 0 {
			first++
		}
	}
	return 0.9*first/float64(len(arch)) + 0.1*key.Rand(1, "panel/chance", step, 0).Float64(), nil
}

func (chance) Name() string { return "a function of the choices" }

// onTable are the three methods of package search on a space.
func onTable(t testing.TB, s space.Space, worth search.Evaluator) lab.Build {
	t.Helper()
	return func() ([]search.Searcher, error) {
		r, err := random.New(s, random.DefaultConfig())
		if err != nil {
			return nil, err
		}
		e, err := evolution.New(s, evolution.DefaultConfig())
		if err != nil {
			return nil, err
		}
		c, err := tabular.New(s, tabular.DefaultConfig())
		if err != nil {
			return nil, err
		}
		return []search.Searcher{search.Drive(r, worth, 300), search.Drive(e, worth, 300), search.Drive(c, worth, 300)}, nil
	}
}

// session opens a session of this process with the page, and makes steps.
func session(t testing.TB, build lab.Build, steps int) *lab.Session {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("NASX_RUNS", filepath.Join(dir, "runs"))
	t.Setenv("NASX_STATE", filepath.Join(dir, "state"))
	t.Setenv("NASX_DRIVER", lab.DriverInProcess)
	s, err := lab.TryOpen("methods", build, lab.Page(panel.Handler()), lab.SnapshotPNG(panel.Snapshot))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	if _, err := s.Step(steps); err != nil {
		t.Fatal(err)
	}
	return s
}

func synthetic(t testing.TB) *bench.Synthetic {
	t.Helper()
	table, err := bench.NewSynthetic(bench.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// plain is a method without decisions, probabilities or architectures.
type plain struct{ step int }

func (p *plain) Step() (search.Trace, error) {
	p.step++
	return search.Trace{Step: p.step, Phase: search.PhaseWarmup, Scalars: map[string]float64{search.ScalarLoss: 0.25}}, nil
}

func (p *plain) Best() (space.Arch, error) { return nil, nil }

func (p *plain) Describe() search.Description { return search.Description{Method: "plain"} }

// sampled hides the probabilities of a searcher.
type sampled struct{ search.Searcher }

func (s sampled) Step() (search.Trace, error) {
	t, err := s.Searcher.Step()
	t.Probs = nil
	return t, err
}

func (s sampled) Describe() search.Description { return s.Searcher.(search.Describer).Describe() }

// Every method of every space has a picture, whatever its traces leave out.
func TestSnapshotOfEveryMethod(t *testing.T) {
	table := synthetic(t)
	hidden := func() ([]search.Searcher, error) {
		c, err := random.New(table.Space(), random.DefaultConfig())
		return []search.Searcher{sampled{search.Drive(c, table)}}, err
	}
	for _, c := range []struct {
		name  string
		build lab.Build
		high  int // least height in px, two for each of the page's
	}{
		{"a table of six edges", onTable(t, table.Space(), table), 3 * 300},
		{"forty decisions with other choices each", onTable(t, pairs(t), chance{}), 6 * 2 * (20*tableRowForTest + 2*22)},
		{"architectures without probabilities", hidden, 300},
		{"no decisions", func() ([]search.Searcher, error) { return []search.Searcher{&plain{}}, nil }, 100},
	} {
		s := session(t, c.build, 3)
		picture, err := s.Snapshot()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		head, err := png.DecodeConfig(bytes.NewReader(picture))
		if err != nil || head.Height < c.high {
			t.Errorf("%s: got a picture %d px high (%v), want at least %d", c.name, head.Height, err, c.high)
		}
		_ = s.Stop()
	}
}

const tableRowForTest = 18 // px of a row of a table

// Sessions of every kind have a page without complaints, in both themes. With
// NASX_SHOTS pages and pictures are also written there, to be looked at.
func TestPageOfEveryMethod(t *testing.T) {
	table := synthetic(t)
	for _, c := range []struct {
		name          string
		build         lab.Build
		width, height int
		methods       int
	}{
		{"table", onTable(t, table.Space(), table), 1650, 800, 3},
		{"pairs", onTable(t, pairs(t), chance{}), 1650, 1000, 3},
		{"plain", func() ([]search.Searcher, error) { return []search.Searcher{&plain{}}, nil }, 1100, 500, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := session(t, c.build, 120)
			p := page{launch(t, c.width, c.height), t}
			address, err := s.URL()
			p.must(err)
			for _, theme := range []string{"light", "dark"} {
				p.must(p.Open(address + "?theme=" + theme))
				p.wait(fmt.Sprintf(`document.querySelectorAll("section[data-method]").length === %d`, c.methods))
				p.wait(`document.querySelector("#clock b").textContent === "120"`)
				shoot(t, p.Browser, c.name+"-"+theme)
			}
			picture, err := s.Snapshot()
			p.must(err)
			if file := album(c.name + "-snapshot.png"); file != "" {
				p.must(os.WriteFile(file, picture, 0o644))
			}
		})
	}
}
