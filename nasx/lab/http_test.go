package lab_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"naslab.dev/nasx/lab"
	"naslab.dev/nasx/lab/client"
	"naslab.dev/nasx/search"
)

// served opens a session over HTTP and returns its address.
func served(t *testing.T, options ...lab.Option) (*lab.Session, string) {
	t.Helper()
	s := open(t, pair, options...)
	base, err := s.URL()
	if err != nil {
		t.Fatal(err)
	}
	return s, base
}

// ask sends one request and returns code, body and header.
func ask(t *testing.T, method, address, body string, header http.Header) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		if name == "Host" {
			req.Host = values[0]
			continue
		}
		req.Header[name] = values
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data), resp.Header
}

// asked is one request to a session and the code of its answer. The texts TOKEN,
// ORIGIN, WRONG and CUT stand for the session's token and origin, another token,
// and the first 31 digits of its own.
type asked struct {
	name, method, path, body string
	header                   http.Header
	code                     int
}

var asJSON = http.Header{"Content-Type": {"application/json"}}

// with adds headers, name and value in turn, to those of a command.
func with(pairs ...string) http.Header {
	h := asJSON.Clone()
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// fromPages are requests as browsers send them for the session's page and for
// those of others.
var fromPages = []asked{
	{"a command", "POST", "/TOKEN/api/pause", "{}", asJSON, 200},
	{"from the page", "POST", "/TOKEN/api/pause", "{}", with("Origin", "ORIGIN", "Sec-Fetch-Site", "same-origin"), 200},
	{
		"through a proxy that keeps Host", "POST", "/TOKEN/api/pause", "{}",
		with("Host", "hub.example", "Origin", "https://hub.example"), 200,
	},
	{
		"charset is a parameter", "POST", "/TOKEN/api/pause", "{}",
		http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		200,
	},
	{"another origin", "POST", "/TOKEN/api/pause", "{}", with("Origin", "http://evil.example"), 403},
	{"another port", "POST", "/TOKEN/api/pause", "{}", with("Origin", "http://127.0.0.1:1"), 403},
	{"opaque origin", "POST", "/TOKEN/api/pause", "{}", with("Origin", "null"), 403},
	{"two origins", "POST", "/TOKEN/api/pause", "{}", with("Origin", "ORIGIN", "Origin", "http://evil.example"), 403},
	{"another site", "POST", "/TOKEN/api/pause", "{}", with("Sec-Fetch-Site", "cross-site"), 403},
	{"same site, other origin", "GET", "/TOKEN/api/session", "", http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
	{
		"an image of another site", "GET", "/TOKEN/api/snapshot.png", "",
		http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}},
		403,
	},
	{"the page in Jupyter's frame", "GET", "/TOKEN/", "", inFrame, 200},
	{"data in Jupyter's frame", "GET", "/TOKEN/api/session", "", inFrame, 403},
}

// inFrame are the headers of a page within the frame of another site.
var inFrame = http.Header{
	"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"},
}

// byStrangers are requests without the token.
var byStrangers = []asked{
	{"wrong token", "POST", "/WRONG/api/pause", "{}", asJSON, 404},
	{"no token", "GET", "/api/session", "", nil, 404},
	{"token cut short", "GET", "/CUT/api/session", "", nil, 404},
	{"nothing at all", "GET", "/", "", nil, 404},
}

// ofWrongForm are requests whose method, type or size is refused.
var ofWrongForm = []asked{
	{"command by GET", "GET", "/TOKEN/api/pause", "", nil, 405},
	{"data by POST", "POST", "/TOKEN/api/session", "{}", asJSON, 405},
	{"DELETE", "DELETE", "/TOKEN/api/session", "", nil, 405},
	{"a form", "POST", "/TOKEN/api/pause", "{}", http.Header{"Content-Type": {"text/plain"}}, 415},
	{"no type", "POST", "/TOKEN/api/pause", "{}", nil, 415},
	{"large body", "POST", "/TOKEN/api/set", `{"method":"` + strings.Repeat("a", 20<<10) + `"}`, asJSON, 413},
}

// ofWrongContent are requests that ask for what does not exist.
var ofWrongContent = []asked{
	{"not JSON", "POST", "/TOKEN/api/step", "n=1", asJSON, 400},
	{"two values", "POST", "/TOKEN/api/step", `{"n":1}{"n":1}`, asJSON, 400},
	{"unknown field", "POST", "/TOKEN/api/step", `{"m":1}`, asJSON, 400},
	{"no steps", "POST", "/TOKEN/api/step", `{"n":0}`, asJSON, 400},
	{"too many steps", "POST", "/TOKEN/api/step", `{"n":10001}`, asJSON, 400},
	{"no value", "POST", "/TOKEN/api/set", `{"method":"a","knob":"rate"}`, asJSON, 400},
	{"no step", "POST", "/TOKEN/api/at", `{}`, asJSON, 400},
	{"negative speed", "POST", "/TOKEN/api/run", `{"speed":-1}`, asJSON, 400},
	{"unknown command", "POST", "/TOKEN/api/explode", `{}`, asJSON, 405},
	{"unknown data", "GET", "/TOKEN/api/secrets", "", nil, 404},
	{"traces from 0", "GET", "/TOKEN/api/traces?method=a&from=0&to=1", "", nil, 400},
	{"too many traces", "GET", "/TOKEN/api/traces?method=a&from=1&to=2001", "", nil, 400},
	{"traces of no method", "GET", "/TOKEN/api/traces?method=z&from=1&to=1", "", nil, 400},
	{"text of no step", "GET", "/TOKEN/api/text?step=1", "", nil, 400},
}

