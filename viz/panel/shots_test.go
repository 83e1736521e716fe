package panel_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/viz/panel"
	"naslab.dev/viz/panel/browser"
	"naslab.dev/viz/panel/paneltest"
)

// chromium returns the browser's path. Without one the test is left out, unless
// NASX_REQUIRE_BROWSER says that there must be one.
func chromium(t testing.TB) string {
	t.Helper()
	path := browser.Find()
	if path == "" {
		if os.Getenv("NASX_REQUIRE_BROWSER") != "" {
			t.Fatal("no Chromium found, and NASX_REQUIRE_BROWSER is set")
		}
		t.Skip("no Chromium on this machine")
	}
	return path
}

// launch starts a browser that is closed after the test.
func launch(t testing.TB, width, height int) *browser.Browser {
	t.Helper()
	b, err := browser.Start(chromium(t), width, height)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// serve returns the address of a fake session's page until the test ends.
func serve(t testing.TB, s *paneltest.Session) string {
	t.Helper()
	server := httptest.NewServer(s.Handler(panel.Handler()))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/"
}

// fake opens a page of a fake session.
func fake(t testing.TB, s *paneltest.Session, width, height int, query string) *browser.Browser {
	t.Helper()
	address := serve(t, s)
	b := launch(t, width, height) // closed before the server
	if err := b.Open(address + query); err != nil {
		t.Fatal(err, b.Problems())
	}
	return b
}

// open opens a session of 400 steps for a benchmark.
func open(b *testing.B) *browser.Browser {
	p := fake(b, paneltest.New(3, 400), 1100, 830, "?theme=light")
	if err := p.Eval("naslabPanel.session.want(305)", nil); err != nil {
		b.Fatal(err)
	}
	return p
}

// album returns where a picture goes that people look at, in the folder
// NASX_SHOTS; "" where none are wanted.
func album(name string) string {
	if folder := os.Getenv("NASX_SHOTS"); folder != "" {
		return filepath.Join(folder, name)
	}
	return ""
}

// shoot wants a page that did not complain, and puts its picture into the album.
func shoot(t *testing.T, b *browser.Browser, name string) {
	t.Helper()
	if file := album(name + ".png"); file != "" {
		if err := b.Eval("new Promise((done) => setTimeout(done, 1500))", nil); err != nil {
			t.Error(err)
		}
		if err := b.Shot(file); err != nil {
			t.Error(err)
		}
	}
	if p := b.Problems(); len(p) > 0 {
		t.Error("the page complained:", p)
	}
}

func compiling(s *paneltest.Status) {
	s.State, s.Compiling = "compiling", &paneltest.Compiling{What: "SNAS", Seconds: 3.1, LastSeconds: 7.6}
}

func failed(s *paneltest.Status) {
	s.State = "error"
	s.Message = "NaN in the loss, first in cell 1, edge 0→4, sep conv 5×5: lower lr w (0.025) and step, or fork."
}

func running(s *paneltest.Status) { s.State = "running" }

func ended(s *paneltest.Status) {
	s.State, s.Message = "ended", "The process ended after 30 idle minutes."
}

// axis chooses what the curves run over.
func axis(name string) string {
	return `document.querySelector("#axis").onchange({target: {value: "` + name + `"}});`
}

// views are pages of the fake session in every state and size.
var views = []struct {
	name          string
	nodes, step   int
	width, height int
	theme         string
	edit          func(*paneltest.Status)
	script        string
	clock         string // part of what the page says about the step
	says          string // part of its text
}{
	{"light", 3, 800, 1100, 800, "light", nil, "naslabPanel.goTo(400)", "step 400", "Step from 400"},
	{"images", 3, 800, 1100, 800, "dark", nil, axis("images") + "naslabPanel.goTo(400)", "step 400", "by images seen"},
	{"seconds", 3, 640, 1100, 800, "light", nil, axis("seconds"), "step 640", "by seconds"},
	{"dark", 3, 640, 1100, 800, "dark", running, "", "step 640", "Running"},
	{"compiling", 3, 400, 1100, 800, "light", compiling, "", "step 400", "Compiling"},
	{"error", 3, 412, 1100, 830, "light", failed, "", "step 412", "NaN in the loss, first in cell 1, edge 0→4"},
	{"empty", 3, 0, 1100, 830, "light", nil, "", "recorded example, step", "Nothing has run under this name."},
	{"ended", 3, 800, 1100, 830, "dark", ended, "", "step 800", "The process ended after 30 idle minutes."},
	{"narrow", 3, 400, 600, 1500, "light", nil, "", "step 400", "Paused"},
	{"phone", 3, 400, 400, 2000, "light", nil, "", "step 400", "Paused"},
	{"four-nodes", 4, 800, 1100, 950, "light", nil, "", "step 800", "4→5"},
	{"seven-nodes", 7, 800, 1100, 1500, "light", nil, "", "step 800", "7→8"},
	{"one-node", 1, 800, 1100, 700, "light", nil, "", "step 800", "1→2"},
}

// Every state is drawn and said in every size. With NASX_SHOTS the pages are also
// written there, to be looked at.
func TestEveryStateIsDrawn(t *testing.T) {
	var addresses []string
	for _, v := range views {
		s := paneltest.New(v.nodes, v.step)
		if v.edit != nil {
			s.Change(v.edit)
		}
		addresses = append(addresses, serve(t, s))
	}
	b := launch(t, views[0].width, views[0].height)
	for i, v := range views {
		t.Run(v.name, func(t *testing.T) {
			p := page{b, t}
			p.must(b.Size(v.width, v.height))
			p.must(b.Open(addresses[i] + "?theme=" + v.theme))
			p.must(b.Eval(v.script, nil))
			p.wait(`document.querySelectorAll(".heat svg").length > 1 && document.querySelectorAll("canvas").length > 3`)
			p.wait(fmt.Sprintf(`document.querySelector("#clock").innerText.includes(%q)`, v.clock))
			p.wait(fmt.Sprintf(`document.body.innerText.includes(%q)`, v.says))
			p.wait(`document.documentElement.scrollWidth <= innerWidth`) // nothing leaves by the side
			shoot(t, b, v.name)
		})
	}
}
