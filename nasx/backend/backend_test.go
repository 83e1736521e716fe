package backend

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"naslab.dev/nasx/kernels"
)

// fake is a backend that only has a name.
type fake struct {
	compute.Backend
	name string
}

func (f fake) Name() string                               { return f.name }
func (f fake) Description() string                        { return "a fake" }
func (f fake) DeviceDescription(compute.DeviceNum) string { return "device 0" }

// place puts an empty plugin into a cache under the given folder name.
func place(t *testing.T, cache, digest string) string {
	t.Helper()
	path := filepath.Join(cache, "xla", digest, PluginFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOrder(t *testing.T) {
	cache := t.TempDir()
	other := place(t, cache, strings.Repeat("0", 64))
	pinned := place(t, cache, PinnedPlugin)
	place(t, cache, "not-a-digest")
	for _, tc := range []struct {
		name, env, cache string
		broken           []string // configurations that fail
		tried            []string
		xla, warned      bool
	}{
		{"the environment comes first", "xla:cuda", cache, nil, []string{"xla:cuda"}, true, false},
		{"then the pinned plugin", "", cache, nil, []string{"xla:" + pinned}, true, false},
		{
			"then another in the cache", "", cache,
			[]string{"xla:" + pinned},
			[]string{"xla:" + pinned, "xla:" + other},
			true, false,
		},
		{"then go-xla's own folders", "", t.TempDir(), nil, []string{"xla:cpu"}, true, false},
		{"and Go with a warning", "", "", []string{"xla:cpu"}, []string{"xla:cpu", "go"}, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var tried []string
			o, err := open(tc.env, tc.cache, func(config string) (compute.Backend, error) {
				tried = append(tried, config)
				if slices.Contains(tc.broken, config) {
					return nil, errors.New("broken")
				}
				name, _, _ := strings.Cut(config, ":")
				return fake{name: name}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(tried, tc.tried) {
				t.Errorf("tried %q, want %q", tried, tc.tried)
			}
			if o.info.XLA != tc.xla || (o.info.Warning != "") != tc.warned {
				t.Errorf("got %+v, want XLA %v, a warning %v", o.info, tc.xla, tc.warned)
			}
		})
	}
}

func TestDescribeNamesThePlugin(t *testing.T) {
	path := "/cache/xla/" + PinnedPlugin + "/" + PluginFile
	info := describe(fake{name: "xla"}, "xla:"+path+",tf32=false").info
	if info.Plugin != path || info.SHA256 != PinnedPlugin || info.GPU {
		t.Errorf("got %+v, want plugin %s with its digest, on a CPU", info, path)
	}
	if !describe(fake{name: "xla"}, "xla:cuda").info.GPU {
		t.Error("xla:cuda is not called a GPU")
	}
}

func TestNamedBackendDoesNotFallBack(t *testing.T) {
	_, err := open("xla:/no/such/plugin.so", t.TempDir(), newBackend)
	if err == nil || !strings.Contains(err.Error(), "GOMLX_BACKEND=xla:/no/such/plugin.so") {
		t.Errorf("got error %v, want one that names GOMLX_BACKEND and its value", err)
	}
	_, err = open("abacus", t.TempDir(), newBackend)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "abacus") {
		t.Errorf("got error %v, want one line that names abacus", err)
	}
}

func TestWarningIsOneLine(t *testing.T) {
	cache := t.TempDir()
	place(t, cache, PinnedPlugin)
	o, err := open("", cache, func(config string) (compute.Backend, error) {
		if config == "go" {
			return fake{name: "go"}, nil
		}
		return nil, errors.New("cannot load\nstack trace")
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	warn(&out, o.info.Warning)
	if strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), "cannot load") {
		t.Errorf("got warning %q, want one line with the reason", out.String())
	}
}

func TestCacheFollowsTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("NASX_CACHE", dir)
	if got, err := Cache(); err != nil || got != dir {
		t.Errorf("got %q, %v, want %q", got, err, dir)
	}
	t.Setenv("NASX_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", dir)
	if got, err := Cache(); err != nil || got != filepath.Join(dir, "naslab") {
		t.Errorf("got %q, %v, want naslab in %q", got, err, dir)
	}
}

func TestGoIsNotXLA(t *testing.T) {
	o, err := open("go", t.TempDir(), newBackend)
	if err != nil {
		t.Fatal(err)
	}
	if o.info.XLA || o.info.GPU || o.info.Warning != "" {
		t.Errorf("got %+v, want neither XLA nor a GPU, and no warning where it was asked for", o.info)
	}
}

func TestOpenIsOnePerProcess(t *testing.T) {
	first, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open()
	if err != nil || first != second {
		t.Errorf("the second Open returned another backend (error %v)", err)
	}
	if err := NeedXLA("this test"); err != nil {
		t.Error(err)
	}
}

// With XLA on a Linux machine's CPU networks are fast.
func TestKernelsAreRegistered(t *testing.T) {
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	info, err := Describe()
	if err != nil {
		t.Fatal(err)
	}
	if want := info.XLA && !info.GPU && runtime.GOOS == "linux"; kernels.On(b) != want {
		t.Errorf("operations for networks are there: %v, want %v with %+v", kernels.On(b), want, info)
	}
}
