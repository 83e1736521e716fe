package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows is the whole truth about which room may import which: a room is a
// package with everything below it, except what has a line of its own.
var arrows = map[string][]string{
	"nasx/space":            {},
	"nasx/key":              {},
	"nasx/search":           {"nasx/space", "nasx/key"},
	"nasx/search/random":    {"nasx/search", "nasx/space", "nasx/key"},
	"nasx/search/evolution": {"nasx/search", "nasx/space", "nasx/key"},
	"nasx/search/tabular":   {"nasx/search", "nasx/space", "nasx/key"},
	"nasx/bench":            {"nasx/search", "nasx/space", "nasx/key"},
	"nasx/relax":            {},
	"nasx/cost":             {"nasx/space"},
	"nasx/backend":          {},
	"nasx/supernet":         {"nasx/space", "nasx/cost", "nasx/key", "nasx/search"},
	"nasx/darts":            {"nasx/search", "nasx/space", "nasx/key", "nasx/supernet", "nasx/relax", "nasx/cost"},
	"nasx/snas":             {"nasx/search", "nasx/space", "nasx/key", "nasx/supernet", "nasx/relax", "nasx/cost"},
	"nasx/run":              {"nasx/search", "nasx/space"},
	"nasx/lab/client":       {},
	"nasx/lab":              {"nasx/run", "nasx/search", "nasx/lab/client"},
	"datasets":              {"nasx/key"},
	"viz":                   {"nasx/search", "nasx/space", "nasx/run", "nasx/lab/client"},
}

// withoutGoMLX are the rooms that work where GoMLX does not.
var withoutGoMLX = []string{
	"nasx/space", "nasx/key", "nasx/search", "nasx/bench", "nasx/relax", "nasx/cost", "nasx/run", "nasx/lab",
	"datasets", "viz",
}

const modulePath = "naslab.dev/"

// room finds the line of arrows that a package belongs to.
func room(pkg string) string {
	for name := strings.TrimPrefix(pkg, modulePath); name != "."; {
		if _, ok := arrows[name]; ok {
			return name
		}
		cut := strings.LastIndex(name, "/")
		if cut < 0 {
			break
		}
		name = name[:cut]
	}
	return ""
}

func TestImportsFollowTheArrows(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = "../../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var p struct {
			ImportPath    string
			Imports, Deps []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := room(p.ImportPath)
		if from == "" {
			continue // the command, and folders that nothing imports
		}
		if strings.HasSuffix(p.ImportPath, "test") {
			continue // helpers of tests
		}
		for _, imported := range p.Imports {
			to := room(imported)
			if strings.HasPrefix(imported, modulePath+"nasx/cmd") {
				t.Errorf("%s imports the command", p.ImportPath)
			}
			if strings.HasPrefix(imported, modulePath) && to != "" && to != from && !slices.Contains(arrows[from], to) {
				t.Errorf("%s imports %s; %s may import only %v", p.ImportPath, imported, from, arrows[from])
			}
		}
		for _, name := range withoutGoMLX {
			if from != name && !strings.HasPrefix(from, name+"/") {
				continue
			}
			if i := slices.IndexFunc(p.Deps, func(d string) bool { return strings.HasPrefix(d, "github.com/gomlx/") }); i >= 0 {
				t.Errorf("%s needs %s, but %s must work without GoMLX", p.ImportPath, p.Deps[i], name)
			}
		}
	}
	if seen < 15 {
		t.Errorf("saw %d packages, want all of the module", seen)
	}
}
