// Package panel is the page of a session: one place that shows every method at
// one step, side by side, with the numbers behind it.
//
// The page is plain HTML, CSS and ECMAScript modules, embedded as they stand:
// there is no build step and nothing is loaded from a network. It consumes the
// session's HTTP interface by relative addresses, so it works under any prefix
// and through jupyter-server-proxy, and it never sees more of a session than
// that interface gives. Package lab serves it; it knows nothing of lab.
//
// Modules without a document (format, formula, layout, cell, heat, equation,
// view, charts, track, palette) hold what can be computed; column, bar, plots, patch,
// input and main hold the document. Looking back changes nothing; only Step, Run,
// Reset, Fork and a knob do.
package panel

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"naslab.dev/viz"
	"naslab.dev/viz/echarts"
)

//go:embed page
var page embed.FS

// policy lets the page load from its own address only, and be framed by a
// notebook: the same host through the proxy, this machine directly, or an
// editor's web view.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self' http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:* vscode-webview:"

var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json",
}

// Handler serves the page at "/" and its parts beside it. It answers GET and
// HEAD only; everything else is the session's.
func Handler() http.Handler {
	made := map[string][]byte{
		"echarts.js":   echarts.JS,
		"palette.json": viz.PaletteJSON(),
		"tokens.css":   []byte(tokensCSS()),
	}
	start := time.Now()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "the page is read with GET", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		data, ok := made[name]
		if !ok {
			var err error
			if data, err = fs.ReadFile(page, "page/"+name); err != nil {
				http.Error(w, fmt.Sprintf("the page has no part %q", name), http.StatusNotFound)
				return
			}
		}
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, name, start, bytes.NewReader(data))
	})
}

// tokensCSS writes the colours of both grounds as CSS variables; red is DARTS's
// and also marks an error, as the only colour that names a state.
func tokensCSS() string {
	block := func(t viz.Tokens, alarm viz.Hex, scheme string) string {
		return fmt.Sprintf("{color-scheme:%s;--bg:%s;--panel:%s;--line:%s;--ink:%s;--ink2:%s;--ink3:%s;"+
			"--sel:%s;--sel-line:%s;--alarm:%s}\n", scheme, t.Bg, t.Panel, t.Line, t.Ink, t.Ink2, t.Ink3, t.Sel, t.SelLine, alarm)
	}
	alarm := viz.Palette.Method("darts").Color
	return ":root" + block(viz.Palette.Light, alarm.Light, "light") +
		":root[data-theme=dark]" + block(viz.Palette.Dark, alarm.Dark, "dark")
}
