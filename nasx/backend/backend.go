// Package backend opens the one GoMLX backend of a process.
//
// It tries, in this order: what $GOMLX_BACKEND names; an XLA CPU plugin in the
// project's cache (see [Cache]); an XLA CPU plugin in the folders that go-xla
// itself searches; and then GoMLX's Go backend, with one warning, because that
// one is 10 to 100 times slower on convolutions and cannot run all of them. It
// never downloads anything: `nasx setup xla`, which `make lab` runs, does.
package backend

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"

	"naslab.dev/nasx/kernels"
)

// Info says which backend is open.
type Info struct {
	Name        string `json:"name"`             // GoMLX's own name for it
	Description string `json:"description"`      // GoMLX's own words
	Config      string `json:"config"`           // what to set GOMLX_BACKEND to for the same backend
	Plugin      string `json:"plugin,omitempty"` // path of the XLA plugin, where it is known
	SHA256      string `json:"sha256,omitempty"` // its digest, where it lies in the cache
	XLA         bool   `json:"xla"`              // supernets need this
	GPU         bool   `json:"gpu"`              // runs on a CUDA device
	Warning     string `json:"warning,omitempty"`
}

// noPlugin is the warning of the Go backend.
const noPlugin = "no XLA plugin is installed, so GoMLX's slow Go backend is used: run `nasx setup xla`"

var once = sync.OnceValues(func() (opened, error) {
	cache, err := Cache()
	if err != nil {
		cache = ""
	}
	o, err := open(os.Getenv(compute.ConfigEnvVar), cache, newBackend)
	if err != nil {
		return o, err
	}
	return o.register(), nil
})

var warned = sync.OnceFunc(func() {
	if o, err := once(); err == nil && o.info.Warning != "" {
		warn(os.Stderr, o.info.Warning)
	}
})

// opened is a backend and what is known about it.
type opened struct {
	backend compute.Backend
	info    Info
}

// Open returns the backend of this process. The first call opens it, which
// takes some 0.1 s with XLA; later calls return the same one, or the same
// error. Where it falls back to the Go backend it says so once on stderr.
func Open() (compute.Backend, error) {
	o, err := once()
	warned()
	return o.backend, err
}

// Describe opens the backend of this process as [Open] does and says which one
// it is.
func Describe() (Info, error) {
	o, err := once()
	warned()
	return o.info, err
}

// NeedXLA returns nil if the process has an XLA backend, and else an error of
// one sentence that says what to do. The argument names what needs it, for
// example "a supernet". With NASX_ALLOW_GO_BACKEND=1 the Go backend passes.
func NeedXLA(what string) error {
	o, err := once() // without the warning, which the error would only repeat
	if err != nil {
		return err
	}
	if !o.info.XLA && os.Getenv("NASX_ALLOW_GO_BACKEND") != "1" {
		return fmt.Errorf("%s needs XLA, but only GoMLX's Go backend is here: run `nasx setup xla`", what)
	}
	return nil
}

// open tries the backends in their order. create makes one from a GoMLX
// configuration.
func open(env, cache string, create func(config string) (compute.Backend, error)) (opened, error) {
	if env != "" {
		b, err := create(env)
		if err != nil {
			return opened{}, fmt.Errorf("backend: GOMLX_BACKEND=%s: %s", env, sentence(err))
		}
		return describe(b, env), nil
	}
	var reasons []string
	configs := []string{"xla:cpu"}
	if paths := Plugins(cache); len(paths) > 0 {
		configs = configs[:0]
		for _, path := range paths {
			configs = append(configs, "xla:"+path)
		}
		configs = append(configs, "xla:cpu")
	}
	for _, config := range configs {
		b, err := create(config)
		if err == nil {
			return describe(b, config), nil
		}
		if config != "xla:cpu" {
			reasons = append(reasons, sentence(err))
		}
	}
	b, err := create("go")
	if err != nil {
		return opened{}, fmt.Errorf("backend: %s", sentence(err))
	}
	o := describe(b, "go")
	o.info.Warning = noPlugin
	if len(reasons) > 0 {
		o.info.Warning = "no XLA plugin in the cache could be loaded, so GoMLX's slow Go backend is used (" +
			strings.Join(reasons, "; ") + "): run `nasx setup xla`"
	}
	return o, nil
}

// describe gathers what can be said about a backend without running it.
func describe(b compute.Backend, config string) opened {
	info := Info{Name: b.Name(), Description: b.Description(), Config: config}
	kind, plugin, _ := strings.Cut(config, ":")
	info.XLA = kind != gobackend.BackendName
	plugin, _, _ = strings.Cut(plugin, ",")
	if filepath.IsAbs(plugin) {
		info.Plugin = plugin
		if digest := filepath.Base(filepath.Dir(plugin)); isDigest(digest) {
			info.SHA256 = digest
		}
	}
	if info.XLA {
		device := strings.ToUpper(plugin + " " + b.DeviceDescription(0))
		info.GPU = strings.Contains(device, "CUDA") || strings.Contains(device, "NVIDIA")
	}
	return opened{b, info}
}

// register makes the operations of package kernels known to XLA on a CPU. Where that
// fails, networks run without them, several times slower, and the warning says so.
func (o opened) register() opened {
	if !o.info.XLA || !strings.Contains(strings.ToUpper(o.backend.DeviceDescription(0)), "CPU") {
		return o
	}
	if err := kernels.Register(o.backend); err != nil {
		o.info.Warning = "networks are several times slower than they could be: " + sentence(err)
	}
	return o
}

// newBackend makes a GoMLX backend and turns its panics into errors.
func newBackend(config string) (b compute.Backend, err error) {
	defer func() {
		if r := recover(); r != nil {
			b, err = nil, fmt.Errorf("%v", r)
		}
	}()
	b, err = compute.NewWithConfig(config)
	if err == nil && b == nil {
		err = fmt.Errorf("no backend came of configuration %q", config)
	}
	return b, err
}

// warn writes the one warning.
func warn(w io.Writer, text string) {
	fmt.Fprintln(w, "nasx: "+text)
}

// sentence is the first line of an error, without trailing punctuation.
func sentence(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimRight(strings.TrimSpace(line), ".:")
}