// on fills in the texts that stand for the session's token and origin.
func (a asked) on(origin, token string) asked {
	fill := strings.NewReplacer(
		"TOKEN", token, "CUT", token[:31], "WRONG", strings.Repeat("0", 32), "ORIGIN", origin,
	).Replace
	a.path, a.header = fill(a.path), a.header.Clone()
	for _, values := range a.header {
		for i := range values {
			values[i] = fill(values[i])
		}
	}
	return a
}

// check sends the request and looks at the answer; a refusal must be a sentence
// without the token.
func (a asked) check(t *testing.T, origin, token string) {
	code, body, header := ask(t, a.method, origin+a.path, a.body, a.header)
	if code != a.code {
		t.Fatalf("answer %d %s, want %d", code, body, a.code)
	}
	if header.Get("Referrer-Policy") != "no-referrer" || header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers are %v", header)
	}
	var failure struct {
		Error string `json:"error"`
	}
	if code != 200 && (json.Unmarshal([]byte(body), &failure) != nil || failure.Error == "") {
		t.Errorf("answer %q is no error sentence", body)
	}
	if code != 200 && strings.Contains(body, token) {
		t.Errorf("answer %q holds the token", body)
	}
}

func TestOnlyThePageOfTheSessionMayCommand(t *testing.T) {
	_, base := served(t)
	parsed, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + parsed.Host
	token := strings.Trim(parsed.Path, "/")
	if len(token) != 32 {
		t.Fatalf("token has %d digits, want 32 (128 bits)", len(token))
	}
	for _, a := range slices.Concat(fromPages, byStrangers, ofWrongForm, ofWrongContent) {
		t.Run(a.name, func(t *testing.T) { a.on(origin, token).check(t, origin, token) })
	}
}

func TestContractOverHTTP(t *testing.T) {
	picture := []byte("\x89PNG and so on")
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page of "+r.URL.Path) })
	_, base := served(t, lab.Page(page), lab.SnapshotPNG(func(st client.Status, traces lab.TracesFunc) ([]byte, error) {
		got, err := traces("a", 1, st.Step)
		if err != nil || len(got) != st.Step {
			t.Errorf("snapshot sees %d traces and %v, want %d", len(got), err, st.Step)
		}
		return picture, nil
	}))
	c := client.Dial("test", base)
	made, err := c.Step(context.Background(), 3)
	if err != nil || made.From != 1 || made.To != 3 {
		t.Fatalf("Step = %+v, %v", made, err)
	}
	traces, err := c.Traces("b", 2, 9)
	if err != nil || len(traces) != 2 || traces[1].Step != 3 || traces[1].Scalars["loss"] != want(1, 3) {
		t.Errorf("Traces(2, 9) = %+v, %v", traces, err)
	}
	var whole search.Trace
	if err := json.Unmarshal(traces[1].Raw, &whole); err != nil || whole.Credit[0] != want(1, 3) {
		t.Errorf("raw trace %s: %v", traces[1].Raw, err)
	}
	curves, err := c.Curves("a")
	if err != nil || len(curves.Steps) != 3 || *curves.Scalars["loss"][2] != want(1, 3) {
		t.Errorf("Curves = %+v, %v", curves, err)
	}
	if got, err := c.Snapshot(); err != nil || string(got) != string(picture) {
		t.Errorf("Snapshot = %q, %v", got, err)
	}
	if text, err := c.Text(2); err != nil || !strings.Contains(text, "loss") || !strings.Contains(text, "left") {
		t.Errorf("Text(2) = %q, %v", text, err)
	}
	if code, body, _ := ask(t, "GET", base+"app.js", "", nil); code != 200 || body != "page of /app.js" {
		t.Errorf("page answers %d %q", code, body)
	}
	st, err := c.Status()
	if err != nil || st.Methods[0].Knobs[0].Name != "rate" || st.Methods[0].Description.Label != "Fake a" ||
		len(st.Methods[0].Description.Decisions) != 1 {
		t.Errorf("Status = %+v, %v", st, err)
	}
}

func TestClientsThatGoAwayStopTheirSteps(t *testing.T) {
	fresh(t)
	s, err := lab.TryOpen("test", func() ([]search.Searcher, error) {
		f := newFake("a", 1)
		f.delay = 10 * time.Millisecond
		return []search.Searcher{f}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	base, err := s.URL()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	if _, err := client.Dial("test", base).Step(ctx, 900); err == nil {
		t.Error("900 steps of 10 ms were made in 60 ms")
	}
	got := waitFor(t, s, "paused", func(st lab.Status) bool { return st.State == client.StatePaused })
	if got.Step < 1 || got.Step > 100 {
		t.Errorf("the session stopped at step %d", got.Step)
	}
}
