package nasx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "naslab.dev/"

// room is what one folder, with the folders below it that have no entry of
// their own, may import besides itself and the standard library.
type room struct {
	ours []string // rooms of this module
	libs []string // prefixes of other modules' import paths
}

var (
	gomlx = []string{"github.com/gomlx/"}
	draw  = []string{
		"gonum.org/v1/", "golang.org/x/image/", "codeberg.org/go-fonts/", "git.sr.ht/~sbinet/gg",
		"github.com/go-echarts/go-echarts/", "github.com/goccy/go-graphviz",
	}
	method = room{libs: gomlx, ours: []string{
		"nasx/search", "nasx/space", "nasx/key", "nasx/supernet", "nasx/oneshot", "nasx/relax", "nasx/policy",
		"nasx/credit", "nasx/cost",
	}}
	controller = room{ours: []string{"nasx/search", "nasx/space", "nasx/key"}}
)

// rooms is the import table of the whole module. A room may not exist yet; a
// package without a room fails the test.
var rooms = map[string]room{
	"nasx":                  {},
	"nasx/space":            {},
	"nasx/key":              {},
	"nasx/search":           {ours: []string{"nasx/space", "nasx/key"}},
	"nasx/search/random":    controller,
	"nasx/search/evolution": controller,
	"nasx/search/tabular":   controller,
	"nasx/bench":            controller,
	"nasx/credit":           {ours: []string{"nasx/key"}},
	"nasx/credit/rudder":    {ours: []string{"nasx/credit", "nasx/key"}},
	"nasx/relax":            {libs: gomlx},
	"nasx/policy":           {libs: gomlx},
	"nasx/estimator":        {ours: []string{"nasx/relax", "nasx/policy", "nasx/credit", "nasx/space", "nasx/key"}},
	"nasx/cost":             {ours: []string{"nasx/space"}},
	"nasx/backend":          {ours: []string{"nasx/hugepages", "nasx/kernels"}, libs: gomlx},
	"nasx/hugepages":        {},
	"nasx/kernels":          {libs: gomlx},
	"nasx/supernet": {
		ours: []string{"nasx/search", "nasx/space", "nasx/cost", "nasx/key", "nasx/kernels"}, libs: gomlx,
	},
	"nasx/oneshot": {
		ours: []string{"nasx/search", "nasx/space", "nasx/key", "nasx/supernet", "nasx/relax"}, libs: gomlx,
	},
	"nasx/darts":     method,
	"nasx/snas":      method,
	"nasx/enas":      method,
	"nasx/nao":       method,
	"nasx/irlas":     method,
	"nasx/pathlevel": method,
	"nasx/run": {
		ours: []string{"nasx/search", "nasx/space"},
		libs: []string{"modernc.org/sqlite", "github.com/gofrs/flock", "google.golang.org/protobuf/encoding/protowire"},
	},
	"nasx/lab/client": {},
	"nasx/lab": {
		ours: []string{"nasx/run", "nasx/search", "nasx/lab/client"},
		libs: []string{"github.com/gofrs/flock"},
	},
	"datasets": {
		ours: []string{"nasx/key"},
		libs: []string{"github.com/gofrs/flock", "github.com/schollz/progressbar/"},
	},
	"viz":         {ours: []string{"viz/echarts", "nasx/search", "nasx/space", "nasx/run", "nasx/lab/client"}, libs: draw},
	"viz/echarts": {},
	"viz/panel": {
		ours: []string{"viz", "viz/echarts", "nasx/search", "nasx/space", "nasx/run", "nasx/lab/client"},
		libs: draw,
	},
	"tools/peers/growth": {ours: []string{"viz"}},
	"viz/nb": {
		ours: []string{"viz", "viz/echarts", "viz/panel", "nasx/search", "nasx/space", "nasx/run", "nasx/lab/client"},
		libs: append([]string{"github.com/janpfeifer/gonb/"}, draw...),
	},
}

// anything marks the rooms that may import every other one, and that none may
// import.
var anything = []string{"nasx/cmd/nasx", "notebooks"}

// listed is a package as go list prints it.
type listed struct {
	ImportPath string
	Imports    []string // direct
	Deps       []string // all, also indirect
}

// roomOf returns the room of a package of this module: the longest folder with
// an entry; "" where there is none. The root's own room has no folders below.
func roomOf(path string) string {
	folder := strings.TrimPrefix(path, module)
	for dir := folder; dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
		_, ok := rooms[dir]
		if (ok && (dir != "nasx" || folder == "nasx")) || slices.Contains(anything, dir) {
			return dir
		}
	}
	return ""
}

