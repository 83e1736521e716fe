package panel_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"naslab.dev/viz/panel"
	"naslab.dev/viz/panel/paneltest"
)

// browser opens a page of a fake session. Without a browser the test is left
// out, unless NASX_REQUIRE_BROWSER says that there must be one.
func browser(t testing.TB, s *paneltest.Session, width, height int, query string) *paneltest.Browser {
	t.Helper()
	path := paneltest.FindBrowser()
	if path == "" {
		if os.Getenv("NASX_REQUIRE_BROWSER") != "" {
			t.Fatal("no Chromium found, and NASX_REQUIRE_BROWSER is set")
		}
		t.Skip("no Chromium on this machine")
	}
	server := httptest.NewServer(s.Handler(panel.Handler()))
	b, err := paneltest.OpenBrowser(path, width, height)
	if err != nil {
		server.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.Close()
		server.CloseClientConnections()
		server.Close()
	})
	if err := b.Open(server.URL + "/" + query); err != nil {
		t.Fatal(err, b.Problems())
	}
	return b
}

// open opens a session of 400 steps for a benchmark.
func open(b *testing.B) *paneltest.Browser {
	p := browser(b, paneltest.New(3, 400), 1100, 830, "?theme=light")
	if err := p.Eval("naslabPanel.session.want(305)", nil); err != nil {
		b.Fatal(err)
	}
	return p
}

// TestShots writes pictures of the panel to $NASX_SHOTS, to be looked at.
func TestShots(t *testing.T) {
	folder := os.Getenv("NASX_SHOTS")
	if folder == "" {
		t.Skip("NASX_SHOTS names no folder for pictures")
	}
	compiling := func(s *paneltest.Status) {
		s.State, s.Compiling = "compiling", &paneltest.Compiling{What: "SNAS", Seconds: 3.1, LastSeconds: 7.6}
	}
	failed := func(s *paneltest.Status) {
		s.State = "error"
		s.Message = "NaN in the loss, first in cell 1, edge 0→4, sep conv 5×5: lower lr w (0.025) and step, or fork."
	}
	for _, c := range []struct {
		name          string
		nodes, step   int
		width, height int
		query         string
		edit          func(*paneltest.Status)
		script        string
	}{
		{"light", 3, 800, 1100, 800, "?theme=light", nil, "naslabPanel.goTo(400)"},
		{"images", 3, 800, 1100, 800, "?theme=dark", nil, `document.querySelector("#axis").onchange({target: {value: "images"}}); naslabPanel.goTo(400)`},
		{"seconds", 3, 640, 1100, 800, "?theme=light", nil, `document.querySelector("#axis").onchange({target: {value: "seconds"}})`},
		{"dark", 3, 640, 1100, 800, "?theme=dark", func(s *paneltest.Status) { s.State = "running" }, ""},
		{"compiling", 3, 400, 1100, 800, "?theme=light", compiling, ""},
		{"error", 3, 412, 1100, 830, "?theme=light", failed, ""},
		{"empty", 3, 0, 1100, 830, "?theme=light", nil, ""},
		{"ended", 3, 800, 1100, 830, "?theme=dark", func(s *paneltest.Status) {
			s.State, s.Message = "ended", "The process ended after 30 idle minutes."
		}, ""},
		{"narrow", 3, 400, 600, 1500, "?theme=light", nil, ""},
		{"phone", 3, 400, 400, 2000, "?theme=light", nil, ""},
		{"four-nodes", 4, 800, 1100, 950, "?theme=light", nil, ""},
		{"seven-nodes", 7, 800, 1100, 1500, "?theme=light", nil, ""},
		{"one-node", 1, 800, 1100, 700, "?theme=light", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := paneltest.New(c.nodes, c.step)
			if c.edit != nil {
				s.Change(c.edit)
			}
			b := browser(t, s, c.width, c.height, c.query)
			if err := b.Eval(c.script, nil); err != nil {
				t.Fatal(err)
			}
			drawn := `document.querySelectorAll(".heat svg").length > 1 && document.querySelectorAll("canvas").length > 3`
			if err := b.Wait(drawn); err != nil {
				t.Error(err, b.Problems())
			}
			if err := b.Eval("new Promise((done) => setTimeout(done, 500))", nil); err != nil {
				t.Error(err)
			}
			if err := b.Shot(filepath.Join(folder, c.name+".png")); err != nil {
				t.Error(err)
			}
			if p := b.Problems(); len(p) > 0 {
				t.Error("the page complained:", p)
			}
		})
	}
}
