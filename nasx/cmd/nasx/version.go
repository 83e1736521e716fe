package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// versionCmd shows versions.
type versionCmd struct {
	jsonFlag
}

// versions is what a figure or a report names to be repeatable.
type versions struct {
	NASX     string `json:"nasx"`               // version, or the commit it was built from
	Modified bool   `json:"modified,omitempty"` // built from a changed checkout
	Go       string `json:"go"`
	GoMLX    string `json:"gomlx"`
	GoXLA    string `json:"go_xla"`
	System   string `json:"system"`
}

// Run prints the versions.
func (c versionCmd) Run(s std) error {
	v := readVersions()
	return c.print(s.out, v, func(w io.Writer) {
		changed := ""
		if v.Modified {
			changed = ", changed"
		}
		fmt.Fprintf(w, "nasx %s%s, %s, GoMLX %s, go-xla %s, %s\n", v.NASX, changed, v.Go, v.GoMLX, v.GoXLA, v.System)
	})
}

// readVersions asks the program itself.
func readVersions() versions {
	v := versions{NASX: "(unknown)", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.NASX = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.NASX = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/gomlx/gomlx":
			v.GoMLX = m.Version
		case "github.com/gomlx/go-xla":
			v.GoXLA = m.Version
		}
	}
	return v
}