// faults says what is wrong with the imports of one package.
func faults(p listed) []string {
	own := roomOf(p.ImportPath)
	if own == "" {
		return []string{fmt.Sprintf("%s has no room, want an entry in the table of this test", p.ImportPath)}
	}
	var found []string
	for _, path := range p.Imports {
		switch other := roomOf(path); {
		case helper(path) && !helper(p.ImportPath):
			found = append(found, fmt.Sprintf("%s imports %s, want only tests to", p.ImportPath, path))
		case strings.HasPrefix(path, module) && slices.Contains(anything, other) && other != own:
			found = append(found, fmt.Sprintf("%s imports %s, want nothing to import it", p.ImportPath, path))
		case slices.Contains(anything, own):
		case strings.HasPrefix(path, module):
			if other != own && !helper(p.ImportPath) && !slices.Contains(rooms[own].ours, other) {
				found = append(found, fmt.Sprintf("%s imports %s, want only %v of ours", p.ImportPath, path, rooms[own].ours))
			}
		case !standard(path) && !helper(p.ImportPath) && !hasPrefix(path, rooms[own].libs):
			found = append(found, fmt.Sprintf("%s imports %s, want only libraries %v", p.ImportPath, path, rooms[own].libs))
		}
	}
	if !slices.Contains(anything, own) && !slices.Contains(rooms[own].libs, gomlx[0]) {
		if i := slices.IndexFunc(p.Deps, func(path string) bool { return hasPrefix(path, gomlx) }); i >= 0 {
			found = append(found, fmt.Sprintf("%s depends on %s, want it to run without GoMLX", p.ImportPath, p.Deps[i]))
		}
	}
	return found
}

// helper says whether a package of this module only helps tests, as its name
// says: it may use what tests use, and nothing else may use it.
func helper(path string) bool {
	return strings.HasPrefix(path, module) && strings.HasSuffix(path, "test")
}

// standard tells the standard library by its first path element without a dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func hasPrefix(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(path, p) })
}

func TestImportsFollowTheTable(t *testing.T) {
	readSources(t)
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.Bytes())
	}
	dec, ours := json.NewDecoder(bytes.NewReader(out)), 0
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.ImportPath+"/", module) {
			continue
		}
		ours++
		for _, fault := range faults(p) {
			t.Error(fault)
		}
	}
	if ours < 9 {
		t.Errorf("go list names %d packages of %s, want all of them", ours, module)
	}
}

// readSources opens every Go file, so that the test cache knows that the result
// depends on them.
func readSources(t *testing.T) {
	t.Helper()
	for _, top := range []string{"../nasx", "../datasets", "../viz", "../tools/peers"} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") {
				_, err = os.ReadFile(path)
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The rules catch what they are for.
func TestImportRulesCatchViolations(t *testing.T) {
	const store, client = "nasx/run", "nasx/lab/client"
	for _, tc := range []struct {
		name, room, imports string
		wrong               bool
	}{
		{"a method imports another", "nasx/snas", module + "nasx/darts", true},
		{"a method uses the supernet", "nasx/snas", module + "nasx/supernet", false},
		{"a baseline imports another", "nasx/search/tabular", module + "nasx/search/random", true},
		{"values import GoMLX", "nasx/space", "github.com/gomlx/gomlx/core/graph", true},
		{"a library of another room", "nasx/bench", "modernc.org/sqlite", true},
		{"the store uses its library", store, "modernc.org/sqlite", false},
		{"something imports the command", "nasx/lab", module + "nasx/cmd/nasx", true},
		{"a test helper uses its room", "nasx/run/runtest", module + store, false},
		{"a test helper uses another room", "viz/panel/paneltest", module + "nasx/key", false},
		{"something imports a test helper", "viz/panel", module + "viz/panel/paneltest", true},
		{"a package without a room", "nasx/utils", "fmt", true},
		{"the client imports its server", client, module + "nasx/lab", true},
		{"the client uses the standard library", client, "net/http", false},
		{"the command imports everything", "nasx/cmd/nasx/setup", module + "nasx/darts", false},
	} {
		p := listed{ImportPath: module + tc.room, Imports: []string{tc.imports}}
		if got := faults(p); (len(got) > 0) != tc.wrong {
			t.Errorf("%s: got faults %v, want some: %v", tc.name, got, tc.wrong)
		}
	}
	detour := listed{ImportPath: module + store, Deps: []string{"github.com/gomlx/compute"}}
	if len(faults(detour)) == 0 {
		t.Error("the store needs GoMLX by a detour and no fault is found")
	}
}

func TestNoMethodIsAllowedInAnother(t *testing.T) {
	methods := []string{
		"nasx/darts", "nasx/snas", "nasx/enas", "nasx/nao", "nasx/irlas", "nasx/pathlevel",
		"nasx/search/random", "nasx/search/evolution", "nasx/search/tabular",
	}
	for name, r := range rooms {
		for _, m := range methods {
			if slices.Contains(r.ours, m) {
				t.Errorf("%s may import the method %s, want only the command and notebooks to", name, m)
			}
		}
	}
}
