package panel_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"naslab.dev/viz"
	"naslab.dev/viz/panel"
)

func fetch(t *testing.T, method, path string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	panel.Handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func TestEveryPartThatThePageNamesIsServed(t *testing.T) {
	response, index := fetch(t, "GET", "/")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("the page: got %s", response.Status)
	}
	seen := map[string]bool{}
	queue := []string{}
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(index, -1) {
		if !strings.HasPrefix(m[1], "data:") {
			queue = append(queue, m[1])
		}
	}
	imports := regexp.MustCompile(`(?:from "\./|fetch\(")([a-z.]+)"`)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		response, body := fetch(t, "GET", "/"+name)
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") == "" || body == "" {
			t.Errorf("%s: got %s, %d bytes of type %q", name, response.Status, len(body), response.Header.Get("Content-Type"))
		}
		if name == "echarts.js" {
			continue
		}
		if strings.Contains(body, "http://") || strings.Contains(body, "https://") {
			t.Errorf("%s names an address outside the page", name)
		}
		for _, m := range imports.FindAllStringSubmatch(body, -1) {
			queue = append(queue, m[1])
		}
	}
	for _, name := range []string{"main.js", "formula.js", "example.json", "palette.json", "tokens.css"} {
		if !seen[name] {
			t.Errorf("%s is not reached from the page", name)
		}
	}
}

func TestHandlerServesNothingElse(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/../panel.go", http.StatusNotFound},
		{"GET", "/page/index.html", http.StatusNotFound},
		{"GET", "/api/session", http.StatusNotFound},
		{"POST", "/", http.StatusMethodNotAllowed},
		{"HEAD", "/main.js", http.StatusOK},
	} {
		if response, _ := fetch(t, c.method, c.path); response.StatusCode != c.want {
			t.Errorf("%s %s: got %s, want %d", c.method, c.path, response.Status, c.want)
		}
	}
	response, _ := fetch(t, "GET", "/")
	p := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(p, "default-src 'none'; script-src 'self';") {
		t.Errorf("the page's policy is %q: scripts must be its own only", p)
	}
	if response.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("the address, which holds a token, would go out as referrer")
	}
}

func TestColoursComeFromOneTable(t *testing.T) {
	_, css := fetch(t, "GET", "/tokens.css")
	light, dark := viz.Palette.Light, viz.Palette.Dark
	for _, want := range []string{"--sel:" + string(light.Sel), "--bg:" + string(dark.Bg), "[data-theme=dark]"} {
		if !strings.Contains(css, want) {
			t.Errorf("tokens.css has no %s", want)
		}
	}
	_, style := fetch(t, "GET", "/style.css")
	if found := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b[^{]*;`).FindString(style); found != "" {
		t.Errorf("style.css names a colour of its own: %s", found)
	}
}

// TestScripts runs the unit tests of the page's pure modules where node exists;
// the browser test covers the same modules on machines without it.
func TestScripts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Log("no node on this machine: the modules are tested by the browser test only")
		return
	}
	out, err := exec.Command(node, "--test", "jstest/").CombinedOutput()
	if err != nil {
		t.Errorf("node --test jstest/: %v\n%s", err, out)
	}
}
